"""The world of the tests: a real Postgres for the session, a real anvil and a fresh database for each test."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from web3 import Web3

from indexer.deployment import Deployment, read_deployment
from local.chain import Chain, start_chain
from local.people import People, meet
from local.postgres import READER, Postgres, start_postgres

ROOT = Path(__file__).resolve().parent.parent
database_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Under ape's runner: tests/contracts/isolation.py in the place of its own. What its configuration file can say of
    it leaves half of it on."""
    if hasattr(config.option, "disable_isolation"):
        config.option.disable_isolation = True


@dataclass(frozen=True)
class Deployed:
    """A chain on which scripts/deploy.py was run once, as a state that anvil can start from."""

    state: Path
    manifest: Path

    @property
    def deployment(self) -> Deployment:
        return read_deployment(self.manifest)


@dataclass(frozen=True)
class World:
    """One test's own chain and database."""

    chain: Chain
    database: str
    reader: str
    manifest: Path
    deployment: Deployment

    @property
    def people(self) -> People:
        return meet(self.chain.web3(), self.deployment)

    @property
    def environment(self) -> dict[str, str]:
        """What the command needs to work on this world."""
        return {
            **os.environ,
            "FREEHOLD_RPC": self.chain.url,
            "FREEHOLD_WS": self.chain.ws,
            "FREEHOLD_DATABASE": self.database,
            "FREEHOLD_MANIFEST": str(self.manifest),
            "FREEHOLD_READER": READER,
        }


@pytest.fixture(scope="session")
def workshop() -> Iterator[Path]:
    """A folder for the session that the database's user may enter too."""
    folder = Path(tempfile.mkdtemp(prefix="freehold-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(workshop: Path) -> Iterator[Postgres]:
    server = start_postgres(workshop / "postgres", workshop / "postgres.log", fsync=False)
    yield server
    server.stop()


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """DSN of an empty database of the indexer's role."""
    name = f"test_{next(database_numbers)}"
    yield postgres.create_database(name)
    with psycopg.connect(postgres.dsn("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def deployed(workshop: Path) -> Deployed:
    """The contracts, put on a chain by the ape script as a deployer would."""
    found = Deployed(workshop / "chain.json", workshop / "deployment.json")
    chain = start_chain(workshop / "deploy.log", state=found.state)
    command = ["ape", "run", "deploy", "--network", chain.url, "--test-dollar", "--execute", "--yes"]
    done = subprocess.run([*command, "--manifest", found.manifest], cwd=ROOT, capture_output=True, text=True)
    chain.stop()
    assert done.returncode == 0, done.stdout + done.stderr
    return found


@pytest.fixture
def chain(deployed: Deployed, tmp_path: Path) -> Iterator[Chain]:
    """A chain of one's own with the contracts on it. Mines each transaction at once."""
    state = shutil.copy(deployed.state, tmp_path / "chain.json")
    running = start_chain(tmp_path / "anvil.log", flags=("--load-state", str(state)))
    yield running
    running.stop()


@pytest.fixture
def world(chain: Chain, database: str, postgres: Postgres, deployed: Deployed) -> World:
    """A chain with contracts, and an empty database beside it."""
    reader = postgres.dsn(READER, database.rsplit("/", 1)[1])
    return World(chain, database, reader, deployed.manifest, deployed.deployment)


@pytest.fixture
def people(world: World) -> People:
    return world.people


@pytest.fixture
def web3(chain: Chain) -> Web3:
    return chain.web3()
