"""reconcile: every value that a contract says too is compared, and what differs is named with its last good block."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from indexer.chain import Block, BlockHash, BlockNumber
from indexer.commands.shared import connect
from indexer.errors import Retry
from indexer.projections.history import last_rows
from indexer.projections.holdings import holding_changes
from indexer.reconcile import record
from indexer.reconcile.check import Fact, is_nothing, plain
from indexer.reconcile.checks import CHECKS
from indexer.reconcile.derived import Derived, addresses_of, engine_of
from indexer.reconcile.pace import Pace
from indexer.reconcile.reconciler import Difference, Result
from local.postgres import Postgres
from tests.conftest import ROOT, World
from tests.indexer.indexing import Done, command, following, invoke, told, until
from tests.indexer.lying import Answer, Lie, Reply, Request, honest, lying
from tests.indexer.nursery import Nursery
from tests.indexer.test_reorg import LONG, reorg
from tests.indexer.traffic import move_fractions


def reconcile(world: World, *arguments: str, rpc: str | None = None) -> Done:
    needed = ["--database", world.database, "--manifest", str(world.manifest), "--rpc", rpc or world.chain.url]
    return invoke("reconcile", *needed, *arguments)


@contextmanager
def altered(world: World, statement: str, undo: str) -> Iterator[None]:
    """With the rows of the live version changed by a hand that should not have."""
    with psycopg.connect(world.database, autocommit=True) as connection:
        connection.execute("SET search_path = projection_1")
        assert connection.execute(statement.encode()).rowcount > 0
        try:
            yield
        finally:
            connection.execute(undo.encode())


def one(world: World, query: str) -> Any:
    with psycopg.connect(world.database) as connection:
        connection.execute("SET search_path = projection_1")
        row = connection.execute(query.encode()).fetchone()
        assert row
        return row if len(row) > 1 else row[0]


def test_all_that_the_contracts_say_is_what_was_derived(indexed: World) -> None:
    """Every check has something to compare, as of the finalized block and as of the newest."""
    done = reconcile(indexed, "--json")
    assert done.exit_code == 0, done.output
    final = indexed.people.web3.eth.get_block("finalized")["number"]
    assert told(done)["block"] == final
    head = indexed.people.web3.eth.block_number
    done = reconcile(indexed, "--block", str(head), "--json")
    assert done.exit_code == 0, done.output
    assert told(done)["differences"] == []
    assert {name for name, count in told(done)["compared"].items() if count == 0} == set()
    assert set(told(done)["compared"]) == {check.name for check in CHECKS}


# -- what differs

TAMPERED = {
    "holding_changes": ("balance",),
    "lock_changes": ("locked",),
    "order_changes": ("remaining", "made"),
    "order_terms": ("side", "tick", "expiry", "maker_fee_ppm", "owner"),
    "supply_changes": ("supply",),
    "properties": ("supply_cap", "registry_list", "name_raw"),
    "issuers": ("issuer",),
    "issuer_proposals": ("issuer",),
    "property_metadata": ("version", "content_hash"),
    "documents": ("version", "content_hash"),
    "offering_terms": ("price", "soft_cap", "hard_cap", "opens", "firm", "deadline", "minimum", "maximum"),
    "offering_states": ("status",),
    "subscription_changes": ("subscription", "subscribed"),
    "account_changes": ("balance",),
    "rent_releases": ("rent_index", "remainder", "index_change"),
    "rent_declarations": ("amount", "release_time"),
    "daily_limits": ("daily_limit",),
    "treasury_payments": ("paid_today",),
    "burnt_keys": ("request_id",),
    "books": ("tick_size", "lot", "registry_list", "minimum_ticks"),
    "book_fees": ("maker_fee_ppm", "taker_fee_ppm"),
    "book_halts": ("halted",),
    "level_changes": ("quantity", "orders"),
    "fee_receivers": ("receiver",),
    "registrars": ("registrar",),
    "registry_entries": ("investor_id", "expiry", "frozen"),
    "role_changes": ("held",),
    "pause_changes": ("paused",),
}
"""Columns on which some fact depends, by table."""
UNLIKE = """
SELECT column_name, CASE data_type
    WHEN 'bytea' THEN format('set_byte(%%1$I, 0, 255 - get_byte(%%1$I, 0))', column_name)
    WHEN 'boolean' THEN format('NOT %%1$I', column_name)
    WHEN 'text' THEN '''cancelled'''
    ELSE format('CASE WHEN %%1$I = 1 THEN 0 ELSE %%1$I + 1 END', column_name) END
