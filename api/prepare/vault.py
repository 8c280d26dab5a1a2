"""Money between accounts and out of the vault: withdrawals, transfers, batches, and keys made void."""

from typing import Literal

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.prepare.action import action
from api.prepare.answers import Prepared, issue
from api.prepare.bodies import (
    AccountIn,
    AddressIn,
    AmountIn,
    Body,
    HashIn,
    KeyIn,
    ReferenceIn,
    parse_key,
    parse_reference,
)
from api.prepare.desk import AtDesk
from api.prepare.plan import Plan
from api.prepare.words import in_units, own, short, short_address
from api.values import parse_account, parse_address, parse_amount, parse_hash, raw
from indexer.chain import AccountId, Address, main_account_of

router = APIRouter(tags=["transactions"])

KIND_TRANSFER, KIND_BATCH = 3, 4
LEGS_MAX = 64
DONE_BEFORE = issue("already-done", "This very transfer was done before; sending it again moves nothing.")


class VaultWithdraw(Body):
    """Money from one of the sender's vault accounts to a wallet, as the stablecoin."""

    account: AccountIn | None = Field(None, description="the sender's main account where none is named")
    amount: AmountIn
    receiver: AddressIn | None = Field(None, description="the sender where none is named")
    reference: ReferenceIn = ""


class VaultTransfer(Body):
    """Money from one of the sender's vault accounts to any vault account."""

    to: AccountIn
    amount: AmountIn
    from_account: AccountIn | None = Field(None, description="the sender's main account where none is named")
    reference: ReferenceIn = ""
    key: KeyIn = None


class Leg(BaseModel):
    """One transfer of a batch."""

    model_config = ConfigDict(extra="forbid")
    to: AccountIn
    amount: AmountIn
    from_account: AccountIn | None = Field(None, description="the sender's main account where none is named")
    reference: ReferenceIn = ""


class VaultTransferBatch(Body):
    """Transfers from accounts of the sender: all of them or none."""

    legs: list[Leg] = Field(min_length=1, max_length=LEGS_MAX)
    key: KeyIn = None


class VaultBurnKey(Body):
    """A key that shall never act: a signature with it, given away and regretted, is void."""

    kind: Literal["transfer", "batch"] = Field(description="transfer: of signed ones too")
    key: HashIn


@action(router, "vault_withdraw")
async def prepare_vault_withdraw(body: VaultWithdraw, desk: AtDesk) -> Prepared:
    """A withdrawal of the stablecoin to a wallet."""
    sender = parse_address(body.sender, "sender")
    account = account_of(body.account, "account", sender)
    receiver = sender if body.receiver is None else parse_address(body.receiver, "receiver")
    amount = parse_amount(body.amount, "amount")
    whereto = "your wallet" if receiver == sender else short_address(receiver)
    sentence = (
        f"Withdraw {in_units(amount, desk.deployment.contracts.stablecoin)} from {own(account, sender)} to {whereto}."
    )
    values = [int(account, 16), amount, receiver, parse_reference(body.reference)]
    step = desk.step("SettlementVault", "withdraw", values, sentence)
    return await desk.prepare(Plan("vault_withdraw", sender, [step]))


@action(router, "vault_transfer")
async def prepare_vault_transfer(body: VaultTransfer, desk: AtDesk) -> Prepared:
    """A transfer between vault accounts, ready to sign. Nothing is sent, nothing is kept."""
    sender = parse_address(body.sender, "sender")
    source, target, amount, reference = leg_of(body, sender)
    key = parse_key(body.key)
    sentence = f"Send {in_units(amount, desk.deployment.contracts.stablecoin)} to {short(target)}."
    values = [int(source, 16), int(target, 16), amount, reference, key]
    return await desk.prepare(
        Plan(
            action="vault_transfer",
            sender=sender,
            steps=[desk.step("SettlementVault", "transfer", values, sentence)],
            idle=DONE_BEFORE,
            key=key,
            request_id=request_id(sender, KIND_TRANSFER, key),
        )
    )


@action(router, "vault_transfer_batch")
async def prepare_vault_transfer_batch(body: VaultTransferBatch, desk: AtDesk) -> Prepared:
    """Several transfers from accounts of the sender, all or none of them."""
    sender = parse_address(body.sender, "sender")
    legs = [leg_of(leg, sender) for leg in body.legs]
    key = parse_key(body.key)
    total = in_units(sum(amount for _, _, amount, _ in legs), desk.deployment.contracts.stablecoin)
    count = "1 transfer" if len(legs) == 1 else f"{len(legs)} transfers, all or none"
    entries = [(int(source, 16), int(target, 16), amount, reference) for source, target, amount, reference in legs]
    step = desk.step("SettlementVault", "transfer_batch", [entries, key], f"Send {total} in {count}.")
    return await desk.prepare(
        Plan(
            action="vault_transfer_batch",
            sender=sender,
            steps=[step],
            idle=DONE_BEFORE,
            key=key,
            request_id=request_id(sender, KIND_BATCH, key),
        )
    )


@action(router, "vault_burn_key")
async def prepare_vault_burn_key(body: VaultBurnKey, desk: AtDesk) -> Prepared:
    """An idempotency key made void before it acts."""
    sender = parse_address(body.sender, "sender")
    key, kind = raw(parse_hash(body.key, "key")), KIND_TRANSFER if body.kind == "transfer" else KIND_BATCH
    step = desk.step(
        "SettlementVault", "burn_key", [kind, key], f"Make void the key 0x{key.hex()[:8]}… of a {body.kind}."
    )
    return await desk.prepare(
        Plan(
            action="vault_burn_key",
            sender=sender,
            steps=[step],
            idle=issue("already-void", "This key was made void before; there is nothing left to do."),
            words={"KeyUsedForAnotherRequest": "This key has acted already, and what it did cannot be made void."},
            key=key,
            request_id=request_id(sender, kind, key),
        )
    )


def account_of(text: str | None, name: str, owner: Address) -> AccountId:
    """An account, the owner's main one where none is named."""
    return main_account_of(owner) if text is None else parse_account(text, name)


def leg_of(body: VaultTransfer | Leg, sender: Address) -> tuple[AccountId, AccountId, int, bytes]:
    source = account_of(body.from_account, "from_account", sender)
    target = parse_account(body.to, "to")
    return source, target, parse_amount(body.amount, "amount"), parse_reference(body.reference)


def request_id(owner: Address, kind: int, key: bytes) -> bytes:
    """As the vault's request_id_of: keccak of owner, kind and key."""
    return keccak(encode(["address", "uint8", "bytes32"], [owner, kind, key]))
