"""Subscribers that are contracts: their own refusals stop nobody but themselves."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.ledger import account_of
from tests.contracts.primary_offering.conftest import (
    HOUSE,
    MONEY,
    PRICE,
    SETTLED,
    SOFT_CAP,
    Provide,
    escrow_of,
    state_of,
)
from tests.contracts.refusals import refused

Close = Callable[[], Receipt]
Subscribe = Callable[[Account, int], Receipt]


@pytest.fixture
def stubborn(offering: Contract, hostile_receiver: Contract, opened: None, provide: Provide, bob: Account) -> Contract:  # noqa: ARG001
    """A contract with 60 subscribed that reverts whenever it is asked to accept anything."""
    provide(hostile_receiver)
    hostile_receiver.execute(offering, offering.subscribe.encode_input(HOUSE, SOFT_CAP - 40), sender=bob)
    hostile_receiver.revert_with(b"", sender=bob)
    return hostile_receiver


def test_who_refuses_his_fractions_keeps_his_claim_to_them_and_stops_nobody(
    offering: Contract, token: Contract, vault: Contract, stubborn: Contract, subscribe: Subscribe, close: Close,
    issuer: Account, alice: Account,
) -> None:  # fmt: skip
    subscribe(alice, 40)
    close()
    assert state_of(offering) == (SETTLED, SOFT_CAP)
    assert vault.balance_of(account_of(issuer)) == SOFT_CAP * PRICE
    with refused("ERC1155InvalidReceiver", stubborn.address):
        offering.collect(HOUSE, stubborn, sender=alice)
    assert offering.subscription_of(HOUSE, stubborn) == 60
    assert token.sale_of(HOUSE) == (0, SOFT_CAP, 0)
    offering.collect(HOUSE, alice, sender=alice)
    assert (token.balanceOf(alice, HOUSE), token.sale_of(HOUSE)) == (40, (0, 60, 0))


def test_who_thinks_better_of_it_collects_later(
    offering: Contract, token: Contract, stubborn: Contract, subscribe: Subscribe, close: Close, alice: Account
) -> None:
    subscribe(alice, 40)
    close()
    stubborn.answer_with(bytes.fromhex("f23a6e61").ljust(32, b"\0"), sender=alice)
    offering.collect(HOUSE, stubborn, sender=alice)
    assert token.balanceOf(stubborn, HOUSE) == 60


def test_a_refund_asks_nobody(
    offering: Contract, vault: Contract, stubborn: Contract, close: Close, alice: Account
) -> None:
    close()
    offering.refund(HOUSE, stubborn, sender=alice)
    assert vault.balance_of(account_of(stubborn)) == MONEY
    assert vault.balance_of(escrow_of(offering)) == 0
