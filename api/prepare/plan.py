"""What an action wants signed, before anybody asked the chain whether it would work.

Pure. A plan is made by an action's route; the desk makes the answer of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from api.prepare.answers import Argument, Issue, TypedData
from api.prepare.calldata import arguments_of, encoded, function_of, signature_of
from indexer.chain import Address


@dataclass(frozen=True)
class Planned:
    """One call, with its words for people."""

    kind: Literal["approve", "call"]
    to: str
    data: str
    function: str
    arguments: list[Argument]
    sentence: str


@dataclass(frozen=True)
class Signing:
    """Typed data that somebody signs before there is anything to send."""

    typed_data: TypedData
    digest: bytes
    deadline: int


@dataclass(frozen=True)
class Plan:
    """An action, ready to be simulated."""

    action: str
    sender: Address
    steps: Sequence[Planned]
    signing: Signing | None = None
    rehearsal: Sequence[Planned] | None = None
    """What is simulated in place of the steps while a signature is missing: it would do the same."""
    idle: Issue | None = None
    """What it means where everything succeeds and none of our contracts has anything to say."""
    issues: Sequence[Issue] = ()
    """Known before the simulation; a refusal without a readable reason adds nothing to them."""
    words: Mapping[str, str] = field(default_factory=dict)
    """By an error's name: better words for a refusal than the error alone can have."""
    key: bytes | None = None
    request_id: bytes | None = None
    trader: Address | None = None
    """Whose order it is, where another sends it."""

    @property
    def rehearsed(self) -> Sequence[Planned]:
        return self.steps if self.rehearsal is None else self.rehearsal


def planned(
    contract: str,
    address: str,
    function: str,
    values: Sequence[Any],
    sentence: str,
    kind: Literal["approve", "call"] = "call",
) -> Planned:
    entry = function_of(contract, function, len(values))
    return Planned(
        kind=kind,
        to=address,
        data=encoded(entry, values),
        function=signature_of(entry),
        arguments=arguments_of(entry, values),
        sentence=sentence,
    )
