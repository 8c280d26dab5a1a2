"""The chain's clock, which moves when it is told: one second a block, otherwise."""

from tests.contracts.ape_types import Chain

DAY = 86_400


def now(chain: Chain) -> int:
    """The second at which the next transaction's block will stand."""
    return int(chain.pending_timestamp)


def travel_to(chain: Chain, second: int) -> None:
    """Let the next transaction's block stand at a second to come."""
    chain.pending_timestamp = second
