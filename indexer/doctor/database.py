"""What the database is, whether it keeps what it is given, and who may read it."""

import time
from collections.abc import Iterator, Sequence

from indexer import journal, versions
from indexer.deployment import Deployment
from indexer.doctor.finding import Finding, Subject
from indexer.errors import Halt
from indexer.journal import Connection

SUBJECT = Subject("database")
OLDEST = 140_000
CONNECTIONS_LEFT_MIN = 10
CLOCKS_APART_MAX_SECONDS = 2.0
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
TIMEOUTS = ("idle_session_timeout", "idle_in_transaction_session_timeout", "statement_timeout", "transaction_timeout")
MEGABYTE = 1_000_000
WRITING = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")


def database_findings(connection: Connection, deployment: Deployment, reader: str | None) -> Iterator[Finding]:
    yield _version(connection)
    yield _primary(connection)
    yield from _settings(connection)
    yield _connections(connection)
    yield _clock(connection)
    yield _owner(connection)
    if _one(connection, "SELECT to_regclass('journal.cursor')") is None:
        yield SUBJECT.warn("journal", "there is none yet", "start with `freehold indexer run`")
        return
    yield _migrations(connection)
    yield _deployment(connection, deployment)
    version = versions.live_version(connection)
    if version is None:
        yield SUBJECT.warn("journal", "it is empty", "start with `freehold indexer run`")
        return
    yield _code(version)
    yield _disk(connection)
    if reader is None:
        do = "name it with --reader, to have its privileges looked at"
        yield SUBJECT.warn("reader", "the role of the API is not named", do)
    else:
        yield _reader(connection, reader, ["journal", "content", version.schema_name])


def _one(connection: Connection, query: str, arguments: Sequence[object] = ()) -> object:
    row = connection.execute(query, arguments).fetchone()
    assert row, "a query that gives a row"
    return row[0]


def _version(connection: Connection) -> Finding:
    number = connection.info.server_version
    words = f"PostgreSQL {_one(connection, 'SHOW server_version')}"
    if number < OLDEST:
        return SUBJECT.fail("version", words, f"version {OLDEST // 10_000} or later is needed")
    encoding = _one(connection, "SHOW server_encoding")
    if encoding != "UTF8":
        return SUBJECT.fail("version", f"{words}, with texts in {encoding}", "create the database with ENCODING 'UTF8'")
    return SUBJECT.ok("version", f"{words}, UTF8")


def _primary(connection: Connection) -> Finding:
    if _one(connection, "SELECT pg_is_in_recovery()"):
        return SUBJECT.fail("primary", "this is a standby, which takes no writes", "name the primary with --database")
    return SUBJECT.ok("primary", "it takes writes")


def _settings(connection: Connection) -> Iterator[Finding]:
    """As the server gives them to every session, before ours changed any."""
    query = "SELECT name, reset_val FROM pg_settings WHERE name = ANY(%s)"
    found: dict[str, str] = dict(connection.execute(query, [[*DURABLE, *TIMEOUTS]]).fetchall())
    off = [name for name in DURABLE if found.get(name) == "off"]
    if off:
        do = "switch on: what was committed may be lost, or worse, when the machine stops"
        yield SUBJECT.warn("durability", f"{', '.join(off)} off", do)
    else:
        yield SUBJECT.ok("durability", f"{', '.join(DURABLE)} on")
    cutting = [f"{name} {found[name]} ms" for name in TIMEOUTS if found.get(name, "0") != "0"]
    if cutting:
        do = "set to 0 for the indexer's role (ALTER ROLE ... SET): a long batch, or a pause, must not end its session"
        yield SUBJECT.warn("timeouts", ", ".join(cutting), do)
    else:
        yield SUBJECT.ok("timeouts", "none ends a session or a statement")


