"""GET /v1/proofs: what a wallet has, with the proof that ties it to a block's hash.

The node gives the proof, and who checks it need trust neither the node nor this API. It is checked here as well, so
that a wrong one is not passed on; what the index says stands beside what was proven.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.layout import Place, figures_of_holding, places_of_account, places_of_holding
from api.node import ChainNode
from api.problems import Problem, documented
from api.reads import Answer, Meta, respond
from api.state_proof import Followed, NotProven, ProofReply, follow
from api.status import Deployed
from api.values import (
    AccountOut,
    AddressOut,
    AmountOut,
    FractionsOut,
    HashOut,
    checksummed,
    parse_account,
    parse_address,
    raw,
)
from indexer.chain import PROPERTY_ID_MAX
from indexer.deployment import Contract
from indexer.projections.accounts import accounts_between
from indexer.projections.holdings import holdings_at
from indexer.proof import UnknownForm, header_bytes
from indexer.replies import SealedHeaderReply

router = APIRouter(tags=["proofs"])

DataOut = Annotated[str, Field(examples=["0x" + 8 * "ab"])]
NodesOut = Annotated[list[DataOut], Field(description="nodes of a Merkle Patricia trie in RLP, from the root on")]


class ProvenBlock(BaseModel):
    """The block that the proof is as of."""

    number: int = Field(examples=[120])
    hash: HashOut
    header: DataOut = Field(description="in RLP; its keccak256 is the hash, its fourth field the state root")


class ProvenContract(BaseModel):
    """The contract as the state root has it."""

    address: AddressOut
    code_hash: HashOut
    storage_root: HashOut
    proof: NodesOut = Field(description="of the key keccak256(address), under the state root")


class ProvenWord(BaseModel):
    """A word of the contract's storage."""

    variable: str = Field(examples=["postings.balances"], description="as contracts/layout.json names it")
    slot: int = Field(examples=[2], description="of the variable, a mapping")
    keys: list[HashOut] = Field(description="of the mapping, outer first, as words")
    key: HashOut = Field(description="keccak256(slot, key), then keccak256(that, next key), all as words of 32 bytes")
    word: HashOut = Field(description="what stands there; 0 where nothing does")
    proof: NodesOut = Field(description="of the key keccak256(key), under the storage root")


class StateProof(BaseModel):
    """EIP-1186, from the block's hash down to words of a contract's storage."""

    block: ProvenBlock
    contract: ProvenContract
    words: list[ProvenWord]


class AccountProof(BaseModel):
    meta: Meta
    account: AccountOut
    balance: AmountOut = Field(description="as it was proven: the first word")
    indexed_balance: AmountOut = Field(description="as the index has it: the same, or one of the two is wrong")
    proof: StateProof


class HoldingProof(BaseModel):
    meta: Meta
    property_id: int = Field(examples=[1])
    holder: AddressOut
    balance: FractionsOut = Field(description="as it was proven: bits 0 to 47 of the first word")
    locked: FractionsOut = Field(description="as it was proven: bits 48 to 95 of the first word")
    supply_cap: FractionsOut = Field(
        description="of the property, as it was proven: bits 160 to 207 of the second word"
    )
    supply: FractionsOut = Field(description="of the property, as it was proven: bits 208 to 255 of the second word")
    indexed_balance: FractionsOut = Field(description="as the index has it: the same, or one of the two is wrong")
    indexed_locked: FractionsOut
    proof: StateProof


@router.get(
    "/proofs/accounts/{account}",
    operation_id="getAccountProof",
    response_model=AccountProof,
    responses=documented("invalid-account", "state-not-kept", "not-proven", *AT, *FRESH),
)
async def get_account_proof(request: Request, reader: Fresh, at: At_, deployment: Deployed, account: str) -> Response:
    """What a vault account holds, proven. By its id, or by an address for that wallet's main account."""
    wanted = parse_account(account, "account")
    answer = await reader.answer(accounts_between(raw(wanted), raw(wanted), at.block), at)
    proof = await proven(reader.node, deployment.contracts.settlement_vault, places_of_account(wanted), answer)
    body = AccountProof(
        meta=answer.meta,
        account=wanted,
        balance=str(int(proof.words[0].word, 16)),
        indexed_balance=str(answer.rows[0]["balance"] if answer.rows else 0),
        proof=proof,
    )
    return respond(request, answer, body)


