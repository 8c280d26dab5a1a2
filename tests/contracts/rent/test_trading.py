"""Trading around a release gains what the announcement told, which the price of a fraction holds, and no unit more."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.clock import now, travel_to
from tests.contracts.conftest import RENT_NOTICE
from tests.contracts.ledger import account_of
from tests.contracts.refusals import refused
from tests.contracts.rent.conftest import HOUSE, JANUARY, MONEY, SCALE, Claim, Declare, Release

RENT, SUPPLY, BOUGHT = 1000, 10, 4
PER_FRACTION = RENT // SUPPLY
PRICE = 5_000  # of a fraction that has no rent to come

Pay = Callable[[Account, Account, int], None]


@pytest.fixture
def pay(vault: Contract) -> Pay:
    keys = iter(range(100))

    def paid(buyer: Account, seller: Account, amount: int) -> None:
        key = next(keys).to_bytes(32, "big")
        vault.transfer(account_of(buyer), account_of(seller), amount, bytes(32), key, sender=buyer)

    return paid


def money_of(vault: Contract, *owners: Account) -> list[int]:
    return [vault.balance_of(account_of(owner)) for owner in owners]


def test_who_buys_in_the_block_before_a_release_gains_what_was_told_and_the_seller_gives_it(
    house: int, chain: Chain, token: Contract, vault: Contract, declare: Declare, claim: Claim, alice: Account,
    bob: Account, carol: Account,
) -> None:  # fmt: skip
    release_time = declare(RENT)
    travel_to(chain, release_time - 1)
    bought = token.safeTransferFrom(alice, bob, house, BOUGHT, b"", sender=alice)
    released = token.release_rent(house, JANUARY, sender=carol)
    sold = token.safeTransferFrom(bob, alice, house, BOUGHT, b"", sender=bob)
    assert [receipt.timestamp for receipt in (bought, released, sold)] == [release_time + n for n in (-1, 0, 1)]
    assert (claim(bob), claim(alice)) == (BOUGHT * PER_FRACTION, (7 - BOUGHT) * PER_FRACTION)
    assert money_of(vault, bob, alice) == [400, 300]


def test_at_a_price_that_holds_the_announced_rent_the_trade_gains_nothing(
    house: int, chain: Chain, token: Contract, vault: Contract, declare: Declare, claim: Claim, pay: Pay,
    provide: Callable[[Account, int], None], alice: Account, bob: Account, carol: Account,
) -> None:  # fmt: skip
    """Everybody ends with what he would have had, had nobody traded."""
    provide(bob, MONEY)
    release_time = declare(RENT)
    travel_to(chain, release_time - 2)
    pay(bob, alice, BOUGHT * (PRICE + PER_FRACTION))
    token.safeTransferFrom(alice, bob, house, BOUGHT, b"", sender=alice)
    token.release_rent(house, JANUARY, sender=carol)
    token.safeTransferFrom(bob, alice, house, BOUGHT, b"", sender=bob)
    vault.transfer(account_of(alice), account_of(bob), BOUGHT * PRICE, bytes(32), b"\1" * 32, sender=alice)
    for holder in (alice, bob):
        claim(holder)
    assert money_of(vault, alice, bob) == [7 * PER_FRACTION, MONEY]


def test_who_buys_before_the_announcement_and_sells_after_the_release_gains_the_same(
    house: int, token: Contract, declare: Declare, release: Release, claim: Claim, alice: Account, bob: Account
) -> None:
    token.safeTransferFrom(alice, bob, house, BOUGHT, b"", sender=alice)
    declare(RENT)
    release()
    token.safeTransferFrom(bob, alice, house, BOUGHT, b"", sender=bob)
    assert (claim(bob), claim(alice)) == (400, 300)


def test_who_buys_after_the_release_gains_nothing(
    house: int, token: Contract, declare: Declare, release: Release, claim: Claim, alice: Account, bob: Account
) -> None:
    declare(RENT)
    release()
    token.safeTransferFrom(alice, bob, house, BOUGHT, b"", sender=alice)
    with refused("NothingToClaim", house, bob.address):
        claim(bob)
    assert claim(alice) == 700


def test_fractions_passed_on_around_a_release_earn_once(
    house: int, token: Contract, declare: Declare, release: Release, people: list[Account]
) -> None:
    """Each of three people holds the same fractions within the three blocks around it; one of them was paid."""
    alice, bob, carol = people
    declare(RENT)
    token.safeTransferFrom(alice, bob, house, 7, b"", sender=alice)
    release()
    token.safeTransferFrom(bob, carol, house, 7, b"", sender=bob)
    token.safeTransferFrom(carol, alice, house, 7, b"", sender=carol)
    assert [token.claimable_rent(who, house) for who in people] == [0, 700, 0]


def test_no_rent_comes_unannounced(house: int, chain: Chain, token: Contract, issuer: Account, alice: Account) -> None:
    """From the announcement to the first second of its release there is all of the notice to trade in."""
    release_time = now(chain) + RENT_NOTICE
    receipt = token.declare_rent(house, JANUARY, RENT, release_time, sender=issuer)
    travel_to(chain, receipt.timestamp + RENT_NOTICE - 1)
    with refused("RentNotDue", house, JANUARY, release_time):
        token.release_rent(house, JANUARY, sender=alice)
    assert token.release_rent(house, JANUARY, sender=alice).timestamp == receipt.timestamp + RENT_NOTICE


def test_what_a_fraction_was_told_is_what_it_gets(
    house: int, token: Contract, declare: Declare, release: Release, marketplace: Account, issuer: Account,
    alice: Account, bob: Account,
) -> None:  # fmt: skip
    """Nothing that anybody does between the two steps changes how many share."""
    declare(RENT)
    told = RENT * SCALE // token.totalSupply(HOUSE)
    token.safeTransferFrom(alice, bob, house, 3, b"", sender=alice)
    token.lock(house, bob, 3, sender=marketplace)
    with refused("RentPending", house):
        token.allot(house, issuer, 990, sender=issuer)
    release()
    assert token.rent_index_of(house) == told
