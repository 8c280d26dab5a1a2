"""How the speed of a first backfill changes as its tables grow: sampled along one run, as data and as a plot."""

import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.indexer import DATABASES, Bench, Journal, journal_of
from bench.load import emit, load_ground

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
DATA, PLOT = IMAGES / "indexer-growth.csv", IMAGES / "indexer-growth.svg"
POINTS = 20
LOOK_SECONDS = 0.2
SECONDS_MAX = 3_600.0
WIDTH, HEIGHT, MARGIN = 720, 300, 60


@dataclass(frozen=True)
class Point:
    """Where the run stood after so many seconds, and its speed since the point before."""

    events: int
    seconds: float
    events_a_second: float

    def cells(self) -> tuple[str, str, str]:
        return f"{self.events:,}", f"{self.events_a_second:,.0f}", f"{self.seconds:.1f}"


def measure(events: int, blocks: int) -> list[Point]:
    """Index so many events, all proven, and take the speed at twenty places on the way."""
    with load_ground() as ground:
        emit(ground.chain, ground.manifest, events, blocks)
        bench, dsn = Bench(ground.server, ground.home), ground.server.create_database(DATABASES[0])
        with journal_of(dsn) as journal:
            process = bench.follow(bench.environment(dsn, ground.chain.url, ground.manifest), "growth")
            try:
                points = sampled(journal, events, blocks)
            finally:
                process.stop()
            assert journal.logs == events, "every event is in the journal"
    return points


def sampled(journal: Journal, events: int, blocks: int) -> list[Point]:
    started, points = time.monotonic(), [Point(0, 0, 0)]
    while points[-1].events < events:
        seconds = time.monotonic() - started
        assert seconds < SECONDS_MAX, f"{points[-1].events} of {events} events after {seconds:.0f} s"
        found = min(max(0, journal.block - 1) * events // blocks, events)  # the first block deploys
        if found == events or found - points[-1].events >= events // POINTS:
            since = seconds - points[-1].seconds
            points.append(Point(found, seconds, (found - points[-1].events) / since))
        time.sleep(LOOK_SECONDS)
    return points[1:]


def write(points: Sequence[Point]) -> None:
    with DATA.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["events", "seconds", "events_a_second"])
        table.writerows([point.events, f"{point.seconds:.1f}", f"{point.events_a_second:.0f}"] for point in points)
    PLOT.write_text(drawn(points))


def round_above(value: float) -> int:
    """The next of 4, 8, 12, 16, 20, 40, 80, 120 and so on: their quarters are whole."""
    unit = 1
    while 5 * 4 * unit < value:
        unit *= 10
    return next(4 * unit * part for part in range(1, 6) if 4 * unit * part >= value)


def drawn(points: Sequence[Point]) -> str:
    """Events a second over events indexed, from zero, as SVG."""
    most, top = points[-1].events, round_above(max(point.events_a_second for point in points))
    across, up = (WIDTH - 2 * MARGIN) / most, (HEIGHT - 2 * MARGIN) / top
    floor = HEIGHT - MARGIN
    line = " ".join(f"{MARGIN + p.events * across:.1f},{floor - p.events_a_second * up:.1f}" for p in points)
    marks = [
        f'<text x="{MARGIN + most * part / 4 * across:.0f}" y="{floor + 20}" text-anchor="middle">'
        f"{most * part // 4:,}</text>"
        for part in range(5)
    ]
    heights = [
        f'<text x="{MARGIN - 8}" y="{floor - top * part / 4 * up + 4:.0f}" text-anchor="end">'
        f"{top * part // 4:,}</text>"
        f'<path d="M{MARGIN} {floor - top * part / 4 * up:.0f}H{WIDTH - MARGIN}" stroke="#ddd"/>'
        for part in range(5)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#333"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{"".join(heights + marks)}'
        f'<polyline points="{line}" fill="none" stroke="#1f6f54" stroke-width="2"/>'
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle">events indexed</text>'
        f'<text x="{MARGIN}" y="{MARGIN - 24}">events a second, every log proven</text></svg>\n'
    )
