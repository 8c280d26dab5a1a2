"""A property with a list: who does not stand on it, in date and not frozen, gains nothing, and keeps what he has."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.clock import now, travel_to
from tests.contracts.fraction_token.conftest import BARN, HOUSE, ListProperty
from tests.contracts.refusals import refused

FAR = 2**63
RESIDENTS, TENANTS = 1, 2

Enter = Callable[..., Receipt]
Gain = Callable[[Account], Receipt]


@pytest.fixture
def enter(registry: Contract, admin: Account, lister: Account) -> Enter:
    """Put a wallet on the list of residents, whose registrar is the lister; there is a list of tenants too."""
    for name in ("Residents", "Tenants"):
        registry.create_list(lister, name, sender=admin)

    def entered(wallet: Account, expiry: int = FAR, frozen: bool = False, number: int = RESIDENTS) -> Receipt:
        return registry.set_entry(number, wallet, 7, expiry, frozen, sender=lister)

    return entered


@pytest.fixture
def holder(token: Contract, issuer: Account, alice: Account, list_property: ListProperty, enter: Enter) -> Account:
    """alice, with 10 of the house, which is for residents, and 10 of the barn, which is for all."""
    enter(alice)
    list_property(HOUSE, registry_list=RESIDENTS)
    list_property(BARN)
    for property_id in (HOUSE, BARN):
        token.allot(property_id, alice, 10, sender=issuer)
    return alice


@pytest.fixture(params=["transfer", "batch", "allotment"])
def gain(request: pytest.FixtureRequest, token: Contract, holder: Account, issuer: Account) -> Gain:
    """Ways for a wallet to gain 3 of the house; those through an offering have tests beside it."""
    ways: dict[str, Gain] = {
        "transfer": lambda to: token.safeTransferFrom(holder, to, HOUSE, 3, b"", sender=holder),
        "batch": lambda to: token.safeBatchTransferFrom(holder, to, [BARN, HOUSE], [3, 3], b"", sender=holder),
        "allotment": lambda to: token.allot(HOUSE, to, 3, sender=issuer),
    }
    return ways[request.param]


def test_who_stands_on_the_list_gains(token: Contract, gain: Gain, enter: Enter, bob: Account) -> None:
    enter(bob)
    gain(bob)
    assert token.balanceOf(bob, HOUSE) == 3


@pytest.mark.parametrize("what", ["never entered", "taken off", "frozen", "frozen and expired", "on another list"])
def test_who_is_not_in_good_standing_gains_nothing(
    token: Contract, gain: Gain, enter: Enter, holder: Account, bob: Account, what: str
) -> None:
    if what != "never entered":
        enter(bob, number=TENANTS if what == "on another list" else RESIDENTS)
    if what == "taken off":
        enter(bob, expiry=0)
    if what.startswith("frozen"):
        enter(bob, expiry=1 if what.endswith("expired") else FAR, frozen=True)
    with refused("NotEligible", HOUSE, bob.address):
        gain(bob)
    held = [token.balanceOf(who, property_id) for who in (holder, bob) for property_id in (HOUSE, BARN)]
    assert held == [10, 10, 0, 0]


def test_an_entry_ends_to_the_second(chain: Chain, gain: Gain, enter: Enter, bob: Account) -> None:
    end = now(chain) + 100
    enter(bob, expiry=end)
    travel_to(chain, end - 1)
    gain(bob)
    assert now(chain) == end
    with refused("NotEligible", HOUSE, bob.address):
        gain(bob)


def test_a_frozen_wallet_gains_again_when_it_is_thawed(gain: Gain, enter: Enter, bob: Account) -> None:
    enter(bob, frozen=True)
    with refused("NotEligible", HOUSE, bob.address):
        gain(bob)
    enter(bob)
    gain(bob)


def test_a_property_for_all_asks_for_no_list(token: Contract, holder: Account, bob: Account) -> None:
    token.safeTransferFrom(holder, bob, BARN, 3, b"", sender=holder)
    assert token.balanceOf(bob, BARN) == 3


def test_even_nothing_is_not_sent_to_whom_the_list_refuses(token: Contract, holder: Account, bob: Account) -> None:
    with refused("NotEligible", HOUSE, bob.address):
        token.safeTransferFrom(holder, bob, HOUSE, 0, b"", sender=holder)


def test_an_operator_in_good_standing_gains_nothing_for_another(
    token: Contract, holder: Account, bob: Account, carol: Account, enter: Enter
) -> None:
    enter(carol)
    token.setApprovalForAll(carol, True, sender=holder)
    with refused("NotEligible", HOUSE, bob.address):
        token.safeTransferFrom(holder, bob, HOUSE, 3, b"", sender=carol)


# -- leaving


@pytest.fixture(params=["frozen", "expired", "taken off"])
def outcast(request: pytest.FixtureRequest, holder: Account, enter: Enter, bob: Account) -> Account:
    """The holder, who may gain no more; bob may."""
    enter(bob)
    enter(holder, expiry={"frozen": FAR, "expired": 1, "taken off": 0}[request.param], frozen=request.param == "frozen")
    return holder


def test_who_may_gain_no_more_keeps_and_sends_what_he_has(token: Contract, outcast: Account, bob: Account) -> None:
    assert token.balanceOf(outcast, HOUSE) == 10
    token.safeTransferFrom(outcast, bob, HOUSE, 4, b"", sender=outcast)
    token.safeBatchTransferFrom(outcast, bob, [HOUSE], [6], b"", sender=outcast)
    assert (token.balanceOf(outcast, HOUSE), token.balanceOf(bob, HOUSE)) == (0, 10)


def test_who_may_gain_no_more_gets_nothing_back(token: Contract, outcast: Account, bob: Account) -> None:
    token.safeTransferFrom(outcast, bob, HOUSE, 10, b"", sender=outcast)
    with refused("NotEligible", HOUSE, outcast.address):
        token.safeTransferFrom(bob, outcast, HOUSE, 1, b"", sender=bob)


def test_escrow_asks_no_list(token: Contract, outcast: Account, marketplace: Account) -> None:
    token.lock(HOUSE, outcast, 10, sender=marketplace)
    token.unlock(HOUSE, outcast, 10, sender=marketplace)
    assert token.locked_of(outcast, HOUSE) == 0
