"""What the chain says of a property, for words: its name, its offering, and why that is in no state for an action."""

from dataclasses import dataclass
from typing import Any

from api.prepare.desk import Desk
from api.reverts import time_text

NAME_CHARACTERS_MAX = 64
NONE, OPEN, SETTLED, FAILED = range(4)


@dataclass(frozen=True)
class Offering:
    """As PrimaryOffering's offering_of. Times in seconds, price in base units."""

    name: str
    status: int
    subscribed: int
    price: int
    hard_cap: int
    opens: int
    firm: int
    deadline: int

    @property
    def closes(self) -> int:
        return self.firm if self.subscribed == self.hard_cap else self.deadline

    def words(self, time: int) -> dict[str, str]:
        """By the name of the error: why it refuses at that time, and when it will not."""
        settled = f"The offering of {self.name} was settled: its fractions can be collected."
        failed = f"The offering of {self.name} failed: subscriptions are refunded."
        if self.status == NONE:
            nothing = f"There is no offering of {self.name}."
            return dict.fromkeys(("OfferingNotOpen", "NotClosable", "NotSettled", "NotFailed"), nothing)
        if self.status == SETTLED:
            return dict.fromkeys(("OfferingNotOpen", "NotClosable", "NotFailed"), settled)
        if self.status == FAILED:
            return dict.fromkeys(("OfferingNotOpen", "NotClosable", "NotSettled"), failed)
        later = f"The offering of {self.name} can be closed from {time_text(self.closes)} on, by anyone."
        return {"OfferingNotOpen": self._not_open(time), "NotClosable": later, "NotSettled": later, "NotFailed": later}

    def _not_open(self, time: int) -> str:
        if time < self.opens:
            return f"The offering of {self.name} opens at {time_text(self.opens)}."
        return (
            f"The offering of {self.name} opened at {time_text(self.opens)} "
            f"and takes subscriptions until {time_text(self.deadline)}."
        )


async def name_of(desk: Desk, property_id: int) -> str:
    """The property's name, or its number where it has none that can be shown."""
    found = await desk.read("FractionToken", "property_of", [property_id])
    name = str(found[0][6]).strip()[:NAME_CHARACTERS_MAX] if found else ""
    return name if name and name.isprintable() else f"property {property_id}"


async def offering_of(desk: Desk, property_id: int, name: str) -> Offering | None:
    found: tuple[Any, ...] | None = await desk.read("PrimaryOffering", "offering_of", [property_id])
    if found is None:
        return None
    status, subscribed, _, (price, _, hard_cap, opens, firm, deadline, _, _) = found[0]
    return Offering(name, status, subscribed, price, hard_cap, opens, firm, deadline)
