"""One market for the session, as it opened before each test; after each test all of it must add up."""

from collections.abc import Iterator

import pytest

from bench.compiled import Contract
from bench.evm import Moment
from bench.stage import DEPLOYER_AT, ours, set_up
from tests.contracts.marketplace.adding_up import require_all_adds_up
from tests.contracts.marketplace.market import ALICE, ASK, BID, MAX_FILLS, Market, id_of, open_list, people_of


@pytest.fixture(scope="session")
def world() -> None:
    """These tests need no deployment on ape's chain: theirs is on an engine that is many times faster."""


@pytest.fixture(scope="module")
def restored_after_module() -> None:
    """Nor anything restored there."""


@pytest.fixture
def restored_after_test() -> None:
    """Nor after a test."""


@pytest.fixture(scope="session")
def opening() -> tuple[Market, Moment]:
    stage = set_up()
    open_list(stage)
    market = people_of(stage)
    return market, market.evm.moment()


@pytest.fixture
def market(opening: tuple[Market, Moment]) -> Iterator[Market]:
    market, moment = opening
    market.evm.restore(moment)
    yield market
    require_all_adds_up(market)


@pytest.fixture(scope="session")
def crowds(opening: tuple[Market, Moment]) -> dict[int, Moment]:
    """Moments at which 128 orders of alice's, of one fraction each, wait at 100 for a taker of a side."""
    market, start = opening
    found = {}
    for side in (BID, ASK):
        market.evm.restore(start)
        for _ in range(MAX_FILLS):
            market.place(ALICE, 1 - side, 100, 1)
        found[side] = market.evm.moment()
    return found


@pytest.fixture
def crowd(market: Market, crowds: dict[int, Moment], side: int) -> list[int]:
    """Those orders, for a taker of the test's side. They expire after half a year."""
    market.evm.restore(crowds[side])
    return [id_of(number) for number in range(1, MAX_FILLS + 1)]


@pytest.fixture
def receiver(market: Market) -> Contract:
    """A contract that trades, and answers for what it buys as it is told."""
    return market.evm.deploy(DEPLOYER_AT, ours("testing/HostileReceiver"))


@pytest.fixture
def wallet(market: Market) -> Contract:
    """A contract that stands by signatures as it is told."""
    return market.evm.deploy(DEPLOYER_AT, ours("testing/HostileWallet"))
