"""What the chain's own logs come to, folded in plain dictionaries: web3 fetches, web3 decodes by the ABI.

Shares no code with the indexer. `check` compares all of it with what stands in Postgres, row by row.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from eth_abi.abi import decode as abi_decode
from eth_typing import ChecksumAddress
from psycopg import sql
from web3 import Web3

from tests.indexer.refold import COLUMNS, Event, Place, Row, Tables, fold

ABI = Path(__file__).resolve().parents[2] / "contracts" / "abi"
BLOCKS_A_CALL = 500
CONTRACTS = {
    "settlement_vault": "SettlementVault",
    "fraction_token": "FractionToken",
    "marketplace": "Marketplace",
    "primary_offering": "PrimaryOffering",
    "investor_registry": "InvestorRegistry",
    "treasury": "Treasury",
}

NOT_COMPARED = {("rejections", "reason"), ("digests", "digest")}
JOURNAL = {
    "blocks": ("number", "hash", "parent_hash", "timestamp"),
    "logs": ("block_number", "log_index", "transaction_hash", "transaction_index", "address", "topics", "data"),
}


@dataclass(frozen=True)
class History:
    """All that the node says: headers from the anchor to the head, and every log of our contracts."""

    blocks: list[Row]
    logs: list[Row]
    events: list[Event]

    @property
    def timestamps(self) -> dict[int, int]:
        return {row[0]: row[3] for row in self.blocks}

    def until(self, number: int) -> "History":
        return History(
            [row for row in self.blocks if row[0] <= number],
            [row for row in self.logs if row[0] <= number],
            [event for event in self.events if event.place[0] <= number],
        )


def read_history(web3: Web3, manifest: Path, forged: Collection[Place] = ()) -> History:
    """Ask the node for everything. forged: places of logs that no contract of ours emitted, known beforehand."""
    deployment = json.loads(manifest.read_text())
    addresses = {name: Web3.to_checksum_address(deployment["contracts"][name]["address"]) for name in CONTRACTS}
    found = web3.eth.get_logs({"address": list(addresses.values()), "fromBlock": 0, "toBlock": "latest"})
    raw = sorted(found, key=lambda log: (log["blockNumber"], log["logIndex"]))
    logs = [
        (
            log["blockNumber"], log["logIndex"], bytes(log["transactionHash"]), log["transactionIndex"],
            bytes.fromhex(log["address"][2:]), [bytes(topic) for topic in log["topics"]], bytes(log["data"]),
        )
        for log in raw
    ]  # fmt: skip
    reader = EventReader(web3, addresses)
    events = [reader.read(log, (log["blockNumber"], log["logIndex"]) in forged) for log in raw]
    return History(read_blocks(web3, deployment["first_block"] - 1), logs, events)


def read_blocks(web3: Web3, first: int) -> list[Row]:
    head = web3.eth.block_number
    rows: list[Row] = []
    for start in range(first, head + 1, BLOCKS_A_CALL):
        with web3.batch_requests() as batch:
            for number in range(start, min(start + BLOCKS_A_CALL, head + 1)):
                batch.add(web3.eth.get_block(number))
            blocks: list[Any] = batch.execute()
        rows += [(b["number"], bytes(b["hash"]), bytes(b["parentHash"]), b["timestamp"]) for b in blocks]
    return sorted(rows)


class EventReader:
    """web3's own reading of logs, by the contracts' ABI. Texts come as bytes, for they need not be UTF-8."""

    def __init__(self, web3: Web3, addresses: dict[str, ChecksumAddress]) -> None:
        self.events: dict[tuple[str, bytes], Any] = {}
        for name, address in addresses.items():
            abi = json.loads((ABI / f"{CONTRACTS[name]}.json").read_text())
            contract = web3.eth.contract(address=address, abi=abi)
            for event in contract.events:  # type: ignore[attr-defined]  # its __iter__ says Iterable
                self.events[address, bytes.fromhex(event.topic[2:])] = event

    def read(self, log: Any, is_forged: bool) -> Event:
        place = (log["blockNumber"], log["logIndex"])
        if is_forged:
            return Event("forged", place, {})
        event = self.events.get((log["address"], bytes(log["topics"][0]) if log["topics"] else b""))
        if event is None:
            return Event("unknown", place, {})
        plain = [part for part in event.abi["inputs"] if not part["indexed"]]
        texts = [part["name"] for part in plain if part["type"] == "string"]
        if not texts:
            return Event(event.event_name, place, dict(event.process_log(log)["args"]), log["address"])
        types = ["bytes" if part["type"] == "string" else part["type"] for part in plain]
        values = abi_decode(types, bytes(log["data"]))
        args = dict(zip((part["name"] for part in plain), values, strict=True))
        topics = zip((part for part in event.abi["inputs"] if part["indexed"]), log["topics"][1:], strict=True)
        args |= {part["name"]: abi_decode([part["type"]], bytes(topic))[0] for part, topic in topics}
        return Event(event.event_name, place, args, log["address"])


def stored(database: str) -> tuple[int, Tables]:
    """Where the live version stands, and every row of it and of the journal. Fails on a table nobody compares."""
    with psycopg.connect(database) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = connection.execute(
            "SELECT c.number, v.number, v.schema_name, c.hash = v.hash AND c.hash = b.hash FROM journal.cursor c, "
            "journal.versions v, journal.blocks b WHERE v.live AND b.number = c.number"
        ).fetchone()
        assert found is not None, "there are a cursor, a live version and the block that they name"
        number, version_number, schema, agree = found
        assert (agree, number) == (True, version_number), "cursor, live version and journal stand at the same block"
        names = columns_of(connection, schema)
        expected = {(table, column) for table, columns in COLUMNS.items() for column in columns} | NOT_COMPARED
        assert names == expected, f"tables or columns that the oracle does not know: {names ^ expected}"
        tables = {table: read_rows(connection, schema, table, columns) for table, columns in COLUMNS.items()}
        journal = {
            f"journal.{table}": read_rows(connection, "journal", table, columns) for table, columns in JOURNAL.items()
        }
        return number, tables | journal


def columns_of(connection: psycopg.Connection[Row], schema: str) -> set[tuple[str, str]]:
    query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s"
    return {(table, column) for table, column in connection.execute(query, [schema])}


def read_rows(connection: psycopg.Connection[Row], schema: str, table: str, columns: Sequence[str]) -> list[Row]:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(schema, table))
    return sorted(connection.execute(query).fetchall())


def expected(history: History) -> Tables:
    return fold(history.events, history.timestamps) | {"journal.blocks": history.blocks, "journal.logs": history.logs}


def check(database: str, history: History) -> int:
    """Every table equals the chain's own logs, folded up to where the indexer stands; that block's number."""
    number, actual = stored(database)
    wanted = expected(history.until(number))
    assert wanted.keys() == actual.keys()
    for table, rows in wanted.items():
        missing, strange = difference(rows, actual[table])
        assert not missing + strange, f"{table} at {number}: missing {missing[:3]}, too many {strange[:3]}"
    return number


def difference(wanted: list[Row], actual: list[Row]) -> tuple[list[Row], list[Row]]:
    """Rows that are missing and rows that should not be there."""
    if wanted == actual:
        return [], []
    missing, strange = [row for row in wanted if row not in actual], [row for row in actual if row not in wanted]
    assert missing or strange, "a row stands twice"
    return missing, strange
