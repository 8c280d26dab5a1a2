"""Migrations: never changed once released, additive only, and from every release the same database as a fresh one."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from indexer import journal
from indexer.commands.shared import connect
from indexer.store import Store
from local.postgres import READER, Postgres, binary
from tests.conftest import World
from tests.indexer.indexing import check_at_head, command

MIGRATIONS = Path(journal.__file__).parent / "migrations"
FROZEN = {
    "0001_journal.sql": "612d0a391c50808a40419214a43be0581606a6e42054ec403f72c2b81c5f5980",
    "0002_content.sql": "7d7745fe8d4ef7d2cb3b3fd0ebf1eb9149eb867ac34c231ab2b1cab45fd8a8cc",
    "0003_providers.sql": "051773c47faad7c1fb9a95987c564b2c08169afc7462a6fefd11c4f41533a938",
    "0004_promotions.sql": "46d947fef1b90e1ec3abac5c7d777a1ac42bbffb68d36431fcae977e998e4230",
    "0005_reconciliations.sql": "9847913b7826be325f85fca765a06f2aba9fb956bafadf29f6e68d36bcf76a35",
}
"""SHA-256 of each. A new file gets a line here; a line never changes."""

FILES = sorted(MIGRATIONS.glob("*.sql"))

# What a release left behind in the tables that its newest migration had made, beside its journal.
LEFT_BEHIND = {
    "0001_journal.sql": (
        "INSERT INTO journal.reorgs (epoch, fork_number, fork_hash, old_number, old_hash) "
        "VALUES (1, 3, '\\x03', 5, '\\x05')",
        "INSERT INTO journal.orphaned_blocks (hash, epoch, number) VALUES ('\\x04', 1, 4), ('\\x05', 1, 5)",
        "CREATE SCHEMA projection_1",
        "CREATE TABLE projection_1.balances (balance journal.uint256)",
        "INSERT INTO projection_1.balances VALUES (7)",
        "INSERT INTO journal.versions (schema_name, fingerprint, live, number, hash) "
        "SELECT 'projection_1', 'of that release', true, number, hash FROM journal.cursor",
    ),
    "0002_content.sql": (
        "INSERT INTO content.documents (hash, media_type, size, bytes) "
        "VALUES (sha256('deed'), 'text/plain', 4, 'deed')",
    ),
    "0003_providers.sql": (
        "INSERT INTO journal.verification (level) VALUES ('prove')",
        "INSERT INTO journal.providers VALUES ('10.0.0.7:8545', 0, 'in turn', NULL, NULL, 1, 0, 12, 5)",
    ),
    "0005_reconciliations.sql": (
        "INSERT INTO journal.reconciliations (number, hash, fingerprint, provider, compared, difference_count, "
        "differences, started_at) VALUES (5, '\\x05', 'of that release', '10.0.0.7:8545', '{}', 0, '[]', now())",
    ),
}  # fmt: skip
JOURNAL = ("deployment", "blocks", "logs", "cursor")
TABLES = (
    "SELECT n.nspname || '.' || c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid "
    "WHERE n.nspname IN ('journal', 'content', 'projection_1') AND c.relname <> 'migrations' AND c.relkind = 'r' "
    "AND a.attnum > 0 AND NOT a.attisdropped GROUP BY 1"
)

Rows = dict[str, list[tuple[object, ...]]]
Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(params=range(1, len(FILES) + 1), ids=[file.stem for file in FILES])
def release(request: pytest.FixtureRequest, indexed: World, postgres: Postgres) -> Iterator[World]:
    """A database as the release left it whose newest migration this is: a whole journal, and whatever else it wrote."""
    name = f"release_{request.param}"
    found = replace(indexed, database=postgres.create_database(name), reader=postgres.dsn(READER, name))
    with psycopg.connect(found.database) as connection:
        connection.execute("CREATE SCHEMA journal")
        connection.execute("CREATE TABLE journal.migrations (name text PRIMARY KEY, at timestamptz)")
        for file in FILES[: request.param]:
            connection.execute(file.read_bytes())
            connection.execute("INSERT INTO journal.migrations VALUES (%s, now())", [file.name])
        journal.grant_reading(connection, "journal", READER)
        copy_journal(indexed.database, connection)
        for file in FILES[: request.param]:
            for statement in LEFT_BEHIND.get(file.name, ()):
                connection.execute(statement.encode())
    yield found
    with psycopg.connect(postgres.dsn("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def copy_journal(source: str, target: Connection) -> None:
    columns = columns_of(target)
    with psycopg.connect(source) as connection:
        for table in JOURNAL:
            names = columns[f"journal.{table}"]
            with (
                connection.cursor().copy(f"COPY journal.{table} ({names}) TO STDOUT".encode()) as rows,
                target.cursor().copy(f"COPY journal.{table} ({names}) FROM STDIN".encode()) as copied,
            ):
                for part in rows:
                    copied.write(part)


def columns_of(connection: Connection) -> dict[str, str]:
    """The names of the columns of every table."""
    return {str(table): str(names) for table, names in connection.execute(TABLES)}


def migrate(world: World) -> None:
    """As every start of the indexer does."""
    with closing(connect(world.database)) as connection:
        Store(connection, READER).prepare(world.deployment)


def rows_of(database: str, tables: dict[str, str]) -> Rows:
    """Everything in these columns of these tables."""
    with psycopg.connect(database) as connection:
        return {
            table: sorted(connection.execute(f"SELECT {names} FROM {table}".encode()).fetchall(), key=repr)
            for table, names in tables.items()
        }


def catalogue(database: str) -> str:
    """Tables, columns, defaults, constraints, indexes, sequences, comments and privileges, as pg_dump writes them."""
    command = [binary("pg_dump"), "--schema-only", "--schema=journal", "--schema=content", database]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in dumped.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def test_from_every_release_the_database_becomes_the_same_as_a_fresh_one(
    release: World, indexed: World, postgres: Postgres
) -> None:
    fresh = replace(indexed, database=postgres.create_database(f"fresh_beside_{release.database.rsplit('_')[-1]}"))
    migrate(fresh)
    with psycopg.connect(release.database) as connection:
        tables = columns_of(connection)
    before = rows_of(release.database, tables)
    migrate(release)
    wanted = catalogue(fresh.database)
    assert "COMMENT ON COLUMN journal.cursor.epoch" in wanted
    assert f"GRANT SELECT ON TABLE journal.logs TO {READER}" in wanted
    assert catalogue(release.database) == wanted
    assert rows_of(release.database, tables) == before
    assert all(before.values()), "every table had a row to lose"
    migrate(release)
    assert catalogue(release.database) == wanted


def test_from_every_release_the_next_version_is_built_out_of_the_journal(release: World) -> None:
    """What another release derived is kept for its readers until this one's is promoted."""
    with psycopg.connect(release.database, autocommit=True) as connection:
        connection.execute("DELETE FROM journal.orphaned_blocks")
        connection.execute("DELETE FROM journal.reorgs")
        connection.execute(f"GRANT USAGE ON SCHEMA projection_1 TO {READER}".encode())
        connection.execute(f"GRANT SELECT ON projection_1.balances TO {READER}".encode())
    with psycopg.connect(release.reader, autocommit=True) as reader:
        assert command(release, "rebuild").exit_code == 0
        assert reader.execute("SELECT balance FROM projection_1.balances").fetchone() == (7,)
        assert command(release, "promote").exit_code == 0
        for table in ("projection_2.holding_changes", "journal.reconciliations", "journal.versions"):
            reader.execute(f"TABLE {table}".encode())
    check_at_head(release)
    assert "projection_1" in command(release, "versions").output


