"""What the chain's own logs come to, folded in plain dictionaries: web3 fetches, web3 decodes by the ABI.

Shares no code with the indexer. `check` compares all of it with what stands in Postgres, row by row.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from eth_abi.abi import decode as abi_decode
from psycopg import sql
from web3 import Web3

ABI = Path(__file__).resolve().parents[2] / "contracts" / "abi"
BLOCKS_A_CALL = 500
NOBODY, OUTSIDE = bytes(20), bytes(32)

Row = tuple[Any, ...]
Tables = dict[str, list[Row]]
Place = tuple[int, int]
"""Block number and log index."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "holding_changes": ("property_id", "holder", "block_number", "log_index", "position", "change", "balance"),
    "holdings": ("property_id", "holder", "block_number", "log_index", "balance"),
    "lock_changes": ("property_id", "holder", "block_number", "log_index", "change", "locked"),
    "account_changes": ("account", "block_number", "log_index", "change", "balance"),
    "accounts": ("account", "block_number", "log_index", "balance"),
    "postings": (
        "block_number", "log_index", "debit_account", "credit_account", "amount", "kind", "request_id", "reference",
        "debit_balance", "credit_balance",
    ),
    "properties": ("property_id", "block_number", "log_index", "issuer", "supply_cap", "name", "name_raw"),
    "property_metadata": (
        "property_id", "block_number", "log_index", "version", "content_hash", "uri", "uri_raw",
    ),
    "supply_changes": ("property_id", "block_number", "log_index", "position", "change", "supply"),
    "supplies": ("property_id", "block_number", "log_index", "supply"),
    "rejections": ("block_number", "log_index"),
    "digests": ("block_number",),
}  # fmt: skip
"""Every table of a version's schema, with the columns compared; a reason and a digest have their own tests."""
NOT_COMPARED = {("rejections", "reason"), ("digests", "digest")}
PASSED_OVER = {"RoleGranted", "RoleRevoked", "ApprovalForAll", "URI", "Paused", "Unpaused", "unknown"}
"""In the journal, but no projection reads them."""
JOURNAL = {
    "blocks": ("number", "hash", "parent_hash", "timestamp"),
    "logs": ("block_number", "log_index", "transaction_hash", "transaction_index", "address", "topics", "data"),
}


@dataclass(frozen=True)
class Event:
    """One log as web3 understands it."""

    name: str
    place: Place
    args: dict[str, Any]


@dataclass(frozen=True)
class History:
    """All that the node says: headers from the anchor to the head, and every log of the two contracts."""

    blocks: list[Row]
    logs: list[Row]
    events: list[Event]

    def until(self, number: int) -> "History":
        return History(
            [row for row in self.blocks if row[0] <= number],
            [row for row in self.logs if row[0] <= number],
            [event for event in self.events if event.place[0] <= number],
        )


def read_history(web3: Web3, manifest: Path, forged: Collection[Place] = ()) -> History:
    """Ask the node for everything. forged: places of logs that no contract of ours emitted, known beforehand."""
    deployment = json.loads(manifest.read_text())
    addresses = {
        name: Web3.to_checksum_address(deployment["contracts"][name]["address"])
        for name in ("settlement_vault", "fraction_token")
    }
    found = web3.eth.get_logs({"address": list(addresses.values()), "fromBlock": 0, "toBlock": "latest"})
    raw = sorted(found, key=lambda log: (log["blockNumber"], log["logIndex"]))
    logs = [
        (
            log["blockNumber"], log["logIndex"], bytes(log["transactionHash"]), log["transactionIndex"],
            bytes.fromhex(log["address"][2:]), [bytes(topic) for topic in log["topics"]], bytes(log["data"]),
        )
        for log in raw
    ]  # fmt: skip
    reader = EventReader(web3, addresses["settlement_vault"], addresses["fraction_token"])
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

    def __init__(self, web3: Web3, vault: str, token: str) -> None:
        self.events: dict[tuple[str, bytes], Any] = {}
        for address, name in ((vault, "SettlementVault"), (token, "FractionToken")):
            contract = web3.eth.contract(
                address=Web3.to_checksum_address(address), abi=json.loads((ABI / f"{name}.json").read_text())
            )
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
            return Event(event.event_name, place, dict(event.process_log(log)["args"]))
        types = ["bytes" if part["type"] == "string" else part["type"] for part in plain]
        values = abi_decode(types, bytes(log["data"]))
        args = dict(zip((part["name"] for part in plain), values, strict=True))
        topics = zip((part for part in event.abi["inputs"] if part["indexed"]), log["topics"][1:], strict=True)
        args |= {part["name"]: abi_decode([part["type"]], bytes(topic))[0] for part, topic in topics}
        return Event(event.event_name, place, args)


