"""freehold bench: indexer, its speed beside the node's own from one run; growth, how that changes with the size of its
tables; gas, what every operation costs; takeover, how long nobody writes when the leader is killed.

indexer, gas and takeover answer 1 where a target is missed. With --write gas makes what it found the snapshot that the
tests compare, and growth the plot of docs/images.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import figures, gas, growth, indexer, takeover


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="freehold bench", description=__doc__)
    benches = parser.add_subparsers(required=True, metavar="indexer | growth | gas | takeover")
    of_indexer = benches.add_parser("indexer", help="events a second, beside the node's rate")
    of_indexer.add_argument("--events", type=int, default=200_000)
    of_indexer.add_argument("--blocks", type=int, default=2_000)
    of_indexer.add_argument("--peers", type=Path, metavar="FOLDER", help="other indexers, installed, to run beside it")
    of_indexer.set_defaults(run=indexer_bench)
    of_growth = benches.add_parser("growth", help="events a second as the tables grow")
    of_growth.add_argument("--events", type=int, default=2_000_000)
    of_growth.add_argument("--blocks", type=int, default=4_000)
    of_growth.add_argument("--write", action="store_true", help="make this the data and the plot of docs/images")
    of_growth.set_defaults(run=growth_bench)
    of_gas = benches.add_parser("gas", help="gas of every operation, bytes of every contract")
    of_gas.add_argument("--write", action="store_true", help="make this the snapshot")
    of_gas.set_defaults(run=gas_bench)
    of_takeover = benches.add_parser("takeover", help="from kill -9 of the leader to the next commit")
    of_takeover.add_argument("--kills", type=int, default=10)
    of_takeover.set_defaults(run=takeover_bench)
    options = parser.parse_args(arguments)
    if "blocks" in options:
        require_whole(parser, options.events, options.blocks)
    code: int = options.run(options)
    return code


def require_whole(parser: argparse.ArgumentParser, events: int, blocks: int) -> None:
    """Each block has as many events, in pairs."""
    if events < 1 or blocks < 1 or events % (2 * blocks):
        parser.error(f"--events is a multiple of twice --blocks, not {events:,} in {blocks:,} blocks")


def indexer_bench(options: argparse.Namespace) -> int:
    found = []
    for figure in indexer.run(options.events, options.blocks, options.peers):
        print("  ".join(cell for cell in figure.cells() if cell), file=sys.stderr, flush=True)
        found.append(figure)
    Console().print(figures.table_of(found))
    missed = [figure.what for figure in found if figure.missed()]
    if missed:
        print(f"missed: {'; '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def growth_bench(options: argparse.Namespace) -> int:
    table, points = Table("events indexed", "events/s", "seconds"), growth.measure(options.events, options.blocks)
    for point in points:
        table.add_row(*point.cells())
    Console().print(table)
    if options.write:
        growth.write(points)
        print(f"wrote {growth.DATA} and {growth.PLOT}")
    return 0


def gas_bench(options: argparse.Namespace) -> int:
    measured = gas.measure()
    for table in gas.tables(measured):
        Console().print(table)
    if options.write:
        gas.write_snapshot(measured)
        print(f"wrote {gas.SNAPSHOT}")
    missed = measured.missed()
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def takeover_bench(options: argparse.Namespace) -> int:
    """1 where the target is missed."""
    found = takeover.measure(options.kills)
    table = Table("what", "median", "longest")
    for row in found.rows():
        table.add_row(*row)
    Console().print(table)
    print(f"target: a block within {takeover.TARGET_SECONDS:.0f} s, {'missed' if found.missed() else 'met'}")
    return 1 if found.missed() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
