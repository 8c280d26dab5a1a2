"""Matching engines that others wrote, each told the same way: one from PyPI in this process, one from npm in node."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Protocol

from lightmatchingengine.lightmatchingengine import LightMatchingEngine

from tests.contracts.market_book import BID
from web.__main__ import node, node_home

HERE = Path(__file__).resolve().parent
SCRIPT = "limit_order_book.js"
INSTALLED = "node_modules/.package-lock.json"  # npm writes it last

Trades = list[tuple[int, int]]  # number of the maker's order, and quantity
Queue = list[tuple[int, int, int]]  # number, tick, what remains; best price first, oldest first


class Partner(Protocol):
    """Orders are numbered from 1 on, by all partners in the order in which they come."""

    def add(self, number: int, side: int, tick: int, quantity: int) -> Trades: ...

    def cancel(self, number: int) -> None: ...

    def reduce(self, number: int, remaining: int) -> None: ...

    def book(self) -> tuple[Queue, Queue]:
        """Bids and asks."""
        ...


class Lightmatchingengine:
    """Of PyPI, by G. Chan, MIT.

    It tells an execution twice, first of the taker, at once for all of a price, then of each maker: the taker's are
    left out. It keeps what was filled, and fails where that is cancelled: nobody here does. It cannot reduce an order,
    but counts what is left at each match: that is lowered by hand.
    """

    INSTRUMENT = "fractions"

    def __init__(self) -> None:
        self.engine = LightMatchingEngine()
        self.orders: dict[int, Any] = {}

    def add(self, number: int, side: int, tick: int, quantity: int) -> Trades:
        order, trades = self.engine.add_order(self.INSTRUMENT, tick, quantity, side + 1)
        assert order.order_id == number
        self.orders[number] = order
        return [(trade.order_id, trade.trade_qty) for trade in trades if trade.order_id != number]

    def cancel(self, number: int) -> None:
        assert self.engine.cancel_order(number, self.INSTRUMENT)

    def reduce(self, number: int, remaining: int) -> None:
        self.orders[number].leaves_qty = remaining

    def book(self) -> tuple[Queue, Queue]:
        book = self.engine.order_books[self.INSTRUMENT]
        return self.side(book.bids, -1), self.side(book.asks, 1)

    def side(self, prices: dict[int, Any], sign: int) -> Queue:
        best_first = sorted(prices, key=lambda tick: sign * tick)
        return [(order.order_id, tick, order.leaves_qty) for tick in best_first for order in prices[tick]]


class LimitOrderBook:
    """Of npm, by R. Orbits, MIT. It works with decimals as texts, and is told what shall remain of a reduced order."""

    def __init__(self) -> None:
        command = [str(node()), SCRIPT]
        self.process = subprocess.Popen(
            command, cwd=installed(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def add(self, number: int, side: int, tick: int, quantity: int) -> Trades:
        word = "bid" if side == BID else "ask"
        return [
            (int(maker), int(taken)) for maker, taken in self.ask("add", str(number), word, str(tick), str(quantity))
        ]

    def cancel(self, number: int) -> None:
        assert self.ask("cancel", str(number))

    def reduce(self, number: int, remaining: int) -> None:
        assert self.ask("reduce", str(number), str(remaining))

    def book(self) -> tuple[Queue, Queue]:
        bids, asks = self.ask("book")
        return self.side(bids), self.side(asks)

    def side(self, orders: list[list[str]]) -> Queue:
        return [(int(number), int(tick), int(remaining)) for number, tick, remaining in orders]

    def ask(self, *words: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate(timeout=10)


def installed() -> Path:
    """The folder with the npm package, fetched by its lock file the first time."""
    home = Path(os.environ["FREEHOLD_HOME"]) / "tools" / "engines"
    lock = HERE / "package-lock.json"
    kept = home / lock.name
    is_fresh = (home / INSTALLED).exists() and kept.exists() and kept.read_bytes() == lock.read_bytes()
    home.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", lock.name, SCRIPT):
        shutil.copy(HERE / name, home)
    if not is_fresh:
        npm = node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        path = os.pathsep.join([str(node().parent), os.environ.get("PATH", os.defpath)])
        environment = {**os.environ, "PATH": path, "NODE_USE_SYSTEM_CA": "1"}
        subprocess.run([str(node()), str(npm), "ci", "--no-audit", "--no-fund"], cwd=home, env=environment, check=True)
    return home
