"""declare_rent: the issuer escrows a period's rent and names its release, the notice ahead at least."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.clock import now
from tests.contracts.conftest import RENT_NOTICE
from tests.contracts.events import events_of
from tests.contracts.ledger import account_of, posting
from tests.contracts.refusals import refused
from tests.contracts.rent.conftest import (
    BARN,
    FEBRUARY,
    HOUSE,
    JANUARY,
    MONEY,
    Allot,
    Declare,
    List,
    Release,
    escrow_of,
)

LONGEST_WAIT = 366 * 86_400
LARGEST_PERIOD = 2**32 - 1
RENT_DECLARED = 5


@pytest.mark.usefixtures("house")
def test_declared_rent_is_escrowed_at_once_and_told(
    chain: Chain, token: Contract, vault: Contract, issuer: Account
) -> None:
    release_time = now(chain) + RENT_NOTICE
    receipt = token.declare_rent(HOUSE, JANUARY, 500, release_time, sender=issuer)
    told = {"property_id": HOUSE, "period": JANUARY, "amount": 500, "release_time": release_time}
    assert events_of(receipt, token) == [("RentDeclared", told)]
    accounts, reference = (account_of(issuer), escrow_of(token)), JANUARY.to_bytes(32, "big")
    moved = posting(*accounts, 500, RENT_DECLARED, (MONEY - 500, 500), reference=reference)
    assert events_of(receipt, vault) == [moved]


def test_declared_rent_is_read_and_nobodys_yet(house: int, token: Contract, declare: Declare, alice: Account) -> None:
    release_time = declare(500)
    assert tuple(token.rent_of(house, JANUARY)) == (500, release_time, False)
    assert token.pending_rent_of(house) == (500, 1, 0)
    assert token.rent_index_of(house) == token.claimable_rent(alice, house) == 0


def test_several_rents_wait_side_by_side(house: int, token: Contract, vault: Contract, declare: Declare) -> None:
    declare(500, JANUARY)
    declare(300, FEBRUARY)
    assert token.pending_rent_of(house) == (800, 2, 0)
    assert vault.balance_of(escrow_of(token)) == 800


def test_the_notice_holds_to_the_second(house: int, chain: Chain, token: Contract, issuer: Account) -> None:
    earliest = now(chain) + RENT_NOTICE
    with refused("InvalidReleaseTime", earliest - 1, earliest, earliest + LONGEST_WAIT):
        token.declare_rent(house, JANUARY, 1, earliest - 1, sender=issuer)
    token.declare_rent(house, JANUARY, 1, now(chain) + RENT_NOTICE, sender=issuer)


@pytest.mark.parametrize("release_time", [0, 1, 2**64, 2**256 - 1])
def test_absurd_release_times_are_refused(
    house: int, chain: Chain, token: Contract, issuer: Account, release_time: int
) -> None:
    earliest = now(chain) + RENT_NOTICE
    with refused("InvalidReleaseTime", release_time, earliest, earliest + LONGEST_WAIT):
        token.declare_rent(house, JANUARY, 1, release_time, sender=issuer)


def test_the_longest_wait_holds_to_the_second(house: int, chain: Chain, token: Contract, issuer: Account) -> None:
    earliest = now(chain) + RENT_NOTICE
    latest = earliest + LONGEST_WAIT
    with refused("InvalidReleaseTime", latest + 1, earliest, latest):
        token.declare_rent(house, JANUARY, 1, latest + 1, sender=issuer)
    token.declare_rent(house, JANUARY, 1, now(chain) + RENT_NOTICE + LONGEST_WAIT, sender=issuer)


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("period", [0, LARGEST_PERIOD + 1, 2**256 - 1])
def test_periods_out_of_bounds_are_refused(token: Contract, issuer: Account, period: int) -> None:
    with refused("InvalidPeriod", period):
        token.declare_rent(HOUSE, period, 1, 0, sender=issuer)


@pytest.mark.parametrize("period", [1, LARGEST_PERIOD])
def test_any_number_of_32_bits_names_a_period(house: int, token: Contract, declare: Declare, period: int) -> None:
    declare(500, period)
    assert token.rent_of(house, period).amount == 500


def test_a_period_is_declared_once_before_and_after_its_release(house: int, declare: Declare, release: Release) -> None:
    declare(500)
    with refused("PeriodDeclared", house, JANUARY):
        declare(500)
    release()
    with refused("PeriodDeclared", house, JANUARY):
        declare(1)


def test_a_period_of_one_property_is_none_of_another(
    house: int, token: Contract, declare: Declare, list_house: List, allot: Allot, alice: Account
) -> None:
    list_house(BARN)
    allot(alice, 5, BARN)
    declare(500, JANUARY, house)
    declare(300, JANUARY, BARN)
    assert (token.rent_of(house, JANUARY).amount, token.rent_of(BARN, JANUARY).amount) == (500, 300)


def test_with_nothing_sold_there_is_nobody_to_pay(declare: Declare, list_house: List) -> None:
    list_house()
    with refused("NothingSold", HOUSE):
        declare(500)


@pytest.mark.usefixtures("house")
def test_rent_of_nothing_is_refused_and_its_period_stays_open(declare: Declare) -> None:
    with refused("ZeroAmount"):
        declare(0)
    declare(500)


@pytest.mark.usefixtures("house")
def test_rent_that_the_issuer_does_not_have_is_refused(declare: Declare, issuer: Account) -> None:
    with refused("InsufficientBalance", account_of(issuer), MONEY, MONEY + 1):
        declare(MONEY + 1)
    declare(MONEY)


@pytest.mark.usefixtures("house")
def test_rent_comes_from_the_main_account_and_from_no_other(vault: Contract, declare: Declare, issuer: Account) -> None:
    main, savings = account_of(issuer), account_of(issuer, 1)
    vault.transfer(main, savings, MONEY, bytes(32), bytes(32), sender=issuer)
    with refused("InsufficientBalance", main, 0, 1):
        declare(1)


@pytest.mark.parametrize("who", ["admin", "lister", "marketplace", "alice"])
def test_only_the_issuer_declares(house: int, declare: Declare, request: pytest.FixtureRequest, who: str) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("NotIssuer", house, caller.address):
        declare(1, sender=caller)
    with refused("NotIssuer", house, caller.address):
        declare(1, 0, sender=caller)


def test_after_a_hand_over_the_new_issuer_declares_from_his_own_money(
    house: int,
    token: Contract,
    declare: Declare,
    provide: Callable[[Account, int], None],
    issuer: Account,
    bob: Account,
) -> None:
    provide(bob, 500)
    token.propose_issuer(house, bob, sender=issuer)
    token.accept_issuer(house, sender=bob)
    declare(500, sender=bob)
    with refused("NotIssuer", house, issuer.address):
        declare(500, FEBRUARY)


def test_a_property_that_was_never_listed_pays_no_rent(declare: Declare) -> None:
    with refused("UnknownProperty", 7):
        declare(1, property_id=7)


# -- fractions that come while rent waits


def test_nothing_is_allotted_while_rent_waits(
    house: int, declare: Declare, release: Release, allot: Allot, alice: Account
) -> None:
    declare(500, JANUARY)
    declare(500, FEBRUARY)
    for period in (JANUARY, FEBRUARY):
        with refused("RentPending", house):
            allot(alice, 1)
        release(period)
    allot(alice, 1)


def test_rent_of_one_property_stops_no_allotment_of_another(
    house: int, declare: Declare, list_house: List, allot: Callable[..., Receipt], alice: Account
) -> None:
    list_house(BARN)
    declare(500, JANUARY, house)
    allot(alice, 1, BARN)
