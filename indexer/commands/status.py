"""status: where the index stands, what is proven, and how the providers are."""

import argparse
import time
from dataclasses import asdict
from typing import Any

from indexer import journal, versions
from indexer.commands.shared import DONE, EMPTY, HALTED, Commands, add_command, connect, require_journal, say
from indexer.errors import Halt
from indexer.journal import Connection
from indexer.standing import ProviderStanding
from indexer.store import LEADER_LOCK


def add(commands: Commands) -> None:
    add_command(commands, status, "status", "where the index stands")


def status(options: argparse.Namespace) -> int:
    with connect(options.database) as connection:
        found = read_status(connection)
    shown = found if options.json else {name: value for name, value in found.items() if name != "providers"}
    say(shown, options.json)
    if not options.json:
        for provider in found["providers"]:
            print(f"{'provider':<18} {in_words(ProviderStanding(**provider))}")
    return HALTED if found["state"] == "halted" else DONE


def read_status(connection: Connection) -> dict[str, Any]:
    require_journal(connection)
    cursor, version = journal.read_cursor(connection), versions.live_version(connection)
    if cursor is None or version is None:
        raise Halt(EMPTY)
    versions.use_schema(connection, version.schema_name)
    row = connection.execute("SELECT timestamp FROM journal.blocks WHERE number = %s", [cursor.number]).fetchone()
    leader = connection.execute(
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
        "WHERE locktype = 'advisory' AND objid = %s AND d.datname = current_database()",
        [LEADER_LOCK],
    )
    led = leader.fetchone()
    assert row, "the tip's block is in the journal"
    assert led, "a count gives a row"
    state = "halted" if cursor.halted else "following" if led[0] else "stopped"
    lag_blocks = cursor.head - cursor.number
    found = {
        "state": state,
        "indexed": cursor.number,
        "indexed_hash": cursor.hash,
        "head": cursor.head,
        "finalized": cursor.finalized,
        "lag_blocks": lag_blocks,
        "lag_seconds": max(0, int(time.time()) - row[0]),
        "reorgs": cursor.epoch,
        "version": version.schema_name,
        "digest": versions.read_digest(connection, version.number),
    }
    return {**found, **({"halted": cursor.halted} if cursor.halted else {}), **read_trust(connection)}


def read_trust(connection: Connection) -> dict[str, Any]:
    """What is proven, why it waits if it does, and how the providers were when their indexer last said so."""
    verification = journal.read_verification(connection)
    if verification is None:
        return {"providers": []}
    said = {"warning": verification.warning, "waiting": verification.waiting}
    return {
        "verify": verification.level,
        **{name: words for name, words in said.items() if words},
        "providers": [asdict(provider) for provider in journal.read_providers(connection)],
    }


def in_words(provider: ProviderStanding) -> str:
    until = f" for {provider.aside_seconds} s" if provider.aside_seconds else ""
    reason = f": {provider.reason}" if provider.reason else ""
    return (
        f"{provider.name} {provider.state}{until}, {provider.latency_ms} ms, head {provider.head}, "
        f"{provider.faults} faults, {provider.lies} lies{reason}"
    )