def _connections(connection: Connection) -> Finding:
    used = int(str(_one(connection, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")))
    most = int(str(_one(connection, "SHOW max_connections")))
    words = f"{used} of {most} in use"
    if most - used < CONNECTIONS_LEFT_MIN:
        return SUBJECT.warn("connections", words, "raise max_connections, or look who holds them (pg_stat_activity)")
    return SUBJECT.ok("connections", words)


def _clock(connection: Connection) -> Finding:
    before = time.time()
    there = float(str(_one(connection, "SELECT extract(epoch FROM clock_timestamp())")))
    after = time.time()
    apart = max(before - there, there - after, 0.0)
    words = f"the server's is {apart:.1f} s from this machine's"
    if apart > CLOCKS_APART_MAX_SECONDS:
        return SUBJECT.warn("clock", words, "set both by NTP: lag and rest times are wrong by as much")
    return SUBJECT.ok("clock", words)


def _owner(connection: Connection) -> Finding:
    if not _one(connection, "SELECT has_database_privilege(current_database(), 'CREATE')"):
        do = f"GRANT CREATE ON DATABASE {connection.info.dbname} TO {connection.info.user}"
        return SUBJECT.fail("privileges", f"{connection.info.user} may not create schemas", do)
    return SUBJECT.ok("privileges", f"{connection.info.user} may create schemas")


def _migrations(connection: Connection) -> Finding:
    done = {name for (name,) in connection.execute("SELECT name FROM journal.migrations")}
    known = set(journal.migration_names())
    if done - known:
        words = f"it was migrated by a newer release: {', '.join(sorted(done - known))}"
        return SUBJECT.fail("migrations", words, "use that release, or a newer one")
    if known - done:
        words = f"not done yet: {', '.join(sorted(known - done))}"
        return SUBJECT.warn("migrations", words, "`freehold indexer run` does them as it starts")
    return SUBJECT.ok("migrations", f"all {len(known)} are done")


def _deployment(connection: Connection, deployment: Deployment) -> Finding:
    try:
        journal.bind_deployment(connection, deployment)
    except Halt as halt:
        return SUBJECT.fail("deployment", str(halt), "name its own manifest, or another database")
    return SUBJECT.ok("deployment", "it follows that of the manifest")


def _code(version: versions.Version) -> Finding:
    try:
        versions.require_same_code(version)
    except Halt as halt:
        return SUBJECT.warn("projections", str(halt), "`freehold indexer rebuild --promote`")
    return SUBJECT.ok("projections", f"{version.schema_name} is of this release, at block {version.number}")


def _disk(connection: Connection) -> Finding:
    rows = connection.execute(
        "SELECT nspname, sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c JOIN pg_namespace n "
        "ON n.oid = relnamespace WHERE relkind = 'r' AND (nspname IN ('journal', 'content') OR nspname IN "
        "(SELECT schema_name FROM journal.versions)) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    logs = _one(connection, "SELECT count(*) FROM journal.logs")
    parts = ", ".join(f"{name} {size / MEGABYTE:,.1f} MB" for name, size in rows)
    return SUBJECT.ok("disk", f"{parts}, for {logs:,} logs")


def _reader(connection: Connection, reader: str, schemas: Sequence[str]) -> Finding:
    """It may read all, and write nothing but documents."""
    if not _one(connection, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [reader]):
        return SUBJECT.fail("reader", f"there is no role {reader}", f"CREATE ROLE {reader} LOGIN")
    tables = connection.execute(
        "SELECT format('%%I.%%I', nspname, relname), has_schema_privilege(%(role)s, n.oid, 'USAGE') AND "
        "has_table_privilege(%(role)s, c.oid, 'SELECT'), array(SELECT p FROM unnest(%(writing)s::text[]) p WHERE "
        "has_table_privilege(%(role)s, c.oid, p)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE relkind IN ('r', 'p') AND nspname = ANY(%(schemas)s) ORDER BY 1",
        {"role": reader, "writing": list(WRITING), "schemas": list(schemas)},
    ).fetchall()
    hidden = [name for name, may_read, _ in tables if not may_read]
    if hidden:
        words = f"{reader} cannot read {', '.join(hidden[:5])}{' ...' if len(hidden) > 5 else ''}"
        return SUBJECT.fail("reader", words, f"run the indexer with --reader {reader}, which grants it")
    allowed = {"content.documents": ["INSERT"]}
    written = [f"{name} ({', '.join(may)})" for name, _, may in tables if set(may) - set(allowed.get(name, []))]
    if written:
        words = f"{reader} may write what only the indexer should: {', '.join(written[:5])}"
        return SUBJECT.fail("reader", words, f"REVOKE it from {reader}: the API only reads")
    return SUBJECT.ok("reader", f"{reader} may read all {len(tables)} tables, and only add documents")
