"""A taker that calls back while it is handed what it bought: all is as if it had called a moment later.

Every function of every contract that changes anything is called from the hook, by a contract that has orders on both
sides, money in two accounts, fractions, and an order and a cancellation of another's that were signed.
"""

from collections.abc import Callable
from typing import Any

import pytest

from bench.compiled import Contract
from bench.evm import Moment, Receipt, Reverted
from bench.stage import DEPLOYER_AT, account_of, ours
from tests.contracts.marketplace.adding_up import require_all_adds_up
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BARN,
    BID,
    BOB,
    CAROL,
    DAY,
    FLAT,
    HOUR,
    HOUSE,
    LIST,
    PEOPLE,
    Market,
    id_of,
)
from tests.contracts.marketplace.signing import signed_cancellation, signed_order

KEY = ROLE = b"key".ljust(32, b"\0")
Calls = dict[str, tuple[Any, ...]]
Scene = tuple[Market, Contract]

OWN_BID, OWN_ASK, ANOTHERS, EXPIRED, MET = (id_of(number) for number in range(1, 6))


@pytest.fixture(scope="module")
def prepared(opening: tuple[Market, Moment]) -> tuple[Market, Contract, Moment]:
    market, start = opening
    market.evm.restore(start)
    receiver = market.evm.deploy(DEPLOYER_AT, ours("testing/HostileReceiver"))
    me = receiver.address
    market.fill(me, amount=10**12, fractions=1000)
    market.evm.send(DEPLOYER_AT, market.stage.vault, "deposit", account_of(me, 1), 10**6)
    run(market, receiver, market.contract, "place", market.order(BID, 90, 10))
    run(market, receiver, market.contract, "place", market.order(ASK, 200, 10))
    market.place(ALICE, BID, 80, 10)
    market.place(ALICE, BID, 70, 10, expiry=market.now)
    market.place(BOB, ASK, 100, 10)
    # Fees to collect, and a maker in the middle of its fills.
    market.place(CAROL, BID, 100, 1)
    market.evm.travel(1)
    return market, receiver, market.evm.moment()


@pytest.fixture
def scene(prepared: tuple[Market, Contract, Moment]) -> Scene:
    market, receiver, moment = prepared
    market.evm.restore(moment)
    return market, receiver


def run(market: Market, receiver: Contract, target: Contract, function: str, *arguments: Any) -> Receipt:
    return market.evm.send(CAROL, receiver, "execute", target.address, target.calldata(function, arguments))


def buy(market: Market, receiver: Contract) -> Receipt:
    """What the hook follows: a part of bob's ask is bought, and more is bid for than there is."""
    return run(market, receiver, market.contract, "place", market.order(BID, 100, 5))


def calls_of_the_marketplace(market: Market, me: str) -> Calls:
    order, deadline = market.order(BID, 100, 2), market.now + HOUR
    return {
        "place": (market.order(BID, 100, 3),),
        "place_signed": (ALICE, order, KEY, signed_order("alice", market.contract, ALICE, order, KEY)),
        "replace": (OWN_ASK, market.order(BID, 100, 4)),
        "cancel": (OWN_BID,),
        "cancel_signed": (ANOTHERS, deadline, signed_cancellation("alice", market.contract, ANOTHERS, deadline)),
        "cancel_many": ([OWN_BID, OWN_ASK],),
        "reduce": (OWN_ASK, 4),
        "prune": ([EXPIRED, MET],),
        "burn_key": (KEY,),
        "collect_fees": (),
        "create_book": (BARN, 1, 1, 0, 0, 0),
        "set_fees": (HOUSE, 0, 0),
        "set_fee_receiver": (me,),
        "halt": ([HOUSE],),
        "resume": ([HOUSE],),
        "close_book": (HOUSE,),
        "grantRole": (ROLE, me),
        "revokeRole": (ROLE, ALICE),
        "renounceRole": (ROLE, me),
    }


def calls_of_the_vault(market: Market, me: str) -> Calls:
    main, other, escrow = account_of(me), account_of(me, 1), account_of(market.contract.address, HOUSE)
    return {
        "deposit": (main, 1),
        "deposit_with_permit": (main, 1, market.now, 27, ROLE, ROLE),
        "withdraw": (main, 10**6, BOB),
        "transfer": (main, other, 10**6, ROLE, KEY),
        "transfer_batch": ([(main, account_of(BOB), 5, ROLE), (other, main, 5, ROLE)], KEY),
        "transfer_signed": (main, other, 1, ROLE, KEY, market.now, b""),
        "burn_key": (3, KEY),
        "post": (escrow, main, 1, 12, ROLE),
        "settle": (escrow, [], 1, escrow, 0, ROLE),
        "pause": (),
        "unpause": (),
        "grantRole": (ROLE, me),
        "revokeRole": (ROLE, ALICE),
        "renounceRole": (ROLE, me),
    }


def calls_of_the_token(market: Market, me: str) -> Calls:
    later = market.now + 2 * DAY
    return {
        "safeTransferFrom": (me, BOB, HOUSE, 990, b""),
        "safeBatchTransferFrom": (me, BOB, [HOUSE], [900], b""),
        "setApprovalForAll": (BOB, True),
        "claim_rent": (HOUSE, me),
        "release_rent": (HOUSE, 1),
        "declare_rent": (HOUSE, 1, 500, later),
        "declare_final": (HOUSE, 500, later),
        "allot": (HOUSE, me, 1),
        "set_metadata": (HOUSE, ROLE, "uri"),
        "set_document": (HOUSE, "Deed", ROLE, "uri"),
        "propose_issuer": (HOUSE, BOB),
        "accept_issuer": (HOUSE,),
        "list_property": (4, me, 1, 0, "Shed", ROLE, ""),
        "reserve": (HOUSE, me, 1),
        "settle_sale": (HOUSE, 1),
        "collect": (HOUSE, me, 1),
        "lock": (HOUSE, me, 1),
        "unlock": (HOUSE, me, 1),
        "settle_bid": (HOUSE, me, []),
        "settle_ask": (HOUSE, me, []),
        "acknowledge": (HOUSE, me, 1),
        "grantRole": (ROLE, me),
        "revokeRole": (ROLE, ALICE),
        "renounceRole": (ROLE, me),
    }


