"""status: where the index stands, what is proven, and how the providers are."""

import argparse
import time
from dataclasses import asdict
from typing import Any

from indexer import digests, folds, journal, versions
from indexer.chain import BlockNumber
from indexer.commands.shared import DONE, EMPTY, HALTED, Commands, add_command, connect, require_journal, say
from indexer.errors import Halt
from indexer.journal import Connection, Cursor
from indexer.reconcile import record
from indexer.standing import IS_LED, LEADER_LOCK, ProviderStanding
from indexer.versions import Version

NEAR_BLOCKS = 20
"""So near the head there is nothing to catch up with."""
WATCH_SECONDS, WATCH_SECONDS_MAX = 2.0, 10.0
"""How long it is watched; until it has moved, at most."""


def add(commands: Commands) -> None:
    add_command(commands, status, "status", "where the index stands")


def status(options: argparse.Namespace) -> int:
    with connect(options.database) as connection:
        found = read_status(connection)
    shown = {name: value for name, value in found.items() if name not in ("providers", "reconciled")}
    say(found if options.json else shown, options.json)
    if not options.json:
        print(f"{'reconciled':<18} {reconciled_in_words(found['reconciled'])}")
        for provider in found["providers"]:
            print(f"{'provider':<18} {in_words(ProviderStanding(**provider))}")
    return HALTED if found["state"] == "halted" else DONE


def read_status(connection: Connection) -> dict[str, Any]:
    require_journal(connection)
    cursor, version = journal.read_cursor(connection), versions.live_version(connection)
    if cursor is None or version is None:
        raise Halt(EMPTY)
    folds.read_schema(connection, version.schema_name)
    row = connection.execute("SELECT timestamp FROM journal.blocks WHERE number = %s", [cursor.number]).fetchone()
    led = connection.execute(f"SELECT {IS_LED}".encode(), [LEADER_LOCK]).fetchone()
    assert row, "the tip's block is in the journal"
    assert led, "a question gives a row"
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
        **(read_pace(connection, cursor) if state == "following" and lag_blocks > NEAR_BLOCKS else {}),
        "reorgs": cursor.epoch,
        "version": version.schema_name,
        "digest": digests.read(connection, version.number),
        **final_digest(connection, version, cursor),
        "reconciled": read_reconciled(connection),
    }
    return {**found, **({"halted": cursor.halted} if cursor.halted else {}), **read_trust(connection)}


def final_digest(connection: Connection, version: Version, cursor: Cursor) -> dict[str, Any]:
    """The digest as of the newest block that is final and derived: the same on every index that calls it final."""
    number = BlockNumber(min(cursor.finalized, version.number))
    return {"digest_final_block": number, "digest_final": digests.read(connection, number)}


def read_reconciled(connection: Connection) -> dict[str, Any] | None:
    """The last comparison with the contracts' own state; None where there was none yet."""
    found = record.newest(connection)
    return asdict(found) if found else None


def read_pace(connection: Connection, before: Cursor) -> dict[str, Any]:
    """How fast it catches up, and how long that takes, from two looks: it is watched for a while."""
    started = time.monotonic()
    after, seconds = before, 0.0
    while seconds < WATCH_SECONDS or (after == before and seconds < WATCH_SECONDS_MAX):
        time.sleep(0.2)
        after, seconds = journal.read_cursor(connection) or before, time.monotonic() - started
    between = "SELECT count(*) FROM journal.logs WHERE block_number > %s AND block_number <= %s"
    logs = connection.execute(between, [before.number, after.number]).fetchone()
    assert logs, "a count gives a row"
    blocks = max(0, after.number - before.number)
    eta = {"eta_seconds": round((after.head - after.number) * seconds / blocks)} if blocks else {}
    return {"blocks_per_second": round(blocks / seconds), "logs_per_second": round(logs[0] / seconds), **eta}


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


def reconciled_in_words(found: dict[str, Any] | None) -> str:
    if found is None:
        return "never: freehold indexer reconcile"
    drawn = f", by {found['sampled']} rows of each check" if found["sampled"] else ""
    what = f"{found['differences']} differences: freehold indexer reconcile" if found["differences"] else "all right"
    return f"block {found['block']} at {found['at']}{drawn}: {what}"


def in_words(provider: ProviderStanding) -> str:
    until = f" for {provider.aside_seconds} s" if provider.aside_seconds else ""
    reason = f": {provider.reason}" if provider.reason else ""
    return (
        f"{provider.name} {provider.state}{until}, {provider.latency_ms} ms, head {provider.head}, "
        f"{provider.faults} faults, {provider.lies} lies{reason}"
    )
