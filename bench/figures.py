"""What a bench found: each figure beside the limit of the same run, and beside its target where it has one."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """share: of the node's own rate. target: what it must be at least, as a share, or in words whether it `holds`."""

    what: str
    text: str
    share: float | None = None
    target: float | None = None
    wanted: str = ""
    holds: bool = True

    def missed(self) -> bool:
        return not self.holds or (self.target is not None and (self.share or 0) < self.target)

    def cells(self) -> tuple[str, str, str, str]:
        share = "" if self.share is None else f"{self.share:.3f}"
        wanted = self.wanted if self.target is None else f"{self.target:.3f}"
        verdict = f"{wanted}, {'missed' if self.missed() else 'met'}" if wanted else ""
        return self.what, self.text, share, verdict


def rate(what: str, found: float, limit: float, target: float | None = None) -> Figure:
    """Events a second, beside a limit of the same run in events a second."""
    return Figure(what, f"{found:,.0f} events/s", found / limit, target)


def table_of(figures: Sequence[Figure]) -> Table:
    table = Table("what", "figure", "of the limit", "target")
    for figure in figures:
        table.add_row(*figure.cells())
    return table


def markdown_of(figures: Sequence[Figure]) -> str:
    lines = ["| what | figure | of the limit | target |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {' | '.join(figure.cells())} |" for figure in figures)])