def calls_of_the_offering(market: Market, me: str) -> Calls:
    now = market.now
    return {
        "set_offering": (BARN, (1, 1, 1, now + DAY, now + 2 * DAY, now + 3 * DAY, 1, 1)),
        "cancel_offering": (BARN,),
        "subscribe": (BARN, 1),
        "unsubscribe": (BARN, 1),
        "close_offering": (BARN,),
        "collect": (BARN, me),
        "refund": (BARN, me),
        "pause": (),
        "unpause": (),
        "grantRole": (ROLE, me),
        "revokeRole": (ROLE, ALICE),
        "renounceRole": (ROLE, me),
    }


def calls_of_the_registry(market: Market, me: str) -> Calls:
    entry = me, 1, market.now + DAY, False
    return {
        "create_list": (me, "Mine"),
        "set_registrar": (LIST, me),
        "set_entry": (LIST, *entry),
        "set_entries": (LIST, [entry]),
        "grantRole": (ROLE, me),
        "revokeRole": (ROLE, ALICE),
        "renounceRole": (ROLE, me),
    }


def calls_of_the_treasury(market: Market, me: str) -> Calls:
    return {
        "pay": (account_of(me), 1, ROLE, KEY),
        "set_daily_limit": (market.now,),
        "withdraw": (1, me, ROLE),
        "grantRole": (ROLE, me),
        "revokeRole": (ROLE, ALICE),
        "renounceRole": (ROLE, me),
    }


CALLS: dict[str, Callable[[Market, str], Calls]] = {
    "marketplace": calls_of_the_marketplace,
    "vault": calls_of_the_vault,
    "token": calls_of_the_token,
    "offering": calls_of_the_offering,
    "registry": calls_of_the_registry,
    "treasury": calls_of_the_treasury,
}

# What succeeds a moment after the purchase; all else is refused then, and so it is within.
GRANTED = {
    "marketplace": {
        "place", "place_signed", "replace", "cancel", "cancel_signed", "cancel_many", "reduce", "prune", "burn_key",
        "collect_fees", "renounceRole",
    },
    "vault": {"withdraw", "transfer", "transfer_batch", "burn_key", "renounceRole"},
    "token": {"safeTransferFrom", "safeBatchTransferFrom", "setApprovalForAll", "renounceRole"},
    "offering": {"renounceRole"},
    "registry": {"renounceRole"},
    "treasury": {"renounceRole"},
}  # fmt: skip


def picture(market: Market, me: str) -> list[Any]:
    """All that the contracts know of the people in this play."""
    holders = [*PEOPLE, me]
    accounts = [account_of(owner, number) for owner in holders for number in (0, 1)]
    accounts += [account_of(market.contract.address, number) for number in (0, HOUSE, FLAT)] + [0]
    return [
        [market.balance(account) for account in accounts],
        [(market.fractions(who), market.locked(who)) for who in holders],
        market.ask("book_of", HOUSE),
        [market.ask("order_of", id_of(number)) for number in range(1, 12)],
        market.evm.ask(market.stage.token, "isApprovedForAll", me, BOB),
        [market.look("depth", HOUSE, side, 10) for side in (BID, ASK)],
    ]


def changing(contract: Contract) -> set[str]:
    functions = (entry for entry in contract.abi if entry["type"] == "function")
    return {entry["name"] for entry in functions if entry["stateMutability"] not in ("view", "pure")}


@pytest.mark.parametrize("where", CALLS)
def test_every_function_that_changes_anything_is_called_back(scene: Scene, where: str) -> None:
    market, receiver = scene
    assert set(CALLS[where](market, receiver.address)) == changing(getattr(market.stage, where))


@pytest.mark.parametrize("where", CALLS)
def test_what_a_taker_does_in_its_hook_is_as_if_done_after_it(scene: Scene, where: str) -> None:
    market, receiver = scene
    target: Contract = getattr(market.stage, where)
    start = market.evm.moment()
    for function, arguments in CALLS[where](market, receiver.address).items():
        market.evm.restore(start)
        within = done_within(market, receiver, target, function, *arguments)
        if within[0]:
            require_all_adds_up(market)
        market.evm.restore(start)
        after = done_after(market, receiver, target, function, *arguments)
        assert within == after, function
        assert within[0] == (function in GRANTED[where]), function


def done_within(market: Market, receiver: Contract, target: Contract, *call: Any) -> tuple[bool, list[Any]]:
    function, *arguments = call
    request = target.calldata(function, tuple(arguments))
    market.evm.send(CAROL, receiver, "call_back", target.address, request)
    receipt = buy(market, receiver)
    [answer] = [said for _, (name, said) in receipt.events if name == "CalledBack"]
    return bool(answer["succeeded"]), picture(market, receiver.address)


def done_after(market: Market, receiver: Contract, target: Contract, *call: Any) -> tuple[bool, list[Any]]:
    function, *arguments = call
    buy(market, receiver)
    try:
        run(market, receiver, target, function, *arguments)
    except Reverted:
        return False, picture(market, receiver.address)
    return True, picture(market, receiver.address)
