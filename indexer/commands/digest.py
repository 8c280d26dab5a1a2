"""digest: one hash over all that was derived, equal on every index of the same deployment; and a comparison of two."""

import argparse
from dataclasses import asdict

import psycopg
from psycopg import conninfo

from indexer import digests
from indexer.commands.shared import (
    DIFFERENT,
    DONE,
    FINALIZED,
    Commands,
    add_command,
    connect,
    number_of,
    require_live,
    say,
    which_block,
)
from indexer.comparison import Api, Comparison, Database, compare, first_altered
from indexer.walk import Walk

APIS = ("http://", "https://")


def add(commands: Commands) -> None:
    parser = add_command(commands, digest, "digest", "one hash over all that was derived")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--block", type=which_block, help="as of this block, or `finalized`; the tip where none is named")
    what.add_argument(
        "--compare", metavar="WHERE", type=place,
        help="with another index, by the address of its API or the DSN of its database, as of a block final to both",
    )  # fmt: skip
    parser.add_argument(
        "--recompute", action="store_true",
        help="from the rows as they are now, block by block; up to the newest final one where no --block is named",
    )  # fmt: skip


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
        if options.recompute:
            return recompute(Database(connection, version), options)
        number = number_of(connection, version, options.block)
        found = {
            "block": number,
            "fingerprint": version.fingerprint,
            "digest": digests.read(connection, number),
        }
    say(found, options.json, " ".join(map(str, found.values())))
    return DONE


def recompute(own: Database, options: argparse.Namespace) -> int:
    """An index compared with itself as it was when it was written."""
    last = number_of(own.connection, own.version, options.block or FINALIZED)
    with Walk("recomputing", "blocks") as show:
        altered = first_altered(own, last, show)
    same = f"the rows up to block {last} are those that were folded"
    words = same if altered is None else f"the rows of block {altered} are not those that were folded: rebuild"
    say({"block": last, "equal": altered is None, "first_altered": altered}, options.json, words)
    return DONE if altered is None else DIFFERENT


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