FROM information_schema.columns WHERE table_schema = 'projection_1' AND table_name = %s AND column_name = ANY(%s)
"""


ENDED = "(property_id, number) IN (SELECT property_id, number FROM orders WHERE remaining = 0)"
FIRST = [f"DELETE FROM {table} WHERE {ENDED}" for table in ("order_terms", "order_changes")]
"""Of orders, those stay that the chain has too."""
LAST = [
    "UPDATE order_changes SET remaining = 0 WHERE number % 2 = 0",
    "UPDATE order_terms SET number = number + 1000000 WHERE number = (SELECT max(number) FROM order_terms)",
    *(f"DELETE FROM {table}" for table in ("book_closings", "property_ends")),
    "DELETE FROM rent_releases WHERE period = (SELECT max(period) FROM rent_releases)",
    "INSERT INTO registry_lists SELECT registry_list + 1000, block_number, log_index, name, name_raw "
    "FROM registry_lists LIMIT 1",
]


def tamper(world: World) -> None:
    """Another value in every column on which a fact depends, and in every row of it."""
    with psycopg.connect(world.database) as connection:
        connection.execute("SET search_path = projection_1")
        for statement in [*FIRST, *(unlike(connection, *column) for column in TAMPERED.items()), *LAST]:
            assert connection.execute(statement.encode()).rowcount > 0, statement


def unlike(connection: psycopg.Connection[Any], table: str, names: tuple[str, ...]) -> str:
    found = connection.execute(UNLIKE, [table, list(names)]).fetchall()
    assert {name for name, _ in found} == set(names), table
    values = ", ".join(f"{name} = {value}" for name, value in found)
    return f"UPDATE {table} SET {values}" + (" WHERE name_raw <> ''" if table == "properties" else "")


def test_no_value_can_change_unnoticed(world: World) -> None:
    """Each fact of each check is found wrong where the rows are."""
    with following(world) as follower:
        follower.to_head()
    assert reconcile(world, "--block", str(tip_of(world))).exit_code == 0
    tamper(world)
    done = reconcile(world, "--block", str(tip_of(world)), "--json", "--sample", "40")
    assert done.exit_code == 4
    noticed = {(row["check"], row["what"]) for row in told(done)["differences"]}
    assert sorted({(check.name, fact.name) for check in CHECKS for fact in check.facts} - noticed) == []


def tip_of(world: World) -> int:
    return int(world.people.web3.eth.block_number)


def test_a_difference_is_named_with_the_last_block_at_which_it_was_right(indexed: World) -> None:
    holder, first = one(
        indexed,
        "SELECT encode(holder, 'hex'), (array_agg(block_number ORDER BY block_number))[3] "
        "FROM holding_changes WHERE property_id = 1 GROUP BY holder HAVING count(DISTINCT block_number) > 5 LIMIT 1",
    )
    which = f"WHERE property_id = 1 AND holder = decode('{holder}', 'hex') AND block_number >= {first}"
    sql = "UPDATE holding_changes SET balance = balance {} 5 " + which
    with altered(indexed, sql.format("+"), sql.format("-")):
        done = reconcile(indexed, "--json")
        assert done.exit_code == 4
        found = {(row["check"], row["what"]): row for row in told(done)["differences"]}
        balance = found["balances", "balance"]
        assert balance["where"] == f"holder 0x{holder}, property_id 1"
        assert int(balance["ours"]) == int(balance["chain"]) + 5
        assert (balance["last_good"], balance["last_good_unknown"]) == (first - 1, None)
        assert found["supply", "held and uncollected"]["last_good"] == first - 1
        words = reconcile(indexed).output
        assert f"balances, holder 0x{holder}, property_id 1: balance is {balance['ours']} here, " in words
        assert f"right until block {first - 1}" in words
        status = json.loads(command(indexed, "status", "--json").output)["reconciled"]
        assert (status["block"], status["differences"]) == (told(done)["block"], told(done)["difference_count"])
    assert reconcile(indexed).exit_code == 0
    with psycopg.connect(indexed.reader) as connection:
        (kept,) = connection.execute(
            "SELECT differences FROM journal.reconciliations WHERE difference_count > 0 ORDER BY id LIMIT 1"
        ).fetchall()
    assert any(row["where"] == balance["where"] and row["last_good"] == first - 1 for row in kept[0])


def test_the_record_forgets_the_oldest_of_each_kind(indexed: World) -> None:
    """A difference that stayed was recorded at each final block, for ever."""
    began = datetime.now(UTC)
    with psycopg.connect(indexed.database) as connection:
        for number in range(2 * record.KEPT_MAX + 10):
            block = Block(BlockNumber(number), BlockHash("0x" + 64 * "1"), BlockHash("0x" + 64 * "0"), 0)
            result = Result(block, {"supply": 1})
            if number % 2:
                result.differs(Difference("supply", "property_id 1", "held", "7", "5"))
            record.write(connection, result, "f", "node", None, began)
        kept = connection.execute(
            "SELECT difference_count, count(*), min(number) FROM journal.reconciliations GROUP BY 1 ORDER BY 1"
        ).fetchall()
        connection.rollback()
    assert kept == [(0, record.KEPT_MAX, 10), (1, record.KEPT_MAX, 11)]


def test_what_the_index_never_had_is_found_in_the_sums(indexed: World) -> None:
    """A holder whose every row is missing cannot be asked for, but the supply does not add up."""
    holder = one(
        indexed,
        "SELECT encode(holder, 'hex') FROM holding_changes WHERE property_id = 1 "
        "GROUP BY holder HAVING sum(change) > 0 ORDER BY 1 LIMIT 1",
    )
    which = f"WHERE property_id = 1 AND holder = decode('{holder}', 'hex')"
    with altered(
        indexed, f"UPDATE holding_changes SET property_id = 999999 {which}",
        f"UPDATE holding_changes SET property_id = 1 WHERE property_id = 999999 AND holder = decode('{holder}', 'hex')",
    ):  # fmt: skip
        done = reconcile(indexed, "--json")
    assert done.exit_code == 4
    sums = [row for row in told(done)["differences"] if row["check"] == "supply"]
    assert [(row["where"], row["what"]) for row in sums] == [("property_id 1", "held and uncollected")]


def without_states_before(head: int) -> Lie:
    """A node that keeps the state of its newest blocks only, as most do."""
    hashes: dict[str, int] = {}

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            result = reply.get("result")
            if request["method"] == "eth_getBlockByNumber" and result:
                hashes[result["hash"]] = int(result["number"], 16)
            if request["method"] == "eth_call" and hashes.get(request["params"][1]["blockHash"], 0) < head:
                reply |= {"result": None, "error": {"code": -32000, "message": "missing trie node"}}
        return honest(requests, replies)

    return lie


def test_a_node_without_old_states_cannot_say_until_when_it_was_right(indexed: World) -> None:
    final = indexed.people.web3.eth.get_block("finalized")["number"]
    with lying(indexed.chain) as node:
        node.lie = without_states_before(final)
        assert reconcile(indexed, rpc=node.url).exit_code == 0
        sql = "UPDATE daily_limits SET daily_limit = daily_limit {} 1"
        with altered(indexed, sql.format("+"), sql.format("-")):
            done = reconcile(indexed, "--json", rpc=node.url)
        assert done.exit_code == 4
        (row,) = told(done)["differences"]
        assert (row["check"], row["last_good"]) == ("daily limit", None)
        assert "no state" in row["last_good_unknown"]
        done = reconcile(indexed, "--block", str(final - 5), rpc=node.url)
        assert done.exit_code == 1
        assert "missing trie node" in done.errors
        assert "Next: a provider that keeps older states" in done.errors
        both = ["--rpc", indexed.chain.url]
        assert reconcile(indexed, "--block", str(final - 5), *both, rpc=node.url).exit_code == 0


@LONG
def test_another_branch_is_a_difference_too(world: World) -> None:
    move_fractions(world.chain, world.people, 5)
    with following(world) as follower:
        follower.to_head()
    head = tip_of(world)
    reorg(world.chain, world.people, 3)
    done = reconcile(world, "--block", str(head), "--json")
    assert done.exit_code == 4
    (row,) = told(done)["differences"]
    assert (row["check"], row["what"], row["last_good"]) == ("blocks", "hash", head - 3)
    assert reconcile(world, "--block", str(head - 3)).exit_code == 0


# -- how it is asked


def test_a_sample_is_drawn_of_each_check(indexed: World) -> None:
    done = reconcile(indexed, "--sample", "2", "--json")
    assert done.exit_code == 0
    facts = {check.name: len(check.facts) for check in CHECKS}
    compared = told(done)["compared"]
    assert all(compared[name] <= 2 * facts[name] for name in facts if name not in ("depth", "claimable rent"))
    assert sum(compared.values()) > 50


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--block", "99999999"], 3, "block 99999999 is not indexed yet: the newest is"),
        (["--block", "0"], 3, "block 0 is not indexed"),
    ],
)
def test_a_block_that_is_not_held_is_refused(indexed: World, arguments: list[str], code: int, words: str) -> None:
    if indexed.deployment.start == 1 and arguments[1] == "0":
        assert reconcile(indexed, *arguments).exit_code == 0, "the block before the deployment is held"
        return
    done = reconcile(indexed, *arguments)
    assert done.exit_code == code
    assert words in done.errors


@pytest.mark.parametrize("option", [["--pace", "0"], ["--sample", "-1"], ["--block", "1", "--continuous"]])
def test_wrong_usage_is_refused(indexed: World, option: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        reconcile(indexed, *option)
    assert refused.value.code == 2


def test_each_newly_final_block_is_reconciled_until_a_signal(world: World, nursery: Nursery, tmp_path: Path) -> None:
    move_fractions(world.chain, world.people, 2)
    with following(world) as follower:
        follower.to_head()
    arguments = ["--database", world.database, "--manifest", str(world.manifest), "--rpc", world.chain.url]
    command_line = [sys.executable, "-m", "indexer", "reconcile", *arguments, "--continuous", "--json"]
    with (
        nursery.running(world, tmp_path / "indexer.log"),
        subprocess.Popen(command_line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reconciling,
    ):
        try:
            for _ in range(3):
                before = reconciled(world)
                move_fractions(world.chain, world.people, 1)
                until(lambda: reconciled(world) > before, "another block that was reconciled", 60)  # noqa: B023
        finally:
            reconciling.send_signal(signal.SIGTERM)
            assert reconciling.wait(60) == 0
    with psycopg.connect(world.reader) as connection:
        rows = connection.execute("SELECT number, difference_count FROM journal.reconciliations ORDER BY id").fetchall()
    assert [count for _, count in rows] == len(rows) * [0]
    assert len({number for number, _ in rows}) == len(rows) >= 3, "each block once"


def reconciled(world: World) -> int:
    """The newest block that was, or -1."""
    with psycopg.connect(world.database) as connection:
        row = connection.execute("SELECT coalesce(max(number), -1) FROM journal.reconciliations").fetchone()
    assert row
    return int(row[0])


class Clock:
    """Seconds that pass when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize("calls_per_second", [1, 7, 1000])
