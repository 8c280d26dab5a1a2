"""freehold bench indexer: print speed beside the node's own, from one run."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from bench import indexer


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="freehold bench", description=__doc__)
    parser.add_argument("what", choices=["indexer"])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--blocks", type=int, default=2_000)
    options = parser.parse_args(arguments)
    table = Table("what", "figure", "of the node's rate")
    for row in indexer.run(options.events, options.blocks):
        table.add_row(*row)
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
