"""digest: one hash over all that was derived, equal on every index of the same deployment; and a comparison of two."""

import argparse
from dataclasses import asdict

import psycopg
from psycopg import conninfo

from indexer import journal, versions
from indexer.chain import BlockNumber
from indexer.commands.shared import DIFFERENT, DONE, Commands, add_command, connect, require_live, say
from indexer.comparison import Api, Comparison, Database, compare
from indexer.errors import Halt
from indexer.journal import Connection
from indexer.versions import Version

FINALIZED = "finalized"
APIS = ("http://", "https://")


def add(commands: Commands) -> None:
    parser = add_command(commands, digest, "digest", "one hash over all that was derived")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--block", type=block, help="as of this block, or `finalized`; the tip where none is named")
    what.add_argument(
        "--compare", metavar="WHERE", type=place,
        help="with another index, by the address of its API or the DSN of its database, as of a block final to both",
    )  # fmt: skip


def block(text: str) -> int | str:
    if text == FINALIZED or text.isdecimal():
        return text if text == FINALIZED else int(text)
    raise argparse.ArgumentTypeError(f"a number or `finalized` is wanted, not {text!r}")


def place(text: str) -> str:
    """An address of an API, or a DSN."""
    if not text.startswith(APIS):
        try:
            conninfo.conninfo_to_dict(text)
        except psycopg.ProgrammingError as error:
            words = f"the address of an API or a DSN of Postgres is wanted, not {text!r}: {str(error).strip()}"
            raise argparse.ArgumentTypeError(words) from error
    return text


def digest(options: argparse.Namespace) -> int:
    with connect(options.database) as connection:
        version = require_live(connection)
        if options.compare:
            return say_comparison(compared(Database(connection, version), options.compare), options.json)
        number = number_of(connection, version, options.block)
        found = {
            "block": number,
            "fingerprint": version.fingerprint,
            "digest": versions.read_digest(connection, number),
        }
    say(found, options.json, " ".join(map(str, found.values())))
    return DONE


def number_of(connection: Connection, version: Version, wanted: int | str | None) -> BlockNumber:
    if wanted == FINALIZED:
        cursor = journal.read_cursor(connection)
        assert cursor, "a journal with a live version has a cursor"
        return BlockNumber(min(cursor.finalized, version.number))
    number = BlockNumber(version.number if wanted is None else int(wanted))
    if number > version.number:
        raise Halt(f"block {number} is not indexed yet: the newest is {version.number}")
    return number


def compared(own: Database, where: str) -> Comparison:
    if where.startswith(APIS):
        return compare(own, Api(where))
    with connect(where) as connection:
        return compare(own, Database(connection, require_live(connection)))


def say_comparison(found: Comparison, as_json: bool) -> int:
    equal = found.first_different is None
    if equal:
        words = f"equal as of block {found.block}, which is final to both: {found.digest}"
    else:
        tables = f", in {', '.join(found.tables)}" if found.tables else ""
        words = f"different as of block {found.block}; the first that differs is block {found.first_different}{tables}"
    say({"equal": equal, **asdict(found)}, as_json, words)
    return DONE if equal else DIFFERENT