def test_the_pace_is_never_exceeded(calls_per_second: int) -> None:
    clock = Clock()
    pace = Pace(calls_per_second, clock, clock.sleep)
    done = 0
    for _ in range(50):
        pace.wait(pace.together)
        assert done <= clock.now * calls_per_second + 1e-6, "those before had their time"
        done += pace.together
    assert clock.now * calls_per_second == pytest.approx(done - pace.together)


def test_a_version_that_is_gone_is_tried_again_later(indexed: World) -> None:
    """It was promoted away and dropped while it was read."""
    with connect(indexed.database) as connection:
        past = Derived(engine_of(connection, "projection_9"), {}, BlockNumber(1), ["holder"])
        with pytest.raises(Retry, match="was dropped"):
            next(past.rows(last_rows(holding_changes, 1, ["holder"]), None))
        connection.execute("SELECT 1")


def test_a_database_that_goes_away_is_out_of_reach(indexed: World, postgres: Postgres) -> None:
    """SQLAlchemy has names of its own for what the driver says: the exit code must not be lost by that."""
    with connect(indexed.database) as connection:
        past = Derived(engine_of(connection, "projection_1"), {}, BlockNumber(1), ["holder"])
        with psycopg.connect(postgres.dsn("postgres", "postgres"), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            next(past.rows(last_rows(holding_changes, 1, ["holder"]), None))


def test_rows_are_the_same_a_few_at_a_time(indexed: World) -> None:
    """A check of millions of rows reads them in pages, which must neither leave one out nor give one twice."""
    addresses = addresses_of(indexed.deployment)
    paged = 0
    with connect(indexed.database) as connection:
        engine, tip = engine_of(connection, "projection_1"), BlockNumber(tip_of(indexed))
        for check in CHECKS:
            whole, few = (
                sorted(map(repr, check.rows(Derived(engine, addresses, tip, check.key, None, size), None)))
                for size in (1_000_000, 3)
            )
            assert few == whole, check.name
            paged += len(few) > 3 and len({*few}) == len(few)
    assert paged > len(CHECKS) // 3, "enough of them have more than a page"


# -- checks


def test_the_views_are_those_of_the_contracts() -> None:
    """Names, what they take and what they give, by the ABI that the compiler wrote."""
    for check in CHECKS:
        view = check.view
        found = [one for one in abi_of(view.contract) if one.get("name") == view.signature.partition("(")[0]]
        assert [(signature(one), [kind(o) for o in one["outputs"]]) for one in found] == [
            (view.signature, list(view.returns))
        ], check.name
        assert found[0]["stateMutability"] == "view"


FILES = {"stablecoin": "TestDollar", "lens": "Lens"}


def abi_of(contract: str) -> list[dict[str, Any]]:
    name = FILES.get(contract, "".join(part.capitalize() for part in contract.split("_")))
    found = msgspec.json.decode((ROOT / "contracts" / "abi" / f"{name}.json").read_bytes())
    entries: list[dict[str, Any]] = found if isinstance(found, list) else found["abi"]
    return entries


def kind(part: dict[str, Any]) -> str:
    if "components" not in part:
        return str(part["type"])
    return f"({','.join(kind(inner) for inner in part['components'])}){part['type'].removeprefix('tuple')}"


def signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(kind(part) for part in entry['inputs'])})"


