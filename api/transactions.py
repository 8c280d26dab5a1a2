"""Unsigned transactions, simulated before anybody signs, and what became of those that were sent.

The server builds, the wallet signs: no key comes near this process.
"""

import secrets
from typing import Annotated, Any, Literal

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from web3.types import TxParams

from api.node import Reverted
from api.problems import Problem, documented
from api.reads import At, Reader, reader_of
from api.reverts import explain
from api.status import Deployed
from api.values import (
    AccountOut,
    AddressOut,
    AmountOut,
    HashOut,
    checksummed,
    parse_account,
    parse_address,
    parse_amount,
    parse_hash,
    raw,
)
from indexer.chain import AccountId, Address, main_account_of, owner_of
from indexer.deployment import Deployment
from indexer.projections.accounts import accounts_between

router = APIRouter(tags=["transactions"])

TRANSFER = "transfer(uint256,uint256,uint256,bytes32,bytes32)"
TRANSFER_TYPES = ["uint256", "uint256", "uint256", "bytes32", "bytes32"]
TRANSFER_NAMES = ["from_account", "to_account", "amount", "reference", "key"]
TRANSFER_RESULT_BYTES = 64
KIND_TRANSFER = 3
GAS_MARGIN_PERCENT = 20
REFUSED_THEN = "The contract refused it at the time."


class VaultTransfer(BaseModel):
    """Money from one of the sender's vault accounts to any vault account."""

    model_config = ConfigDict(extra="forbid")
    sender: str = Field(max_length=66, examples=["0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"])
    to: str = Field(max_length=66, description="account id, or address for its main account",
                    examples=["0x90F79bf6EB2c4f870365E785982E1f101E93b906"])  # fmt: skip
    amount: str = Field(max_length=90, examples=["1500000"], description="base units, as text")
    from_account: str | None = Field(None, max_length=66, description="the sender's main account where none is named")
    reference: str = Field("", max_length=66, description="up to 32 bytes of text, or 0x with 64 hexadecimal digits",
                           examples=["invoice 4711"])  # fmt: skip
    key: str | None = Field(
        None, max_length=66, description="idempotency key of 32 bytes; a fresh one if none is named"
    )


class Argument(BaseModel):
    name: str = Field(examples=["amount"])
    type: str = Field(examples=["uint256"])
    value: str = Field(examples=["1500000"])


class Step(BaseModel):
    """One transaction to sign. The client decodes `data` again, and signs only what it finds there."""

    kind: Literal["call"]
    chain_id: int = Field(examples=[31337])
    to: AddressOut
    data: str = Field(examples=["0x5fca4135"])
    value: AmountOut = Field(examples=["0"], description="wei")
    gas: str | None = Field(examples=["82000"], description="limit, with a margin; null where the call would fail")
    function: str = Field(examples=[TRANSFER])
    arguments: list[Argument]
    sentence: str = Field(examples=["Send 1.50 TUSD to 0x90F7…b906."])


class Effect(BaseModel):
    """What the transaction would do to an account."""

    account: AccountOut
    change: str = Field(examples=["-1500000"], description="base units, with a sign")
    balance: AmountOut = Field(description="afterwards")


class RevertOut(BaseModel):
    error: str = Field(examples=["InsufficientBalance"])
    arguments: dict[str, str] = Field(examples=[{"account": "1", "balance": "100", "needed": "1500000"}])
    sentence: str = Field(examples=["The account holds 100 base units, 1500000 are needed. Send less, or deposit."])


class Simulation(BaseModel):
    """The call as it would go at the newest block."""

    succeeds: bool
    moves: bool = Field(description="false for a retry of a transfer that was done before: it moves nothing")
    effects: list[Effect]
    revert: RevertOut | None = Field(examples=[None], description="how the contract would refuse; null if it would not")


class Issue(BaseModel):
    """Something to mend before signing."""

    code: str = Field(examples=["insufficient-balance"])
    sentence: str = Field(examples=["The account holds 100 base units, 1500000 are needed. Send less, or deposit."])


class Call(BaseModel):
    """A call as EIP-5792 wants it: quantities in hexadecimal."""

    to: AddressOut
    data: str = Field(examples=["0x5fca4135"])
    value: str = Field(examples=["0x0"])


class Prepared(BaseModel):
    """Ordered steps for the wallet to sign."""

    action: str = Field(examples=["vault_transfer"])
    sender: AddressOut
    steps: list[Step]
    calls: list[Call]
    simulation: Simulation
    issues: list[Issue] = Field(examples=[[]])
    key: HashOut = Field(description="send the same key again, and the money still moves once")
    request_id: HashOut = Field(description="by which the posting will be found")
    at_block: int = Field(examples=[120], description="indexed block whose balances the effects start from")


