"""What the commands share: their options, the way to the database, exit codes, and how an answer is printed."""

import argparse
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo

from indexer import folds, journal, versions
from indexer.chain import BlockNumber
from indexer.errors import Halt
from indexer.journal import Connection
from indexer.store import CONNECTION_OPTIONS, SERVER_OPTIONS
from indexer.versions import Version

DONE, UNREACHABLE, WRONG_USAGE, HALTED, DIFFERENT = 0, 1, 2, 3, 4
"""Exit codes."""

DATABASE_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""What a server says that is gone, was demoted, or has no room: a quota that is used up is an InternalError."""

FINALIZED = "finalized"
"""In the place of a block's number: the newest one that is final."""

EMPTY = "the journal is empty: start with `freehold indexer run`"

Commands = Any
"""argparse's action, to which each command adds its parser."""

HELP = {
    "database": "Postgres DSN (FREEHOLD_DATABASE)",
    "manifest": "deployments/<chain id>.json (FREEHOLD_MANIFEST)",
    "reader": "role that may read (FREEHOLD_READER)",
    "rpc": "a node's HTTP JSON-RPC; several, the preferred first (FREEHOLD_RPC, commas)",
    "ws": "its WebSocket, as a wake-up (FREEHOLD_WS)",
}


def add_command(
    commands: Commands, command: Callable[[argparse.Namespace], int], name: str, words: str, *needs: str
) -> argparse.ArgumentParser:
    """A parser with --database and --json, and the options that the command needs, each of which the environment may
    give; `needs` may name options of HELP, and with a question mark those that may stay unset."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    wanted = ("database", *needs)
    for need in wanted:
        option = need.rstrip("?")
        said = os.environ.get(f"FREEHOLD_{option.upper()}")
        if option == "rpc":
            parser.add_argument("--rpc", action="append", help=HELP[option])
        else:
            parser.add_argument(
                f"--{option}", type=Path if option == "manifest" else str, default=said, help=HELP[option]
            )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.set_defaults(command=command, needs=[need for need in wanted if not need.endswith("?")])
    return parser


def positive(text: str) -> int:
    """For argparse: a whole number from 1 on."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is wanted, not {text!r}")
    return int(text)


def which_block(text: str) -> int | str:
    """For argparse: a block's number, or FINALIZED."""
    if text == FINALIZED or text.isdecimal():
        return text if text == FINALIZED else int(text)
    raise argparse.ArgumentTypeError(f"a number or `finalized` is wanted, not {text!r}")


def connect(dsn: str) -> Connection:
    connection = psycopg.connect(conninfo.make_conninfo(dsn, **CONNECTION_OPTIONS), autocommit=True)
    connection.execute(SERVER_OPTIONS)
    return connection


def require_journal(connection: Connection) -> None:
    row = connection.execute("SELECT to_regclass('journal.versions')").fetchone()
    if row is None or row[0] is None:
        raise Halt("this database has no journal yet: start with `freehold indexer run`")


def require_live(connection: Connection) -> Version:
    """The live version, whose tables names without a schema mean from here on."""
    require_journal(connection)
    version = versions.live_version(connection)
    if version is None:
        raise Halt(EMPTY)
    folds.read_schema(connection, version.schema_name)
    return version


def number_of(connection: Connection, version: Version, wanted: int | str | None) -> BlockNumber:
    """The number of a block that a version holds: the tip where none is wanted. Raises Halt where it is not so far."""
    if wanted == FINALIZED:
        cursor = journal.read_cursor(connection)
        assert cursor, "a journal with a live version has a cursor"
        return BlockNumber(min(cursor.finalized, version.number))
    number = BlockNumber(version.number if wanted is None else int(wanted))
    if number > version.number:
        raise Halt(f"block {number} is not indexed yet: the newest is {version.number}")
    return number


def say(found: Mapping[str, Any], as_json: bool, line: str | None = None) -> None:
    """Print an answer: as JSON, as the line that is given, or as a line for each of its values."""
    if as_json:
        print(json.dumps(found, indent=2))
    elif line is not None:
        print(line)
    else:
        for name, value in found.items():
            print(f"{name.replace('_', ' '):<18} {value}")
