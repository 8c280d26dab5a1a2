"""How the indexer's process is: what it is about, whether it is of use, and when it last looked at the chain.

Told by the thread that follows the chain (by its reports, and a beat at each turn), asked by the one that answers
probes. Changes nothing, and never asks a node or the database.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

from indexer.chain import BlockNumber
from indexer.loop import Loop

State = Literal["starting", "standby", "leading", "database-away", "halted"]
STATES: tuple[State, ...] = get_args(State)
BEAT_SECONDS_MAX = 120
"""A turn of the loop is a range from a slow node and one transaction; what takes longer hangs."""
READY_LAG_BLOCKS_MAX = 10


@dataclass
class Vitals:
    """What probes and metrics are answered from. `clock`: monotonic seconds."""

    clock: Callable[[], float]
    state: State = "starting"
    reason: str | None = None
    """Why it is not leading, where there is more to say than the state."""
    loop: Loop | None = None
    """While it leads: where it stands is read from it."""
    beat_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.beat_at = self.clock()

    def beat(self, loop: Loop | None = None) -> None:
        """Something is about to be looked at; by this loop, where it is the chain."""
        self.beat_at = self.clock()
        if loop and self.leads:
            self.loop = loop

    def __call__(self, event: str, values: dict[str, object]) -> None:
        """Hear a report."""
        self.beat()
        match event:
            case "standby" | "leading" | "database-away" | "halt":
                self._become("halted" if event == "halt" else event, values)
            case "retry" if self.state == "starting":
                self.reason = str(values["reason"])

    def _become(self, state: State, values: dict[str, object]) -> None:
        reason = values.get("reason")
        self.state, self.reason = state, str(reason) if reason else None
        if state != "leading":
            self.loop = None

    @property
    def leads(self) -> bool:
        return self.state == "leading"

    def why_dead(self) -> str | None:
        """What a restart may cure; None where the loop turns. A halt is none of it: the operator is waited for."""
        age = round(self.clock() - self.beat_at)
        if age > BEAT_SECONDS_MAX and self.state != "halted":
            return f"{self.state}, and nothing was looked at for {age} s"
        return None

    def why_unready(self) -> str | None:
        """None where it leads and is near the head, or stands by and can take over."""
        if self.state not in ("standby", "leading"):
            return f"{self.state}: {self.reason}" if self.reason else self.state
        if dead := self.why_dead():
            return dead
        loop = self.loop
        if loop is None:
            return None if self.state == "standby" else "leading, and has not looked at the chain yet"
        if loop.waiting:
            return f"waiting: {loop.waiting}"
        lag = head_of(loop) - loop.store.cursor.number
        return f"{lag} blocks behind the head" if lag > READY_LAG_BLOCKS_MAX else None


def head_of(loop: Loop) -> BlockNumber:
    """The newest block of which a provider says that is not set aside."""
    heads = [standing.head for standing in loop.providers.standings() if standing.head and standing.state != "aside"]
    return max([loop.store.cursor.head, *heads])
