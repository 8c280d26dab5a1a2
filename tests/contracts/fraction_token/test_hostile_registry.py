"""A registry that misbehaves says no: it can neither revert nor stall a transfer, nor be starved into a no."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_tester.exceptions import TransactionFailed

from tests.contracts.ape_types import Account, Chain, Contract, Project, Receipt
from tests.contracts.fraction_token.conftest import BARN, CONTENT_HASH, HOUSE, NOBODY, URI
from tests.contracts.refusals import refused, refused_silently, selector_of

LIST = 1
YES, YES_TO_AN_INVESTOR = (2**255).to_bytes(32, "big"), (2**255 + 2**128 - 1).to_bytes(32, "big")
WRONG_ANSWERS = {
    "nothing": b"",
    "no": bytes(32),
    "no to an investor": (2**128 - 1).to_bytes(32, "big"),
    "a byte": b"\x80",
    "a byte too few": YES[:31],
    "a byte too many": YES + b"\0",
    "two words": YES + YES,
    "a bit above the investor": (2**255 + 2**128).to_bytes(32, "big"),
    "a bit below the yes": (2**255 + 2**254).to_bytes(32, "big"),
    "all ones": b"\xff" * 32,
    "yes at the wrong end": bytes(31) + b"\1",
    "an endless yes": YES * 64,
}
GAS_LIMITS = range(26_000, 130_000, 700)

Move = Callable[[Account], Receipt]


@pytest.fixture
def seller(accounts: list[Account]) -> Account:
    """Who may sell fractions: for the token a bare address is as good as the offering."""
    account: Account = accounts[9]
    return account


@pytest.fixture
def registry(sources: Project, deployer: Account) -> Contract:
    """A hostile one, which says yes as yet."""
    registry = deployer.deploy(sources.HostileRegistry)
    registry.answer_with(YES, sender=deployer)
    return registry


@pytest.fixture
def token(
    sources: Project,
    vault: Contract,
    registry: Contract,
    deployer: Account,
    admin: Account,
    lister: Account,
    issuer: Account,
    marketplace: Account,
    seller: Account,
    alice: Account,
) -> Contract:
    """A token that asks the hostile registry: alice holds 10, of 10 more that were sold none is collected."""
    token = deployer.deploy(sources.FractionToken, vault, marketplace, seller, registry, 0, admin)
    token.grantRole(token.LISTER(), lister, sender=admin)
    token.list_property(HOUSE, issuer, 1000, LIST, "House", CONTENT_HASH, URI, sender=lister)
    token.allot(HOUSE, alice, 10, sender=issuer)
    token.reserve(HOUSE, issuer, 10, sender=seller)
    token.settle_sale(HOUSE, 10, sender=seller)
    return token


@pytest.fixture(params=["transfer", "batch", "allotment", "collection"])
def gain(request: pytest.FixtureRequest, token: Contract, alice: Account, issuer: Account, seller: Account) -> Move:
    """Each way for a wallet to gain a fraction of the house."""
    ways: dict[str, Move] = {
        "transfer": lambda to: token.safeTransferFrom(alice, to, HOUSE, 1, b"", sender=alice),
        "batch": lambda to: token.safeBatchTransferFrom(alice, to, [HOUSE], [1], b"", sender=alice),
        "allotment": lambda to: token.allot(HOUSE, to, 1, sender=issuer),
        "collection": lambda to: token.collect(HOUSE, to, 1, sender=seller),
    }
    return ways[request.param]


@pytest.mark.parametrize("answer", [YES, YES_TO_AN_INVESTOR])
def test_a_clear_yes_lets_a_wallet_gain(
    token: Contract, gain: Move, registry: Contract, bob: Account, answer: bytes
) -> None:
    registry.answer_with(answer, sender=bob)
    gain(bob)
    assert token.balanceOf(bob, HOUSE) == 1


def test_a_registry_is_given_no_more_gas_than_it_may_burn(
    token: Contract, gain: Move, registry: Contract, bob: Account
) -> None:
    registry.meter(sender=bob)
    gain(bob)
    assert token.balanceOf(bob, HOUSE) == 1


@pytest.mark.parametrize("answer", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_any_other_answer_is_a_no(
    token: Contract, registry: Contract, alice: Account, bob: Account, answer: bytes
) -> None:
    registry.answer_with(answer, sender=bob)
    with refused("NotEligible", HOUSE, bob.address):
        token.safeTransferFrom(alice, bob, HOUSE, 1, b"", sender=alice)
    assert (token.balanceOf(alice, HOUSE), token.balanceOf(bob, HOUSE)) == (10, 0)


@pytest.mark.parametrize("reason", [b"", YES, b"\1" * 2048, selector_of("NotEnoughGas", [])])
def test_a_registry_that_reverts_says_no(gain: Move, registry: Contract, bob: Account, reason: bytes) -> None:
    registry.revert_with(reason, sender=bob)
    with refused("NotEligible", HOUSE, bob.address):
        gain(bob)


def test_a_registry_that_loops_says_no_and_leaves_gas_to_say_so(gain: Move, registry: Contract, bob: Account) -> None:
    registry.loop(sender=bob)
    with refused("NotEligible", HOUSE, bob.address):
        gain(bob)


def test_a_hostile_registry_stops_no_lock_and_no_open_property(
    token: Contract, registry: Contract, lister: Account, issuer: Account, marketplace: Account, alice: Account
) -> None:
    registry.loop(sender=alice)
    token.lock(HOUSE, alice, 10, sender=marketplace)
    token.unlock(HOUSE, alice, 10, sender=marketplace)
    token.list_property(BARN, issuer, 1000, 0, "Barn", CONTENT_HASH, URI, sender=lister)
    token.allot(BARN, alice, 10, sender=issuer)
    assert token.balanceOf(alice, BARN) == 10


def test_no_registry_at_all_lists_no_property_with_a_list(
    sources: Project, vault: Contract, deployer: Account, admin: Account, issuer: Account
) -> None:
    token = deployer.deploy(sources.FractionToken, vault, NOBODY, NOBODY, NOBODY, 0, admin)
    token.grantRole(token.LISTER(), admin, sender=admin)
    with refused_silently():
        token.list_property(HOUSE, issuer, 1000, LIST, "House", CONTENT_HASH, URI, sender=admin)
    token.list_property(HOUSE, issuer, 1000, 0, "House", CONTENT_HASH, URI, sender=admin)


# -- gas


@pytest.fixture
def honest(
    sources: Project, vault: Contract, deployer: Account, admin: Account, issuer: Account, alice: Account, bob: Account
) -> Contract:
    """A token with an honest registry, on whose list alice and bob stand; alice holds 10."""
    registry = deployer.deploy(sources.InvestorRegistry, admin)
    registry.create_list(admin, "Residents", sender=admin)
    for wallet in (alice, bob):
        registry.set_entry(LIST, wallet, 1, 2**63, False, sender=admin)
    token = deployer.deploy(sources.FractionToken, vault, NOBODY, NOBODY, registry, 0, admin)
    token.grantRole(token.LISTER(), admin, sender=admin)
    token.list_property(HOUSE, issuer, 1000, LIST, "House", CONTENT_HASH, URI, sender=admin)
    token.allot(HOUSE, alice, 10, sender=issuer)
    return token


def outcomes(chain: Chain, call: dict[str, Any]) -> Iterator[str]:
    """What becomes of a call, with gas from too little to plenty."""
    for gas in GAS_LIMITS:
        try:
            chain.provider.web3.eth.call({**call, "gas": gas})
        except TransactionFailed as error:
            yield "out of gas" if "gas" in str(error) else str(error)
        else:
            yield "done"


def test_too_little_gas_is_told_as_such_and_is_never_a_no(
    chain: Chain, honest: Contract, alice: Account, bob: Account
) -> None:
    data = honest.safeTransferFrom.encode_input(alice, bob, HOUSE, 1, b"")
    call = {"from": alice.address, "to": honest.address, "data": data}
    found = list(outcomes(chain, call))
    not_enough = f"execution reverted: {selector_of('NotEnoughGas', [])!r}"
    assert set(found) == {not_enough, "out of gas", "done"}
    assert found == sorted(found, key=[not_enough, "out of gas", "done"].index)
