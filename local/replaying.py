"""Lines of an order flow become transactions, blocks of them, and what came of each."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from api.reverts import explain
from local.order_flow import CANCEL, PLACING, SIDES, Line
from local.replay_stage import PROPERTY_ID, Stage, market_tick
from local.rpc import calldata, words_of

ORDER = "(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)"
IN_A_BLOCK = 250
BLOCK_SECONDS = 12
FAR_AWAY = 2**40 - 1
NOT_PLACED = "NotPlaced"


@dataclass(frozen=True)
class RefusedLine:
    """A line that changed nothing, and why."""

    line: int
    error: str
    reason: str


@dataclass
class Summary:
    """What came of a flow. quantity: fractions traded; amount: units that they were traded for."""

    lines: int = 0
    orders: int = 0
    trades: int = 0
    quantity: int = 0
    amount: int = 0
    cancelled: int = 0
    reduced: int = 0
    blocks: int = 0
    gas: int = 0
    gas_by_operation: Counter[str] = field(default_factory=Counter)
    count_by_operation: Counter[str] = field(default_factory=Counter)
    refused: list[RefusedLine] = field(default_factory=list)


@dataclass
class Replay:
    """order_ids: by reference; None where the order was refused. ticks: by order."""

    stage: Stage
    mined: Callable[[int], None]
    summary: Summary = field(default_factory=Summary)
    waiting: list[Line] = field(default_factory=list)
    awaited: set[str] = field(default_factory=set)
    order_ids: dict[str, int | None] = field(default_factory=dict)
    ticks: dict[int, int] = field(default_factory=dict)
    timestamp: int = 0

    def __post_init__(self) -> None:
        topics = {name: self.stage.people.market.events[name]().topic for name in ("OrderPlaced", "Filled")}
        self.placed, self.filled = topics["OrderPlaced"], topics["Filled"]
        self.timestamp = int(self.stage.people.web3.eth.get_block("latest")["timestamp"])

    def run(self, lines: list[Line]) -> Summary:
        for line in lines:
            if self.ends_block(line):
                self.mine()
            if not line.is_placing and self.order_ids[line.reference] is None:
                self.refuse(line, NOT_PLACED, f"The order {line.reference!r} was refused itself.")
                self.mined(1)
                continue
            self.waiting.append(line)
            self.stage.pipeline.add(self.stage.wallets[line.account], self.stage.market, self.data_of(line))
            if line.is_placing and line.reference:
                self.awaited.add(line.reference)
        self.mine()
        return self.summary

    def ends_block(self, line: Line) -> bool:
        """A block has lines of one slot, and none that needs the number of an order in the same block."""
        if not self.waiting:
            return False
        late = line.time >= self.waiting[0].time + BLOCK_SECONDS
        return late or len(self.waiting) == IN_A_BLOCK or (not line.is_placing and line.reference in self.awaited)

    def data_of(self, line: Line) -> str:
        if line.is_placing:
            kind, tick = PLACING[line.operation], line.tick or market_tick(line)
            at_once = int(line.operation == "market")
            words = (PROPERTY_ID, line.side, tick, line.quantity, kind, at_once, 0, 0, FAR_AWAY)
            return calldata(f"place({ORDER})", *words)
        order_id = self.order_ids[line.reference]
        assert order_id is not None
        if line.operation == CANCEL:
            return calldata("cancel(uint256)", order_id)
        return calldata("reduce(uint256,uint256)", order_id, line.quantity)

    def mine(self) -> None:
        if not self.waiting:
            return
        self.timestamp = max(self.timestamp + 1, self.waiting[0].time)
        receipts = self.stage.pipeline.mine(self.timestamp)
        for line, receipt in zip(self.waiting, receipts, strict=True):
            self.count(line, receipt)
        self.summary.blocks += 1
        self.mined(len(self.waiting))
        self.waiting.clear()
        self.awaited.clear()

    def count(self, line: Line, receipt: dict[str, Any]) -> None:
        summary, gas = self.summary, int(receipt["gasUsed"], 16)
        summary.lines += 1
        summary.gas += gas
        summary.gas_by_operation[line.operation] += gas
        summary.count_by_operation[line.operation] += 1
        if int(receipt["status"], 16) != 1:
            if line.is_placing and line.reference:
                self.order_ids[line.reference] = None
            revert = explain(self.revert_data(receipt["transactionHash"]))
            self.refuse(line, revert.error, revert.sentence, is_counted=True)
            return
        if line.is_placing:
            self.count_order(line, receipt["logs"])
        elif line.operation == CANCEL:
            summary.cancelled += 1
        else:
            summary.reduced += 1

    def count_order(self, line: Line, logs: list[dict[str, Any]]) -> None:
        summary = self.summary
        for log in logs:
            words = words_of(log["data"])
            if log["topics"][0] == self.placed:
                summary.orders += 1
                self.ticks[words[0]] = words[2]
                if line.reference:
                    self.order_ids[line.reference] = words[0]
            elif log["topics"][0] == self.filled:
                summary.trades += 1
                summary.quantity += words[4]
                summary.amount += words[4] * self.ticks[words[0]] * self.stage.rules.tick_size

    def refuse(self, line: Line, error: str, reason: str, *, is_counted: bool = False) -> None:
        self.summary.lines += not is_counted
        self.summary.refused.append(RefusedLine(line.number, error, reason))

    def revert_data(self, transaction: str) -> str:
        trace = self.stage.pipeline.rpc("debug_traceTransaction", transaction, {"tracer": "callTracer"})
        return str(trace.get("output") or "0x")

    def best_prices(self) -> tuple[int, int]:
        """Ticks of best bid and best ask; 0 where a side is empty."""
        words = self.stage.pipeline.rpc.words(self.stage.market, calldata("book_of(uint256)", PROPERTY_ID))
        return words[SIDES["bid"]], words[SIDES["ask"]]