class TransactionState(BaseModel):
    """What became of a transaction."""

    hash: HashOut
    state: Literal["pending", "mined", "indexed", "final", "reverted", "orphaned"] = Field(examples=["indexed"])
    block_number: int | None = Field(examples=[118])
    block_hash: HashOut | None
    sentence: str = Field(examples=["It is in the books; it will be final soon."])


@router.post(
    "/transactions/prepare/vault_transfer",
    operation_id="prepareVaultTransfer",
    responses=documented(
        "invalid-address", "invalid-account", "invalid-amount", "invalid-hash", "body-too-large", "node-away",
        "not-indexed-yet",
    ),
)  # fmt: skip
async def prepare_vault_transfer(
    body: VaultTransfer, deployment: Deployed, reader: Annotated[Reader, Depends(reader_of)]
) -> Prepared:
    """A transfer between vault accounts, ready to sign. Nothing is sent, nothing is kept."""
    sender = parse_address(body.sender, "sender")
    source = main_account_of(sender) if body.from_account is None else parse_account(body.from_account, "from_account")
    target = parse_account(body.to, "to")
    amount = parse_amount(body.amount, "amount")
    reference = parse_reference(body.reference)
    key = secrets.token_bytes(32) if body.key is None else raw(parse_hash(body.key, "key"))
    values = [int(source, 16), int(target, 16), amount, reference, key]
    data = "0x" + (keccak(text=TRANSFER)[:4] + encode(TRANSFER_TYPES, values)).hex()
    call: TxParams = {"from": checksummed(sender), "to": checksummed(deployment.vault), "data": data}  # type: ignore[typeddict-item]
    result = await reader.node.simulate(call)
    balances, at_block = await read_balances(reader, source, target)
    gas = None if isinstance(result, Reverted) else await reader.node.estimate_gas(call)
    simulation = simulation_of(result, source, target, amount, balances)
    step = Step(
        kind="call",
        chain_id=deployment.chain_id,
        to=checksummed(deployment.vault),
        data=data,
        value="0",
        gas=str(gas * (100 + GAS_MARGIN_PERCENT) // 100) if gas else None,
        function=TRANSFER,
        arguments=arguments_of(source, target, amount, reference, key),
        sentence=f"Send {in_units(amount, deployment)} to {short(target)}.",
    )
    return Prepared(
        action="vault_transfer",
        sender=checksummed(sender),
        steps=[step],
        calls=[Call(to=step.to, data=data, value="0x0")],
        simulation=simulation,
        issues=issues_of(simulation, sender, source),
        key="0x" + key.hex(),
        request_id="0x" + request_id(sender, key).hex(),
        at_block=at_block,
    )


def request_id(owner: Address, key: bytes) -> bytes:
    """As the vault's request_id_of: keccak of owner, kind and key."""
    return keccak(encode(["address", "uint8", "bytes32"], [owner, KIND_TRANSFER, key]))


def parse_reference(text: str) -> bytes:
    if text.startswith("0x") and len(text) == 66:
        return raw(parse_hash(text, "reference"))
    encoded = text.encode()
    if len(encoded) > 32:
        raise Problem(
            "invalid-request", f"The reference has {len(encoded)} bytes, and 32 fit. Shorten it, or send a hash."
        )
    return encoded.ljust(32, b"\0")


async def read_balances(reader: Reader, *accounts: AccountId) -> tuple[dict[AccountId, int], int]:
    """Indexed balances, 0 for accounts that were never used, and the block they are of."""
    selects = {
        f"a{number}": accounts_between(raw(account), raw(account), None) for number, account in enumerate(accounts)
    }
    answer = await reader.answers(selects, At())
    balances = {
        account: int(rows[0]["balance"]) if rows else 0
        for account, rows in zip(accounts, answer.sets.values(), strict=True)
    }
    return balances, answer.meta.indexed_block


def simulation_of(
    result: bytes | Reverted, source: AccountId, target: AccountId, amount: int, balances: dict[AccountId, int]
) -> Simulation:
    if isinstance(result, Reverted):
        revert = explain(result.data)
        out = RevertOut(error=revert.error, arguments=revert.arguments, sentence=revert.sentence)
        return Simulation(succeeds=False, moves=False, effects=[], revert=out)
    if len(result) != TRANSFER_RESULT_BYTES:
        raise Problem("node-away", "The chain's node has no vault where the deployment has it: is it another chain?")
    moves = int.from_bytes(result[32:64]) == 1
    changes = [(source, -amount), (target, amount)] if moves else []
    effects = [
        Effect(account=account, change=f"{change:+d}", balance=str(max(0, balances[account] + change)))
        for account, change in changes
    ]
    return Simulation(succeeds=True, moves=moves, effects=effects, revert=None)


def issues_of(simulation: Simulation, sender: Address, source: AccountId) -> list[Issue]:
    if simulation.revert is not None:
        code = "".join("-" + c.lower() if c.isupper() else c for c in simulation.revert.error).lstrip("-")
        return [Issue(code=code, sentence=simulation.revert.sentence)]
    if not simulation.moves:
        return [
            Issue(code="already-done", sentence="This very transfer was done before; sending it again moves nothing.")
        ]
    if owner_of(source) != sender:
        return [Issue(code="not-account-owner", sentence="The account belongs to another wallet.")]
    return []


def arguments_of(source: str, target: str, amount: int, reference: bytes, key: bytes) -> list[Argument]:
    values = [source, target, str(amount), "0x" + reference.hex(), "0x" + key.hex()]
    described = zip(TRANSFER_NAMES, TRANSFER_TYPES, values, strict=True)
    return [Argument(name=name, type=kind, value=value) for name, kind, value in described]


def in_units(amount: int, deployment: Deployment) -> str:
    """The amount for people: 1,500.00 TUSD."""
    coin = deployment.contracts.stablecoin
    whole, part = divmod(amount, 10**coin.decimals)
    digits = str(part).zfill(coin.decimals).rstrip("0").ljust(2, "0") if coin.decimals else ""
    return f"{whole:,}{'.' + digits if digits else ''} {coin.symbol}"


def short(account: AccountId) -> str:
    owner, number = checksummed(owner_of(account)), int(account[42:], 16)
    return f"{owner[:6]}…{owner[-4:]}" + (f", sub-account {number}" if number else "")


@router.get(
    "/transactions/{transaction}",
    operation_id="getTransaction",
    responses=documented("invalid-hash", "unknown-transaction", "node-away"),
)
async def get_transaction(transaction: str, reader: Annotated[Reader, Depends(reader_of)]) -> TransactionState:
    """What became of a transaction: pending, mined, indexed, final; reverted; orphaned."""
    wanted = parse_hash(transaction, "transaction")
    found = await reader.node.look_at(wanted)
    if found is None:
        raise Problem("unknown-transaction", f"The node knows no transaction {wanted}: not sent yet, or dropped.")
    sent, receipt = found
    if receipt is None:
        return state_of(wanted, "pending", None, "The network has it; no block holds it yet.")
    if receipt["status"] != 1:
        return state_of(wanted, "reverted", receipt, await why_reverted(reader, sent, int(receipt["blockNumber"])))
    tip = reader.watch.tip
    number = int(receipt["blockNumber"])
    if tip is None or number > tip.number:
        return state_of(wanted, "mined", receipt, "A block holds it; the index is about to.")
    held, fork = await reader.block_with_hash("0x" + bytes(receipt["blockHash"]).hex())
    if held is None and fork is None:
        return state_of(wanted, "mined", receipt, "A block of a new branch holds it; the index is about to follow.")
    if held is None:
        return state_of(wanted, "orphaned", receipt, "A reorganisation took its block back; it may be mined again.")
    if number <= tip.finalized:
        return state_of(wanted, "final", receipt, "Final: no reorganisation can take it back.")
    return state_of(wanted, "indexed", receipt, "It is in the books; it will be final soon.")


def state_of(transaction: str, state: Any, receipt: dict[str, Any] | None, sentence: str) -> TransactionState:
    return TransactionState(
        hash=transaction,
        state=state,
        block_number=int(receipt["blockNumber"]) if receipt else None,
        block_hash="0x" + bytes(receipt["blockHash"]).hex() if receipt else None,
        sentence=sentence,
    )


async def why_reverted(reader: Reader, sent: dict[str, Any], block_number: int) -> str:
    """The refusal of the same call as of the block before, which is nearly always the refusal of then."""
    call: TxParams = {"from": sent["from"], "data": sent["input"], "value": sent["value"]}
    if sent["to"]:
        call["to"] = sent["to"]
    try:
        result = await reader.node.simulate(call, block_number - 1)
    except Problem:  # the node keeps no state of so long ago
        return REFUSED_THEN
    return explain(result.data).sentence if isinstance(result, Reverted) else REFUSED_THEN
