"""From a plan to an answer: simulate it on the node, read the effects off its logs, say what stands against it.

Asks the node and no database: a prepared transaction is as fresh as the chain.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from eth_abi.exceptions import DecodingError
from fastapi import Depends, Request
from web3.types import TxParams

from api.node import ChainNode, Head, LogOut, Outcome, Reverted
from api.prepare.answers import Call, Effect, Issue, Prepared, RevertOut, Simulation, Step, issue
from api.prepare.calldata import COIN, decoded, encoded, function_of
from api.prepare.effects import fraction_changes, fraction_effects, money_effects
from api.prepare.plan import Plan, Planned, planned
from api.prepare.trading import Event, Resting, TradeEffect, crossings, events_of, makers_of, trade_effects
from api.problems import Problem
from api.reverts import explain
from api.values import checksummed
from indexer.deployment import Deployment

# A receipt's gas is less refunds, at most a fifth of what was needed (EIP-3529): 5/4 of it was enough. The rest is
# for what others change in between, such as one slot that is empty by then, and keeps the eligibility check served.
GAS_PERCENT = 150
GAS_ABOVE = 20_000
GAS_MARGIN_PERCENT = 20
MOVED_RESULT_BYTES = 64
"""Of transfers: (request id, whether money moved)."""
UNREADABLE = ("unknown", "Error")


@dataclass(frozen=True)
class Rehearsed:
    """What the node said of a plan, and the gas limits of its steps."""

    simulation: Simulation
    gas: Sequence[int | None]
    says_nothing: bool = False
    """Everything succeeds, and none of our contracts has anything to say."""


@dataclass(frozen=True)
class Desk:
    deployment: Deployment
    node: ChainNode

    @property
    def addresses(self) -> dict[str, str]:
        """Of the contracts, by the names of their ABIs."""
        ours = self.deployment.addresses
        return {
            "SettlementVault": ours.vault,
            "FractionToken": ours.token,
            "Marketplace": ours.marketplace,
            "PrimaryOffering": ours.offering,
            COIN: self.deployment.contracts.stablecoin.address,
        }

    def step(
        self,
        contract: str,
        function: str,
        values: Sequence[Any],
        sentence: str,
        kind: Literal["approve", "call"] = "call",
    ) -> Planned:
        return planned(contract, self.addresses[contract], function, values, sentence, kind)

    async def read(
        self, contract: str, function: str, values: Sequence[Any] = (), at_block: int | None = None
    ) -> tuple[Any, ...] | None:
        """What a view answers; None where it refuses, or answers what its ABI does not say."""
        entry = function_of(contract, function, len(values))
        call: TxParams = {"to": checksummed(self.addresses[contract]), "data": encoded(entry, values)}  # type: ignore[typeddict-item]
        result = await self.node.simulate(call, at_block)
        return None if isinstance(result, Reverted) else decoded(entry, result)

    async def next_time(self) -> int:
        """When the next block will be, as near as one can tell."""
        return time_after(await self.node.head())

    async def prepare(self, plan: Plan) -> Prepared:
        """Raises Problem where the node does not answer, or is of another chain."""
        head = await self.node.head()
        rehearsed = await self._rehearse(plan, head)
        if rehearsed.says_nothing:
            await self._require_code(plan.rehearsed)
        gas = rehearsed.gas if plan.rehearsal is None else [None] * len(plan.steps)
        steps = [self._step_out(step, limit) for step, limit in zip(plan.steps, gas, strict=True)]
        signing = plan.signing
        return Prepared(
            action=plan.action,
            sender=checksummed(plan.sender),
            steps=steps,
            calls=[Call(to=step.to, data=step.data, value="0x0") for step in steps],
            typed_data=signing.typed_data if signing else None,
            digest="0x" + signing.digest.hex() if signing else None,
            deadline=signing.deadline if signing else None,
            simulation=rehearsed.simulation,
            issues=issues_of(plan, rehearsed),
            key="0x" + plan.key.hex() if plan.key else None,
            request_id="0x" + plan.request_id.hex() if plan.request_id else None,
            at_block=head.number,
        )

    async def _rehearse(self, plan: Plan, head: Head) -> Rehearsed:
        calls = [call_of(plan, step) for step in plan.rehearsed]
        outcomes = await self.node.simulate_all(calls, head, time_after(head))
        if outcomes is None:
            return await self._try_first(plan, calls)
        gas = [limit_of(outcome) for outcome in outcomes]
        refused = next((outcome for outcome in outcomes if not outcome.succeeds), None)
        if refused is not None:
            return Rehearsed(refusal(plan, refused.data), gas)
        logs = [log for outcome in outcomes for log in outcome.logs]
        try:
            effects = await self._effects(logs, head)
        except (DecodingError, LookupError, ValueError) as error:
            raise Problem("node-away", "The chain's node says what our contracts cannot have said.") from error
        ours = self.deployment.followed
        said = any(log.address in ours for log in logs)
        moves = any(effect.kind in ("money", "fractions") for effect in effects)
        moved = Simulation(succeeds=True, moves=moves, effects=effects, revert=None)
        return Rehearsed(moved, gas, says_nothing=not said)

    async def _effects(self, logs: Iterable[LogOut], head: Head) -> list[Effect]:
        changes = fraction_changes(logs, self.deployment.token)
        before: Sequence[int] = []
        if changes:
            holders, ids = [holding.holder for holding in changes], [holding.property_id for holding in changes]
            answer = await self.read("FractionToken", "balanceOfBatch", [holders, ids], head.number)
            if answer is None:
                raise wrong_chain()
            (before,) = answer
        money = money_effects(logs, self.deployment.vault)
        return [*money, *fraction_effects(changes, before), *await self._trade_effects(logs, head)]

    async def _trade_effects(self, logs: Iterable[LogOut], head: Head) -> list[TradeEffect]:
        events = events_of(logs, self.addresses["Marketplace"])
        if not events:
            return []
        makers = makers_of(events)
        books = list({event["property_id"]: None for name, event in events if name == "OrderPlaced"})
        orders, rules = await asyncio.gather(
            self._read_all("order_of", makers, head), self._read_all("book_of", books, head)
        )
        return trade_effects(
            events,
            {number: resting_of(order) for number, order in zip(makers, orders, strict=True)},
            {number: book["tick_size"] for number, book in zip(books, rules, strict=True)},
        )

    async def _read_all(self, function: str, ids: Sequence[int], head: Head) -> list[Event]:
        """What a view of the marketplace says of each id, by the names of its struct, as of a block that the node can
        simulate upon."""
        if not ids:
            return []
        entry = function_of("Marketplace", function, 1)
        names = [part["name"] for part in entry["outputs"][0]["components"]]
        to = checksummed(self.addresses["Marketplace"])
        calls: list[TxParams] = [{"to": to, "data": encoded(entry, [one])} for one in ids]  # type: ignore[typeddict-item]
        outcomes = await self.node.simulate_all(calls, head, time_after(head))
        answers = [decoded(entry, bytes.fromhex(outcome.data[2:])) for outcome in outcomes or []]
        if not answers or None in answers:
            raise wrong_chain()
        return [dict(zip(names, answer[0], strict=True)) for answer in answers if answer]

    async def _try_first(self, plan: Plan, calls: Sequence[TxParams]) -> Rehearsed:
        """As much as a node without eth_simulateV1 can tell."""
        await self._require_code(plan.rehearsed)
        result, alone = await self.node.simulate(calls[0]), len(calls) == 1
        if isinstance(result, Reverted):
            return Rehearsed(refusal(plan, result.data), [None] * len(calls))
        estimate = await self.node.estimate_gas(calls[0])
        first = estimate * (100 + GAS_MARGIN_PERCENT) // 100 if estimate else None
        keyed = alone and plan.key is not None and len(result) == MOVED_RESULT_BYTES
        moves = int.from_bytes(result[32:]) == 1 if keyed else None
        simulation = Simulation(succeeds=True if alone else None, moves=moves, effects=None, revert=None)
        return Rehearsed(simulation, [first] + [None] * (len(calls) - 1), says_nothing=moves is False)

    async def _require_code(self, steps: Sequence[Planned]) -> None:
        for address in {step.to for step in steps}:
            if not await self.node.has_code(checksummed(address)):
                raise wrong_chain()

    def _step_out(self, step: Planned, gas: int | None) -> Step:
        return Step(
            kind=step.kind,
            chain_id=self.deployment.chain_id,
            to=checksummed(step.to),
            data=step.data,
            value="0",
            gas=str(gas) if gas else None,
            function=step.function,
            arguments=step.arguments,
            sentence=step.sentence,
        )


def resting_of(order: Event) -> Resting:
    """Of the marketplace's order_of."""
    price = order["tick"] * order["tick_size"]
    return Resting(order["tick"], price, order["filled"], order["maker_fee_ppm"])