def test_commands_of_a_newer_release_say_what_is_missing(indexed: World, postgres: Postgres) -> None:
    old = replace(indexed, database=postgres.create_database("older"))
    with psycopg.connect(old.database) as connection:
        connection.execute("CREATE SCHEMA journal")
        connection.execute("CREATE TABLE journal.migrations (name text PRIMARY KEY, at timestamptz)")
        for file in FILES[:3]:
            connection.execute(file.read_bytes())
        copy_journal(indexed.database, connection)
        for statement in LEFT_BEHIND["0001_journal.sql"]:
            connection.execute(statement.encode())
    for name, arguments in (
        ("versions", ()), ("promote", ()), ("rollback", ()), ("drop", ("projection_1",)), ("follow", ("projection_1",)),
    ):  # fmt: skip
        refused = command(old, name, *arguments)
        assert (refused.exit_code, "as an older release left them" in refused.errors) == (3, True), refused.errors


def test_a_migration_that_would_keep_readers_waiting_is_tried_again_later(
    indexed: World, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits behind an open transaction, and everybody who comes later would wait behind it."""
    waiting = replace(indexed, database=postgres.create_database("a_migration_that_waits"))
    monkeypatch.setattr("indexer.journal.MIGRATION_LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr("indexer.journal.migration_names", lambda: [file.name for file in FILES[:3]])
    migrate(waiting)
    monkeypatch.setattr("indexer.journal.migration_names", lambda: [file.name for file in FILES])
    with psycopg.connect(waiting.database) as reading:
        reading.execute("TABLE journal.versions")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrate(waiting)
    migrate(waiting)


# -- the files themselves


def test_a_released_migration_never_changes() -> None:
    """A database that has run it would not run it again: two databases of one release would differ."""
    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in FILES} == FROZEN
    assert [file.name[:4] for file in FILES] == [f"{number:04}" for number in range(1, len(FILES) + 1)]


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_migrations_only_add(file: Path) -> None:
    """The release before goes on writing while a new one is built beside it."""
    assert takings(file.read_text()) == []


@pytest.mark.parametrize(
    "taking",
    [
        "DROP TABLE journal.logs",
        "ALTER TABLE journal.logs DROP COLUMN data",
        "ALTER TABLE journal.logs RENAME COLUMN data TO payload",
        "ALTER TABLE journal.logs ALTER COLUMN data TYPE text",
        "ALTER TABLE journal.logs ADD COLUMN size integer NOT NULL",
        "ALTER TABLE journal.logs ADD CHECK (log_index > 0)",
        "CREATE UNIQUE INDEX one ON journal.logs (transaction_hash)",
        "UPDATE journal.logs SET data = ''",
        "DELETE FROM journal.logs",
        "TRUNCATE journal.logs",
        "REVOKE SELECT ON journal.logs FROM PUBLIC",
    ],
)
def test_what_takes_away_is_noticed(taking: str) -> None:
    added = "ALTER TABLE journal.logs ADD COLUMN seen boolean; UPDATE journal.logs SET seen = true; -- it's; so\n"
    assert takings(added) == []
    assert takings(f"{added}{taking};") == [taking]


def takings(script: str) -> list[str]:
    """The statements of a migration that do more than add."""
    script = re.sub(r"^\s*--.*$|;\s*--.*$", ";", script, flags=re.MULTILINE)
    statements = [" ".join(found.split()) for found in re.findall(r"(?:[^;']|'(?:[^']|'')*')+", script)]
    created = set(re.findall(r"CREATE TABLE (\S+)", script))
    columns = set(re.findall(r"ADD COLUMN (\w+)", script))
    return [statement for statement in statements if statement and not adds(statement, created, columns)]


def adds(statement: str, created: set[str], columns: set[str]) -> bool:
    if re.match(r"CREATE (SCHEMA|TABLE|DOMAIN|SEQUENCE|INDEX|VIEW) |COMMENT ON ", statement):
        return True
    if unique := re.match(r"CREATE UNIQUE INDEX \w+ ON (\S+)", statement):
        return unique[1] in created
    if column := re.match(r"ALTER TABLE (\S+) ADD COLUMN [^,]*$", statement):
        return "NOT NULL" not in statement or "DEFAULT" in statement or column[1] in created
    if re.match(r"ALTER TABLE \S+ ALTER COLUMN \w+ SET STORAGE \w+$", statement):
        return True
    filled = re.match(r"UPDATE \S+ SET (.*?)(?: WHERE .*)?$", statement)
    return filled is not None and {part.split(" = ")[0] for part in filled[1].split(", ")} <= columns