@pytest.mark.parametrize(
    ("row", "answer", "right"),
    [
        ({"n": 5}, (5,), True),
        ({"n": 5}, (6,), False),
        ({"n": 0}, None, True),
        ({"n": 5}, None, False),
        (None, (0,), True),
        (None, (1,), False),
        (None, None, True),
    ],
)
def test_what_is_right(row: dict[str, Any] | None, answer: tuple[Any, ...] | None, right: bool) -> None:
    """Where we have nothing, a contract that says nothing is right."""
    assert Fact("n", (0,), lambda found: found["n"]).is_right(row, answer) is right


@pytest.mark.parametrize(
    ("value", "nothing"),
    [(0, True), (False, True), (None, True), ("", True), ([], True), (bytes(20), True), ([0, [0, b""]], True),
     (1, False), (True, False), (b"\0\1", False), ([0, [1]], False), ("0x00", True)],
)  # fmt: skip
def test_nothing_is_zero_in_every_form(value: Any, nothing: bool) -> None:
    assert is_nothing(plain(value)) is nothing


def test_at_least_allows_more_and_not_less() -> None:
    fact = Fact("total", (0,), lambda row: row["n"], at_least=True)
    check: Callable[[int], bool] = lambda chain: fact.is_right({"n": 5}, (chain,))  # noqa: E731
    assert [check(4), check(5), check(6)] == [False, True, True]