def desk_of(request: Request) -> Desk:
    return Desk(request.app.state.deployment, request.app.state.reader.node)


AtDesk = Annotated[Desk, Depends(desk_of)]


def time_after(head: Head) -> int:
    """Seconds: that of our clock, or of a chain that is ahead of it."""
    return max(head.timestamp + 1, time.time_ns() // 10**9)


def call_of(plan: Plan, step: Planned) -> TxParams:
    return {"from": checksummed(plan.sender), "to": checksummed(step.to), "data": step.data}  # type: ignore[typeddict-item]


def limit_of(outcome: Outcome) -> int | None:
    return outcome.gas_used * GAS_PERCENT // 100 + GAS_ABOVE if outcome.succeeds else None


def refusal(plan: Plan, data: str) -> Simulation:
    revert = explain(data)
    sentence = plan.words.get(revert.error, revert.sentence)
    out = RevertOut(error=revert.error, arguments=revert.arguments, sentence=sentence)
    return Simulation(succeeds=False, moves=False, effects=[], revert=out)


def issues_of(plan: Plan, rehearsed: Rehearsed) -> list[Issue]:
    found = [*plan.issues, *crossings(rehearsed.simulation.effects or [], plan.trader or plan.sender)]
    revert = rehearsed.simulation.revert
    if revert is not None and not (found and revert.error in UNREADABLE):
        found.append(issue(code_of(revert.error), revert.sentence))
    if rehearsed.says_nothing and plan.idle is not None:
        found.append(plan.idle)
    return found


def code_of(error: str) -> str:
    """An error's name as a code: InsufficientBalance is insufficient-balance, ERC1155InvalidSender keeps its number."""
    error = error.replace("ERC1155", "erc1155")
    return "".join("-" + letter.lower() if letter.isupper() else letter for letter in error).lstrip("-")


def wrong_chain() -> Problem:
    return Problem("node-away", "The chain's node has no such contracts as the deployment has: is it another chain?")
