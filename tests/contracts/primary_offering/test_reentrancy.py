"""A subscriber that calls back while it is handed its fractions: all is as if it had called a moment later.

Every function of the token, the offering and the vault that changes anything is called from the callback, by a
contract that is subscriber, holder, issuer of the house, and owner of accounts with money in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bench.compiled import Contract
from bench.evm import Evm, Reverted
from scripts.deploy import created_by
from tests.contracts.ape_types import Project
from tests.contracts.ledger import LARGEST, account_of
from tests.contracts.one_block import compiled_by_ape

HOUSE, BARN, NOTICE = 1, 2, 1000
ADMIN, ALICE, BOB, MARKETPLACE = (f"0x{number:040x}" for number in range(0xA001, 0xA005))
NOBODY = f"0x{0:040x}"
ROLE = bytes(32)
Calls = dict[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Stage:
    evm: Evm
    token: Contract
    offering: Contract
    vault: Contract
    receiver: Contract
    release_time: int

    def execute(self, contract: Contract, function: str, *arguments: Any) -> None:
        """Let the receiver call, with nobody in between."""
        request = contract.calldata(function, arguments)
        self.evm.send(BOB, self.receiver, "execute", contract.address, request)

    def books(self) -> list[Any]:
        """All that the three contracts know of the people in this play."""
        receiver, ask = self.receiver.address, self.evm.ask
        accounts = [account_of(owner, number) for owner in (receiver, ALICE, BOB) for number in (0, 1)]
        accounts += [account_of(agent.address, HOUSE) for agent in (self.token, self.offering)] + [0]
        holders = [(who, house) for who in (receiver, ALICE, BOB) for house in (HOUSE, BARN)]
        of_holders = [("balanceOf", each) for each in holders] + [("locked_of", each) for each in holders]
        of_holders += [("rent_position_of", each) for each in holders]
        of_houses = ("property_of", "totalSupply", "sale_of", "pending_rent_of", "rent_index_of")
        roles = [ask(each, "hasRole", ROLE, who) for each in (self.token, self.offering, self.vault)
                 for who in (receiver, ADMIN)]  # fmt: skip
        return [
            *roles,
            *(ask(self.vault, "balance_of", account) for account in accounts),
            *(ask(self.token, function, *arguments) for function, arguments in of_holders),
            *(ask(self.token, function, house) for function in of_houses for house in (HOUSE,)),
            *(ask(self.token, "rent_of", HOUSE, period) for period in range(4)),
            ask(self.token, "document_of", HOUSE, "Deed"),
            ask(self.token, "isApprovedForAll", receiver, BOB),
            *(ask(self.offering, "offering_of", house) for house in (HOUSE, BARN)),
            *(ask(self.offering, "subscription_of", HOUSE, who) for who in (receiver, ALICE)),
            *(ask(self.vault, "fingerprint_of", ask(self.vault, "request_id_of", receiver, kind, ROLE))
              for kind in (3, 4)),
        ]  # fmt: skip


@pytest.fixture(scope="module")
def stage(sources: Project) -> Stage:
    """The house is sold: 60 to alice, 40 to the receiver, who issued it; nobody has collected, a rent can be released.

    The receiver holds 20 more, has been proposed as the issuer again, and has money in its main and in a sub-account.
    """
    names = ("TestDollar", "SettlementVault", "FractionToken", "PrimaryOffering", "HostileReceiver")
    made = {name: compiled_by_ape(sources, name) for name in names}
    evm = Evm()
    dollar = evm.deploy(ADMIN, made["TestDollar"])
    vault_at, token_at, offering_at = created_by(ADMIN, evm.nonce_of(ADMIN))[:3]
    vault = evm.deploy(ADMIN, made["SettlementVault"], dollar, MARKETPLACE, token_at, offering_at, ADMIN)
    token = evm.deploy(ADMIN, made["FractionToken"], vault_at, MARKETPLACE, offering_at, NOBODY, NOTICE, ADMIN)
    offering = evm.deploy(ADMIN, made["PrimaryOffering"], vault_at, token_at, NOBODY, ADMIN)
    receiver = evm.deploy(ADMIN, made["HostileReceiver"])
    release_time = evm.timestamp + 3 * NOTICE
    stage = Stage(evm, token, offering, vault, receiver, release_time)

    evm.send(ADMIN, dollar, "mint", ADMIN, 10**9)
    evm.send(ADMIN, dollar, "approve", vault, LARGEST)
    for owner in (ALICE, receiver.address):
        for number in (0, 1):
            evm.send(ADMIN, vault, "deposit", account_of(owner, number), 10**6)
    evm.send(ADMIN, token, "grantRole", evm.ask(token, "LISTER"), ADMIN)
    evm.send(ADMIN, token, "list_property", HOUSE, receiver, 1000, 0, "House", ROLE, "")
    evm.send(ADMIN, token, "list_property", BARN, receiver, 1000, 0, "Barn", ROLE, "")
    opens = evm.timestamp
    stage.execute(token, "allot", HOUSE, receiver.address, 20)
    stage.execute(token, "propose_issuer", HOUSE, receiver.address)
    terms = (7, 100, 100, opens, opens + NOTICE, opens + 2 * NOTICE, 1, 100)
    stage.execute(offering, "set_offering", HOUSE, terms)
    evm.send(ALICE, offering, "subscribe", HOUSE, 60)
    stage.execute(offering, "subscribe", HOUSE, 40)
    evm.travel(NOTICE)
    evm.send(BOB, offering, "close_offering", HOUSE)
    for period in (1, 2):
        stage.execute(token, "declare_rent", HOUSE, period, 1207, release_time)
    evm.travel(2 * NOTICE)
    evm.send(BOB, token, "release_rent", HOUSE, 1)
    return stage


def calls_of_the_token(stage: Stage) -> Calls:
    me, later = stage.receiver.address, stage.evm.timestamp + NOTICE
    return {
        "safeTransferFrom": (me, BOB, HOUSE, 60, b""),
        "safeBatchTransferFrom": (me, BOB, [HOUSE, HOUSE], [30, 30], b""),
        "setApprovalForAll": (BOB, True),
        "claim_rent": (HOUSE, me),
        "release_rent": (HOUSE, 2),
        "declare_rent": (HOUSE, 3, 500, later),
        "declare_final": (HOUSE, 500, later),
        "allot": (BARN, me, 1),
        "set_metadata": (HOUSE, ROLE, "uri"),
        "set_document": (HOUSE, "Deed", ROLE, "uri"),
        "propose_issuer": (HOUSE, BOB),
        "accept_issuer": (HOUSE,),
        "list_property": (3, me, 1, 0, "Shed", ROLE, ""),
        "reserve": (HOUSE, me, 1),
        "settle_sale": (HOUSE, 1),
        "collect": (HOUSE, me, 1),
        "lock": (HOUSE, me, 1),
        "unlock": (HOUSE, me, 0),
        "settle_bid": (HOUSE, me, []),
        "settle_ask": (HOUSE, me, []),
        "acknowledge": (HOUSE, me, 1),
        "grantRole": (ROLE, me),
        "revokeRole": (ROLE, ADMIN),
        "renounceRole": (ROLE, me),
    }


def calls_of_the_offering(stage: Stage) -> Calls:
    me, now = stage.receiver.address, stage.evm.timestamp
    return {
        "collect": (HOUSE, me),
        "refund": (HOUSE, me),
        "close_offering": (HOUSE,),
        "subscribe": (HOUSE, 1),
        "unsubscribe": (HOUSE, 40),
        "set_offering": (BARN, (7, 100, 100, now, now, now + 1, 1, 100)),
        "cancel_offering": (HOUSE,),
        "pause": (),
        "unpause": (),
        "grantRole": (ROLE, me),
        "revokeRole": (ROLE, ADMIN),
        "renounceRole": (ROLE, me),
    }


def calls_of_the_vault(stage: Stage) -> Calls:
    main, savings = (account_of(stage.receiver.address, number) for number in (0, 1))
    entry = (account_of(stage.offering.address, HOUSE), main, 1, 9, ROLE)
    return {
        "deposit": (main, 1),
        "deposit_with_permit": (main, 1, 2**63, 27, ROLE, ROLE),
        "withdraw": (main, 10**5, BOB),
        "transfer": (savings, account_of(BOB), 10**6, ROLE, ROLE),
        "transfer_batch": ([(main, savings, 5, ROLE), (savings, main, 6, ROLE)], ROLE),
        "transfer_signed": (main, savings, 5, ROLE, ROLE, 2**63, b""),
        "burn_key": (3, ROLE),
        "post": entry,
        "settle": (main, [1], 0, account_of(MARKETPLACE), 0, ROLE),
        "pause": (),
        "unpause": (),
        "grantRole": (ROLE, stage.receiver.address),
        "revokeRole": (ROLE, ADMIN),
        "renounceRole": (ROLE, stage.receiver.address),
    }


CALLS = {"token": calls_of_the_token, "offering": calls_of_the_offering, "vault": calls_of_the_vault}

# What succeeds a moment after the collection; all else is refused then, and so it is within.
GRANTED = {
    "safeTransferFrom", "safeBatchTransferFrom", "setApprovalForAll", "claim_rent", "release_rent",
    "declare_rent", "declare_final", "set_metadata", "set_document", "propose_issuer", "accept_issuer", "allot",
    "set_offering", "withdraw", "transfer", "transfer_batch", "burn_key", "renounceRole",
}  # fmt: skip


def changing(contract: Contract) -> set[str]:
    entries: Iterator[dict[str, Any]] = (entry for entry in contract.abi if entry["type"] == "function")
    return {entry["name"] for entry in entries if entry["stateMutability"] not in ("view", "pure")}


@pytest.mark.parametrize("where", CALLS)
def test_every_function_that_changes_anything_is_called_back(stage: Stage, where: str) -> None:
    assert set(CALLS[where](stage)) == changing(getattr(stage, where))


@pytest.mark.parametrize("where", CALLS)
def test_what_a_subscriber_does_in_its_callback_is_as_if_done_after_it(stage: Stage, where: str) -> None:
    target: Contract = getattr(stage, where)
    start = stage.evm.moment()
    for function, arguments in CALLS[where](stage).items():
        within = books_of_a_call_within(stage, target, function, arguments)
        stage.evm.restore(start)
        after = books_of_a_call_after(stage, target, function, arguments)
        stage.evm.restore(start)
        assert within == after, function
        assert within[0] == (function in GRANTED), function


def books_of_a_call_within(stage: Stage, target: Contract, *call: Any) -> tuple[bool, list[Any]]:
    function, arguments = call
    request = target.calldata(function, arguments)
    stage.evm.send(BOB, stage.receiver, "call_back", target.address, request)
    receipt = stage.evm.send(BOB, stage.offering, "collect", HOUSE, stage.receiver.address)
    [answer] = [logged for name, logged in events_in(receipt.events) if name == "CalledBack"]
    return bool(answer["succeeded"]), stage.books()


def books_of_a_call_after(stage: Stage, target: Contract, *call: Any) -> tuple[bool, list[Any]]:
    function, arguments = call
    stage.evm.send(BOB, stage.offering, "collect", HOUSE, stage.receiver.address)
    try:
        stage.execute(target, function, *arguments)
    except Reverted:
        return False, stage.books()
    return True, stage.books()


def events_in(logged: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    return [event for _, event in logged]
