"""Money into the vault: by an approval that stands or comes first, or by a signed one (EIP-2612)."""

import asyncio
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from api.prepare.action import action
from api.prepare.answers import Issue, Prepared, issue
from api.prepare.bodies import (
    AccountIn,
    AmountIn,
    Body,
    ReferenceIn,
    SignatureIn,
    TimeIn,
    parse_ecdsa,
    parse_reference,
)
from api.prepare.calldata import COIN
from api.prepare.desk import AtDesk, Desk
from api.prepare.plan import Plan, Planned, Signing
from api.prepare.typed import Domain, digest_of, typed_data
from api.prepare.vault import account_of
from api.prepare.words import in_units, own
from api.problems import Problem
from api.values import parse_address, parse_amount
from indexer.chain import Address

router = APIRouter(tags=["transactions"])

PERMIT = {"owner": "address", "spender": "address", "value": "uint256", "nonce": "uint256", "deadline": "uint256"}
PERMIT_SECONDS = 3600
VERSIONS = ("1", "2")
"""EIP-2612 has no getter for the domain's version: of these, the one is meant whose separator the coin has."""


class VaultDeposit(Body):
    """The sender's stablecoin into any vault account."""

    account: AccountIn | None = Field(None, description="the sender's main account where none is named")
    amount: AmountIn
    reference: ReferenceIn = ""
    method: Literal["approve", "permit"] = Field(
        "approve", description="permit: one transaction, and a signature before it, where the coin has EIP-2612"
    )
    deadline: TimeIn | None = Field(None, description="of the permit; an hour from now where none is named")
    signature: SignatureIn = None


@action(router, "vault_deposit")
async def prepare_vault_deposit(body: VaultDeposit, desk: AtDesk) -> Prepared:
    """A deposit. With the method permit and no signature: the typed data to sign, where an approval is due and the
    coin takes signed ones; else the steps, with an approval of the exact amount where the allowance is short."""
    sender = parse_address(body.sender, "sender")
    account = account_of(body.account, "account", sender)
    amount, reference = parse_amount(body.amount, "amount"), parse_reference(body.reference)
    coin, vault = desk.deployment.contracts.stablecoin, desk.deployment.vault
    sentence = f"Deposit {in_units(amount, coin)} into {own(account, sender)}."
    if body.signature is not None:
        if body.deadline is None:
            raise Problem("invalid-request", "A signature holds for the deadline that was signed. Name it too.")
        v, r, s = parse_ecdsa(body.signature)
        values = [int(account, 16), amount, body.deadline, v, r, s, reference]
        step = desk.step("SettlementVault", "deposit_with_permit", values, sentence)
        return await desk.prepare(
            Plan("vault_deposit", sender, [step], issues=await shortage(desk, sender, amount))
        )  # fmt: skip
    allowed, issues = await asyncio.gather(
        desk.read(COIN, "allowance", [sender, vault]), shortage(desk, sender, amount)
    )
    deposit = desk.step("SettlementVault", "deposit", [int(account, 16), amount, reference], sentence)
    if allowed is not None and allowed[0] >= amount:
        return await desk.prepare(Plan("vault_deposit", sender, [deposit], issues=issues))
    words = f"Allow the vault to take {in_units(amount, coin)} from your wallet."
    steps: list[Planned] = [desk.step(COIN, "approve", [vault, amount], words, "approve"), deposit]
    if body.method == "permit" and (signing := await permit_of(desk, sender, amount, body.deadline)):
        return await desk.prepare(Plan("vault_deposit", sender, [], signing, rehearsal=steps, issues=issues))
    return await desk.prepare(Plan("vault_deposit", sender, steps, issues=issues))


async def shortage(desk: Desk, owner: Address, amount: int) -> list[Issue]:
    """That the wallet has too little of the stablecoin, for which a coin need have no words."""
    held = await desk.read(COIN, "balanceOf", [owner])
    if held is None or held[0] >= amount:
        return []
    coin = desk.deployment.contracts.stablecoin
    words = f"The wallet holds {in_units(held[0], coin)}, and {in_units(amount, coin)} are needed."
    return [issue("insufficient-coins", words)]


async def permit_of(desk: Desk, owner: Address, amount: int, deadline: int | None) -> Signing | None:
    """What the owner signs in place of an approval; None where the coin takes none, as far as one can see."""
    named, separated, counted = await asyncio.gather(
        desk.read(COIN, "name"), desk.read(COIN, "DOMAIN_SEPARATOR"), desk.read(COIN, "nonces", [owner])
    )
    if named is None or separated is None or counted is None:
        return None
    coin, chain_id = desk.deployment.contracts.stablecoin.address.lower(), desk.deployment.chain_id
    domains = (Domain(named[0], version, chain_id, coin) for version in VERSIONS)
    domain = next((domain for domain in domains if domain.separator == separated[0]), None)
    if domain is None:
        return None
    until = await desk.next_time() + PERMIT_SECONDS if deadline is None else deadline
    values = [owner, desk.deployment.vault, amount, counted[0], until]
    data = typed_data(domain, "Permit", PERMIT, values)
    return Signing(data, digest_of(domain, "Permit", PERMIT, values), until)
