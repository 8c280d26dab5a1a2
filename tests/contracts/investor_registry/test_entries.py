"""set_entry and set_entries: a wallet's investor, until when, and whether frozen; told, and kept to the last bit."""

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import Event, events_of
from tests.contracts.investor_registry.conftest import FIRST, NOBODY, SECOND
from tests.contracts.refusals import refused, refused_silently

MAX_INVESTOR, MAX_EXPIRY = 2**128 - 1, 2**64 - 1
MAX_ENTRIES = 128
Entry = tuple[str, int, int, bool]


def told(wallet: str, investor_id: int, expiry: int, frozen: bool, registry_list: int = FIRST) -> Event:
    words = {"wallet": wallet, "investor_id": investor_id, "expiry": expiry, "frozen": frozen}
    return "EntrySet", {"registry_list": registry_list} | words


def entry_of(registry: Contract, wallet: str, registry_list: int = FIRST) -> Entry:
    entry = registry.entry_of(registry_list, wallet)
    return entry.wallet, entry.investor_id, entry.expiry, entry.frozen


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("expiry", [0, 1, MAX_EXPIRY])
@pytest.mark.parametrize("investor_id", [0, 1, MAX_INVESTOR])
def test_an_entry_is_told_and_kept_to_the_last_bit(
    lists: Contract, registrar: Account, alice: Account, investor_id: int, expiry: int, frozen: bool
) -> None:
    words = investor_id, expiry, frozen
    receipt = lists.set_entry(FIRST, alice, *words, sender=registrar)
    assert events_of(receipt, lists) == [told(alice.address, *words)]
    assert entry_of(lists, alice.address) == (alice.address, *words)


def test_an_entry_is_of_one_wallet_on_one_list(
    lists: Contract, registrar: Account, alice: Account, bob: Account
) -> None:
    lists.set_entry(FIRST, alice, 7, MAX_EXPIRY, False, sender=registrar)
    assert entry_of(lists, alice.address, SECOND) == (alice.address, 0, 0, False)
    assert entry_of(lists, bob.address) == (bob.address, 0, 0, False)
    assert [lists.is_eligible(number, alice) for number in (FIRST, SECOND)] == [True, False]


def test_a_later_entry_takes_the_place_of_an_earlier_one(lists: Contract, registrar: Account, alice: Account) -> None:
    lists.set_entry(FIRST, alice, MAX_INVESTOR, MAX_EXPIRY, True, sender=registrar)
    lists.set_entry(FIRST, alice, 1, 2, False, sender=registrar)
    assert entry_of(lists, alice.address) == (alice.address, 1, 2, False)


@pytest.mark.parametrize("who", ["admin", "bob", "deployer", "alice"])
def test_nobody_but_the_lists_registrar_sets_entries(
    lists: Contract, alice: Account, request: pytest.FixtureRequest, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("NotRegistrar", FIRST, caller.address):
        lists.set_entry(FIRST, alice, 1, MAX_EXPIRY, False, sender=caller)
    with refused("NotRegistrar", FIRST, caller.address):
        lists.set_entries(FIRST, [], sender=caller)


@pytest.mark.parametrize("value", [MAX_INVESTOR + 1, 2**192, 2**256 - 1])
def test_no_investor_spills_over_into_the_bits_of_the_expiry(
    lists: Contract, registrar: Account, alice: Account, value: int
) -> None:
    with refused("InvalidInvestorId", value):
        lists.set_entry(FIRST, alice, value, 0, False, sender=registrar)


@pytest.mark.parametrize("value", [MAX_EXPIRY + 1, 2**128, 2**256 - 1])
def test_no_expiry_spills_over_into_the_bit_of_the_frozen(
    lists: Contract, registrar: Account, alice: Account, value: int
) -> None:
    with refused("InvalidExpiry", value):
        lists.set_entry(FIRST, alice, 0, value, False, sender=registrar)


def test_nobody_is_on_no_list(lists: Contract, registrar: Account) -> None:
    with refused("InvalidWallet", NOBODY):
        lists.set_entry(FIRST, NOBODY, 1, MAX_EXPIRY, False, sender=registrar)


def test_where_one_entry_is_refused_none_is_set(lists: Contract, registrar: Account, alice: Account) -> None:
    with refused("InvalidWallet", NOBODY):
        lists.set_entries(FIRST, [(alice, 1, 1, False), (NOBODY, 1, 1, False)], sender=registrar)
    assert entry_of(lists, alice.address) == (alice.address, 0, 0, False)


def many(count: int) -> list[Entry]:
    return [(f"0x{number:040x}", number, MAX_EXPIRY, number % 2 == 0) for number in range(1, count + 1)]


def test_a_call_sets_128_entries_at_most_and_tells_each(lists: Contract, registrar: Account) -> None:
    with refused_silently():
        lists.set_entries(FIRST, many(MAX_ENTRIES + 1), sender=registrar)
    entries = many(MAX_ENTRIES)
    receipt = lists.set_entries(FIRST, entries, sender=registrar)
    assert [words["investor_id"] for _, words in events_of(receipt, lists)] == list(range(1, MAX_ENTRIES + 1))
    assert [lists.is_eligible(FIRST, wallet) for wallet, *_ in entries[-2:]] == [True, False]


def test_the_last_of_two_entries_of_a_wallet_in_one_call_stands(
    lists: Contract, registrar: Account, alice: Account
) -> None:
    lists.set_entries(FIRST, [(alice, 1, 1, True), (alice, 2, 2, False)], sender=registrar)
    assert entry_of(lists, alice.address) == (alice.address, 2, 2, False)


def test_nothing_can_be_set_in_one_call(lists: Contract, registrar: Account) -> None:
    assert events_of(lists.set_entries(FIRST, [], sender=registrar), lists) == []
