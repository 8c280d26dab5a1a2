"""is_eligible and standing_of: on the list, before the expiry to the second, and not frozen."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.clock import now
from tests.contracts.investor_registry.conftest import FIRST, SECOND

ALWAYS = 2**64 - 1
YES = 2**255
Enter = Callable[..., None]


@pytest.fixture
def enter(lists: Contract, registrar: Account, alice: Account) -> Enter:
    def entered(expiry: int = ALWAYS, frozen: bool = False, investor_id: int = 7) -> None:
        lists.set_entry(FIRST, alice, investor_id, expiry, frozen, sender=registrar)

    return entered


def test_who_is_on_no_list_is_not_eligible(lists: Contract, alice: Account) -> None:
    assert not any(lists.is_eligible(number, alice) for number in (FIRST, SECOND))


@pytest.mark.parametrize("investor_id", [0, 1, 2**128 - 1])
def test_whoever_is_on_the_list_is_eligible(lists: Contract, alice: Account, enter: Enter, investor_id: int) -> None:
    enter(investor_id=investor_id)
    assert lists.is_eligible(FIRST, alice)


def test_the_second_of_the_expiry_is_the_first_one_too_late(
    lists: Contract, chain: Chain, alice: Account, enter: Enter
) -> None:
    expiry = now(chain) + 1000
    enter(expiry)
    answers = {}
    for second in (expiry - 1, expiry, expiry + 1):
        chain.mine(timestamp=second)
        assert chain.blocks.head.timestamp == second
        answers[second - expiry] = lists.is_eligible(FIRST, alice, block_identifier=chain.blocks.head.number)
    assert answers == {-1: True, 0: False, 1: False}


def test_an_expiry_of_zero_takes_a_wallet_off_the_list(lists: Contract, alice: Account, enter: Enter) -> None:
    enter()
    enter(expiry=0, investor_id=2**128 - 1)
    assert not lists.is_eligible(FIRST, alice)


def test_a_frozen_wallet_is_not_eligible_until_it_thaws(lists: Contract, alice: Account, enter: Enter) -> None:
    enter(frozen=True)
    assert not lists.is_eligible(FIRST, alice)
    enter(frozen=False)
    assert lists.is_eligible(FIRST, alice)


def test_an_expired_wallet_is_entered_anew(lists: Contract, chain: Chain, alice: Account, enter: Enter) -> None:
    enter(now(chain) - 1000)
    assert not lists.is_eligible(FIRST, alice)
    enter(now(chain) + 1000)
    assert lists.is_eligible(FIRST, alice)


@pytest.mark.parametrize("investor_id", [0, 1, 2**128 - 1])
def test_the_standing_is_the_investor_with_the_highest_bit_while_he_is_eligible(
    lists: Contract, chain: Chain, alice: Account, bob: Account, enter: Enter, investor_id: int
) -> None:
    """Marketplace and token ask for this word; who may not gain any more is still known as the same investor."""
    enter(investor_id=investor_id)
    assert lists.standing_of(FIRST, alice) == YES | investor_id
    enter(investor_id=investor_id, frozen=True)
    assert lists.standing_of(FIRST, alice) == investor_id
    enter(now(chain), investor_id=investor_id)
    assert lists.standing_of(FIRST, alice) == investor_id
    assert lists.standing_of(FIRST, bob) == lists.standing_of(SECOND, alice) == 0
