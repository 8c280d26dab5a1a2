"""Ranges that are fetched ahead, without a process: what a seed draws stands for the time that one would have taken."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from indexer.beside import Beside, Lost
from indexer.node import Node
from tests.simulation.nodes import SimulatedNode, Weather, node_over

READY_RATE, LOST_RATE, AT_ONCE_RATE = 0.5, 0.02, 0.5
Fetch = Callable[..., Any]


def in_turn(
    nodes: Sequence[SimulatedNode], weather: Weather, chance: random.Random, took: Callable[[], None]
) -> Callable[..., Beside]:
    """What starts one, in place of Beside."""

    def start(make: Callable[..., Fetch], *arguments: Any) -> Beside:
        def connect(url: str) -> Node:
            return next(found for found in map(node_over, range(len(nodes)), nodes) if found.url == url)

        return cast(Beside, InTurn(weather, chance, took, make(*arguments, connect)))

    return start


@dataclass
class InTurn:
    """Stands where a Beside would: does what it is asked at once, or when its answer is wanted; or it is lost."""

    weather: Weather
    chance: random.Random
    took: Callable[[], None]
    """Told of each answer that is one."""
    fetch: Fetch
    number: int = 0
    asked: dict[int, Callable[[], Any]] = field(default_factory=dict)

    def is_ready(self, _: float = 0) -> bool:
        return self.chance.random() < READY_RATE

    def ask(self, *arguments: Any) -> int:
        self._perhaps_lost()
        self.number += 1
        self.asked[self.number] = lambda: self.fetch(*arguments)
        if self.chance.random() < AT_ONCE_RATE:
            self.asked[self.number] = self._done(self.asked[self.number])
        return self.number

    def answer(self, number: int) -> Any:
        self._perhaps_lost()
        found = self.asked.pop(number)()
        self.took()
        return found

    def forget(self) -> None:
        self.asked.clear()

    def stop(self) -> None:
        self.asked.clear()

    def _done(self, work: Callable[[], Any]) -> Callable[[], Any]:
        """What came of it now, to be told later."""
        trouble: Exception | None = None
        found = None
        try:
            found = work()
        except Exception as error:
            trouble = error
        may_show_orphans = self.weather.may_show_orphans

        def tell() -> Any:
            self.weather.may_show_orphans &= may_show_orphans
            if trouble:
                raise trouble
            return found

        return tell

    def _perhaps_lost(self) -> None:
        if self.chance.random() < LOST_RATE:
            raise Lost
