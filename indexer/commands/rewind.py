"""rewind: give up the newest blocks of the journal, on the operator's word. The way out of a halt under finality."""

import argparse
from typing import Any

from indexer import journal
from indexer.chain import Block, BlockNumber
from indexer.commands.shared import DONE, WRONG_USAGE, Commands, add_command, connect, require_live, say
from indexer.errors import Halt
from indexer.journal import Connection, Cursor
from indexer.store import Store

LED = "an indexer leads on this database: stop it, and take the journal back then"
FINAL = (
    "block {to} lies under block {final}, which was called final. If that finality is no longer true of the chain, "
    "say --below-finalized too"
)


def add(commands: Commands) -> None:
    parser = add_command(commands, rewind, "rewind", "give up the blocks above one; `run` goes on from there")
    parser.add_argument("--to", type=int, required=True, metavar="BLOCK", help="the newest block that is kept")
    parser.add_argument("--below-finalized", action="store_true", help="give up blocks too that were called final")
    parser.add_argument("--yes", action="store_true", help="do it; else it is only said what would be lost")


def rewind(options: argparse.Namespace) -> int:
    with connect(options.database) as connection:
        require_live(connection)
        store = Store(connection)
        store.load()
        fork = fork_at(connection, store.cursor, options)
        found = loss(connection, store.cursor, fork)
        if options.yes:
            if not store.lead():
                raise Halt(LED)
            store.load()
            found = loss(connection, store.cursor, fork)
            store.rewind(fork)
    lost = "{blocks} blocks with {logs} logs, {final} of them final, above block {to}".format(**found)
    words = (
        f"gave up {lost}. Next: freehold indexer run" if options.yes else f"would give up {lost}: say --yes to do it"
    )
    say({**found, "done": options.yes}, options.json, words)
    return DONE if options.yes else WRONG_USAGE


def fork_at(connection: Connection, cursor: Cursor, options: argparse.Namespace) -> Block:
    """The block to go back to. Raises Halt where that cannot be done, or not without another word."""
    anchor = journal.first_block(connection)
    fork = journal.block_at(connection, BlockNumber(options.to))
    if fork is None:
        raise Halt(f"block {options.to} is not in the journal, which holds blocks {anchor.number} to {cursor.number}")
    if fork.number < cursor.finalized and not options.below_finalized:
        raise Halt(FINAL.format(to=fork.number, final=cursor.finalized))
    return fork


def loss(connection: Connection, cursor: Cursor, fork: Block) -> dict[str, Any]:
    """What going back gives up."""
    row = connection.execute("SELECT count(*) FROM journal.logs WHERE block_number > %s", [fork.number]).fetchone()
    assert row, "a count gives a row"
    return {
        "to": fork.number,
        "to_hash": fork.hash,
        "from": cursor.number,
        "blocks": cursor.number - fork.number,
        "logs": row[0],
        "final": max(0, cursor.finalized - fork.number),
    }
