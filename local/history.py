"""Two days of trading before anybody looks, so that books and charts have something to show."""

import contextlib
import random
import time

from local.people import People
from local.rpc import Refused
from local.traders import Floor

DAYS_SECONDS = 2 * 86_400
TURNS = 900
LATELY_SECONDS, LATELY_TURNS = 3_600, 200
"""The last hour, which a chart by the minute shows, has its own share of the turns."""
LAST_SECONDS = 5


def live_through(people: People, seed: int) -> None:
    """From the chain's time to ours. A chain that is not behind is left as it is."""
    begins, ends = int(people.web3.eth.get_block("latest")["timestamp"]), int(time.time()) - LAST_SECONDS
    if ends - begins < LATELY_SECONDS:
        return
    floor = Floor(people, random.Random(seed), begins)
    for moment in moments(begins, ends):
        floor.now = moment
        with contextlib.suppress(Refused):  # two turns within a second
            floor.rpc("evm_setNextBlockTimestamp", moment)
        floor.turn()
    floor.prune()
    floor.rpc("evm_setNextBlockTimestamp", max(int(time.time()), ends + 1))
    floor.rpc("evm_mine")


def moments(begins: int, ends: int) -> list[int]:
    """Seconds since 1970, rising: evenly until the last hour, and densely in it."""
    lately = max(begins, ends - LATELY_SECONDS)
    before, after = TURNS - LATELY_TURNS, LATELY_TURNS
    early = [begins + (lately - begins) * step // before for step in range(1, before)]
    return early + [lately + (ends - lately) * step // after for step in range(after)]