@router.get(
    "/proofs/holdings/{property_id}/{holder}",
    operation_id="getHoldingProof",
    response_model=HoldingProof,
    responses=documented("invalid-address", "unknown-property", "state-not-kept", "not-proven", *AT, *FRESH),
)
async def get_holding_proof(
    request: Request,
    reader: Fresh,
    at: At_,
    deployment: Deployed,
    property_id: Annotated[int, Path(ge=1, le=PROPERTY_ID_MAX)],
    holder: str,
) -> Response:
    """How many fractions of a property a wallet holds, and of how many, proven."""
    wallet = parse_address(holder, "holder")
    answer = await reader.answer(holdings_at(at.bound, raw(wallet), property_id), at)
    places = places_of_holding(property_id, wallet)
    proof = await proven(reader.node, deployment.contracts.fraction_token, places, answer)
    held, listed = (int(word.word, 16) for word in proof.words)
    if not listed:
        words = f"No property {property_id} was listed up to block {answer.meta.at_block}; the chain's state proves it."
        raise Problem("unknown-property", words)
    body = HoldingProof(
        meta=answer.meta,
        property_id=property_id,
        holder=checksummed(wallet),
        **figures_of_holding(held, listed),
        indexed_balance=str(answer.rows[0]["balance"] if answer.rows else 0),
        indexed_locked=str(answer.rows[0]["locked"] if answer.rows else 0),
        proof=proof,
    )
    return respond(request, answer, body)


def require_code(contract: Contract, followed: Followed) -> None:
    """Raises NotProven where the state has other code at the address than the deployment."""
    if "0x" + followed.contract.code_hash.hex() != contract.code_hash:
        raise NotProven(f"the code at {contract.address} is not that of the deployment")


async def proven(node: ChainNode, contract: Contract, places: list[Place], answer: Answer) -> StateProof:
    """What the node's state of the answer's block has in these places. Raises Problem where that is not proven."""
    number, block_hash = answer.meta.at_block, answer.at_hash
    keys = ["0x" + where.key.hex() for where in places]
    header, reply = await asyncio.gather(node.header(block_hash), node.prove(contract.address, keys, block_hash))
    if header is None:
        words = f"The node has no block {number} with the hash {block_hash}: it lags, or follows another branch."
        raise Problem("state-not-kept", words)
    try:
        return checked(header, block_hash, contract, places, reply)
    except (NotProven, UnknownForm) as error:
        raise Problem("not-proven", f"As of block {number} the node's proof does not hold: {error}.") from error


def checked(
    header: SealedHeaderReply, block_hash: str, contract: Contract, places: list[Place], reply: ProofReply
) -> StateProof:
    """Every step from the hash to the words. Raises NotProven, and UnknownForm for a header of a form unknown here."""
    if len(reply.storageProof) != len(places):
        raise NotProven(f"it has {len(reply.storageProof)} words, and {len(places)} were asked for")
    told, nodes = header_bytes(header), [given.proof for given in reply.storageProof]
    keys = [where.key for where in places]
    found = follow(told, block_hash, contract.address, reply.accountProof, list(zip(keys, nodes, strict=True)))
    require_code(contract, found)
    return StateProof(
        block=ProvenBlock(number=found.number, hash=block_hash, header="0x" + told.hex()),
        contract=ProvenContract(
            address=checksummed(contract.address.lower()),
            code_hash=contract.code_hash,
            storage_root="0x" + found.contract.storage_root.hex(),
            proof=reply.accountProof,
        ),
        words=[
            ProvenWord(
                variable=where.variable,
                slot=where.slot,
                keys=[f"0x{key:064x}" for key in where.keys],
                key="0x" + where.key.hex(),
                word=f"0x{word:064x}",
                proof=proof,
            )
            for where, word, proof in zip(places, found.words, nodes, strict=True)
        ],
    )