def fold(events: Iterable[Event]) -> Tables:
    """The rows of every table, sorted."""
    folded = Fold()
    for event in events:
        folded.take(event)
    return folded.tables()


class Fold:
    """Balances in dictionaries, and a row for each change of them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
        self.balances: Counter[tuple[int, bytes]] = Counter()
        self.locked: Counter[tuple[int, bytes]] = Counter()
        self.supply: Counter[int] = Counter()
        self.money: Counter[bytes] = Counter()

    def take(self, event: Event) -> None:
        args, place = event.args, event.place
        match event.name:
            case "TransferSingle":
                self.transfer(place, args, [args["id"]], [args["amount"]])
            case "TransferBatch":
                self.transfer(place, args, args["ids"], args["amounts"])
            case "Locked":
                self.lock(place, args, args["amount"])
            case "Unlocked":
                self.lock(place, args, -args["amount"])
            case "Posting":
                self.posting(place, args)
            case "PropertyListed":
                issuer, cap, name = owner(args["issuer"]), args["supply_cap"], args["name"]
                self.rows["properties"].append((args["property_id"], *place, issuer, cap, shown(name), name))
            case "MetadataSet":
                bound = (args["version"], args["content_hash"], shown(args["uri"]), args["uri"])
                self.rows["property_metadata"].append((args["property_id"], *place, *bound))
            case "forged":
                self.rows["rejections"].append(place)
            case other:
                assert other in PASSED_OVER, f"{other} at {place}"

    def transfer(self, place: Place, args: dict[str, Any], ids: Sequence[int], amounts: Sequence[int]) -> None:
        sender, receiver = owner(args["sender"]), owner(args["receiver"])
        for position, (number, amount) in enumerate(zip(ids, amounts, strict=True)):
            if amount == 0:
                continue
            if sender == NOBODY:
                self.supply[number] += amount
                self.rows["supply_changes"].append((number, *place, position, amount, self.supply[number]))
            else:
                self.change(place, number, sender, 2 * position, -amount)
            self.change(place, number, receiver, 2 * position + 1, amount)

    def change(self, place: Place, number: int, holder: bytes, position: int, amount: int) -> None:
        self.balances[number, holder] += amount
        self.rows["holding_changes"].append((number, holder, *place, position, amount, self.balances[number, holder]))

    def lock(self, place: Place, args: dict[str, Any], amount: int) -> None:
        key = (args["property_id"], owner(args["holder"]))
        self.locked[key] += amount
        assert self.locked[key] == args["locked"], "the contract and the sum of its events agree"
        self.rows["lock_changes"].append((*key, *place, amount, self.locked[key]))

    def posting(self, place: Place, args: dict[str, Any]) -> None:
        debit, credit = (args[f"{side}_account"].to_bytes(32, "big") for side in ("debit", "credit"))
        amount, balances = args["amount"], (args["debit_balance"], args["credit_balance"])
        self.rows["postings"].append(
            (*place, debit, credit, amount, args["kind"], args["request_id"], args["reference"], *balances)
        )
        for account, change, balance in ((debit, -amount, balances[0]), (credit, amount, balances[1])):
            moved = -change if account == OUTSIDE else change
            self.money[account] += moved
            assert self.money[account] == balance, "the contract and the sum of its events agree"
            self.rows["account_changes"].append((account, *place, moved, balance))

    def tables(self) -> Tables:
        rows = self.rows
        rows["holdings"] = [
            (number, holder, *change[2:4], change[6])
            for (number, holder), change in {(row[0], row[1]): row for row in rows["holding_changes"]}.items()
        ]
        rows["accounts"] = [
            (account, *change[1:3], change[4])
            for account, change in {row[0]: row for row in rows["account_changes"]}.items()
        ]
        rows["supplies"] = [
            (number, *change[1:3], change[5])
            for number, change in {row[0]: row for row in rows["supply_changes"]}.items()
        ]
        placed = {table: COLUMNS[table].index("block_number") for table in rows if table != "digests"}
        rows["digests"] = [(number,) for number in {row[at] for table, at in placed.items() for row in rows[table]}]
        return {table: sorted(found) for table, found in rows.items()}


def owner(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def shown(text: bytes) -> str:
    return text.decode("utf-8", "replace").replace("\0", "\ufffd")


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
    return fold(history.events) | {"journal.blocks": history.blocks, "journal.logs": history.logs}


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
