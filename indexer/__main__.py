"""freehold indexer: the operator's command.

Exit codes: 0 done; 1 the database or the node cannot be reached; 2 wrong usage; 3 halted, and the
message says what the operator can do; 4 what was compared is different.
"""

import argparse
import os
import sys
from importlib import import_module
from urllib.parse import urlsplit

from indexer.collecting import collect_rarely
from indexer.commands.shared import DATABASE_AWAY, DONE, HALTED, UNREACHABLE
from indexer.errors import Halt, Retry

COMMANDS = (
    "run", "status", "digest", "rebuild", "follow", "promote", "rollback", "versions", "drop", "rewind", "reconcile",
    "verify", "doctor",
)  # fmt: skip
"""A file of indexer/commands for each. Only what is asked for is imported: a start is over sooner."""


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        result: int = options.command(options)
        return result
    except Halt as halt:
        print(f"freehold indexer: halted: {halt}", file=sys.stderr)
        return HALTED
    except (*DATABASE_AWAY, Retry) as trouble:
        print(f"freehold indexer: {str(trouble).strip()}", file=sys.stderr)
        return UNREACHABLE
    except KeyboardInterrupt:
        return 130


def spoken(arguments: list[str]) -> int:
    """Like main, and done where whoever reads what is said has heard enough: `status | head`."""
    try:
        code = main(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="freehold indexer", description="Follow the chain into Postgres.",
        epilog="Exit codes: 0 done, 1 database or node out of reach, 2 wrong usage, 3 halted, 4 different.",
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in [name for name in arguments[:1] if name in COMMANDS] or COMMANDS:
        import_module(f"indexer.commands.{name}").add(commands)
    options = parser.parse_args(arguments)
    if getattr(options, "rpc", ()) is None:
        said = os.environ.get("FREEHOLD_RPC", "").split(",")
        options.rpc = [url.strip() for url in said if url.strip()] or None
    for name in options.needs:
        if getattr(options, name) is None:
            parser.error(f"--{name} is missing, and FREEHOLD_{name.upper()} is not set")
    for url in getattr(options, "rpc", None) or ():
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            parser.error(f"--rpc is an address like http://127.0.0.1:8545, not {url!r}")
    return options


if __name__ == "__main__":
    collect_rarely()
    sys.exit(spoken(sys.argv[1:]))
