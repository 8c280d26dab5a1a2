"""A transfer that the account's owner signs and anyone submits: first the typed data (EIP-712), then the call."""

from collections.abc import Sequence

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.prepare.action import action
from api.prepare.answers import Prepared
from api.prepare.bodies import (
    AccountIn,
    AddressIn,
    AmountIn,
    KeyIn,
    ReferenceIn,
    SignatureIn,
    TimeIn,
    parse_key,
    parse_reference,
    parse_signature,
)
from api.prepare.desk import AtDesk, Desk, wrong_chain
from api.prepare.plan import Plan, Signing
from api.prepare.typed import Domain, Fields, digest_of, typed_data
from api.prepare.vault import DONE_BEFORE, KIND_TRANSFER, request_id
from api.prepare.words import in_units, short
from api.problems import Problem
from api.values import parse_account, parse_address, parse_amount
from indexer.chain import owner_of

router = APIRouter(tags=["transactions"])

TRANSFER = {"from_account": "uint256", "to_account": "uint256", "amount": "uint256", "reference": "bytes32",
            "key": "bytes32", "deadline": "uint256"}  # fmt: skip
SIGNED_SECONDS = 3600


class VaultTransferSigned(BaseModel):
    """Money from an account to another, on its owner's signature. Say the same again with the signature, and with
    the key and the deadline that were signed."""

    model_config = ConfigDict(extra="forbid")
    from_account: AccountIn
    to: AccountIn
    amount: AmountIn
    reference: ReferenceIn = ""
    key: KeyIn = None
    deadline: TimeIn | None = Field(None, description="last second at which it may act; an hour from now if none")
    signature: SignatureIn = None
    sender: AddressIn | None = Field(None, description="who submits the call; the owner where nobody is named")


@action(router, "vault_transfer_signed")
async def prepare_vault_transfer_signed(body: VaultTransferSigned, desk: AtDesk) -> Prepared:
    """Without a signature, what the owner signs; with one, the call that anyone may submit."""
    source, target = parse_account(body.from_account, "from_account"), parse_account(body.to, "to")
    owner = owner_of(source)
    amount, reference, key = parse_amount(body.amount, "amount"), parse_reference(body.reference), parse_key(body.key)
    words = f"{in_units(amount, desk.deployment.contracts.stablecoin)} to {short(target)}"
    transfer: list[int | bytes] = [int(source, 16), int(target, 16), amount, reference, key]
    if body.signature is None:
        deadline = await desk.next_time() + SIGNED_SECONDS if body.deadline is None else body.deadline
        same = desk.step("SettlementVault", "transfer", transfer, f"Send {words}.")
        return await desk.prepare(
            Plan(
                action="vault_transfer_signed",
                sender=owner,
                steps=[],
                signing=await signing_of(
                    desk, "SettlementVault", "Transfer", TRANSFER, [*transfer, deadline], deadline
                ),
                rehearsal=[same],
                idle=DONE_BEFORE,
                key=key,
                request_id=request_id(owner, KIND_TRANSFER, key),
            )
        )
    if body.deadline is None or body.key is None:
        raise Problem("invalid-request", "A signature holds for the key and the deadline that were signed. Name both.")
    values = [*transfer, body.deadline, parse_signature(body.signature)]
    sentence = f"Send {words}, from {short(source)}, as its owner signed."
    return await desk.prepare(
        Plan(
            action="vault_transfer_signed",
            sender=owner if body.sender is None else parse_address(body.sender, "sender"),
            steps=[desk.step("SettlementVault", "transfer_signed", values, sentence)],
            idle=DONE_BEFORE,
            key=key,
            request_id=request_id(owner, KIND_TRANSFER, key),
        )
    )


async def signing_of(
    desk: Desk, contract: str, struct: str, fields: Fields, values: Sequence[int | bytes | str], deadline: int
) -> Signing:
    """A struct to sign, in the domain that the contract itself names (ERC-5267)."""
    named = await desk.read(contract, "eip712Domain")
    if named is None:
        raise wrong_chain()
    _, name, version, chain_id, address, _, _ = named
    domain = Domain(name, version, chain_id, address)
    return Signing(typed_data(domain, struct, fields, values), digest_of(domain, struct, fields, values), deadline)
