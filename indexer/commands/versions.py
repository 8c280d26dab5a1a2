"""versions: every version of the projections, and how each of them stands."""

import argparse
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from indexer import journal
from indexer import versions as projections
from indexer.commands.shared import DONE, Commands, add_command, connect, require_live, say
from indexer.versions import VersionStanding


def add(commands: Commands) -> None:
    add_command(commands, versions, "versions", "every version of the projections, and how it stands")


def versions(options: argparse.Namespace) -> int:
    with connect(options.database) as connection:
        require_live(connection)
        journal.require_migrated(connection)
        found = projections.read_standings(connection)
    if options.json:
        say({"versions": [as_json(standing) for standing in found]}, as_json=True)
    else:
        Console(width=None if Console().is_terminal else 200).print(as_table(found))
    return DONE


def as_json(standing: VersionStanding) -> dict[str, Any]:
    moments = {"built_at": standing.built_at, "promoted_at": standing.promoted_at}
    return asdict(standing) | {name: moment and moment.isoformat() for name, moment in moments.items()}


def as_table(found: list[VersionStanding]) -> Table:
    table = Table("version", "fingerprint", "state", "block", "lag", "size", "built", "promoted", box=None)
    for one in found:
        moments = (f"{moment:%Y-%m-%d %H:%M:%S}Z" if moment else "never" for moment in (one.built_at, one.promoted_at))
        size = f"{one.size_bytes // 2**10:,} kB"
        table.add_row(
            one.schema_name, one.fingerprint, state_of(one), str(one.block), str(one.lag_blocks), size, *moments
        )
    return table


def state_of(standing: VersionStanding) -> str:
    if standing.live:
        return "live"
    return "followed" if standing.followed else "kept" if standing.promoted_at else "built"
