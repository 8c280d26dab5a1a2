"""What the API is told from outside: options of the command line, or variables of the environment."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """rpc is used to simulate, to estimate and to look at transactions; never for state that Postgres has."""

    database: str
    """DSN of reads; a replica may serve it."""
    primary: str
    """DSN of the primary, which alone can LISTEN."""
    rpc: str
    manifest: Path
    host: str
    port: int
    wait_seconds: int
    """How long a read with min_block waits for that block."""
    operations: bool
    """Whether to show the operations page: it names the providers, and asks nobody who he is."""


def parse(arguments: list[str]) -> Settings:
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="freehold api", description="Serve the API and the page.")
    parser.add_argument("--database", default=env("FREEHOLD_API_DATABASE"), help="DSN of a role that may only read")
    parser.add_argument("--primary", default=env("FREEHOLD_API_PRIMARY"), help="DSN to listen on; --database if unset")
    parser.add_argument("--rpc", default=env("FREEHOLD_RPC"), help="the node's HTTP JSON-RPC (FREEHOLD_RPC)")
    parser.add_argument("--manifest", type=Path, default=env("FREEHOLD_MANIFEST"), help="deployments/<chain id>.json")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8420)
    parser.add_argument("--wait-seconds", type=int, default=10, help="how long min_block waits for its block")
    parser.add_argument("--operations", action="store_true", help="show /operations to everybody who can reach it")
    options = parser.parse_args(arguments)
    for name, variable in (("database", "API_DATABASE"), ("rpc", "RPC"), ("manifest", "MANIFEST")):
        if getattr(options, name) is None:
            parser.error(f"--{name} is missing, and FREEHOLD_{variable} is not set")
    return Settings(
        options.database,
        options.primary or options.database,
        options.rpc.split(",")[0].strip(),  # the indexer's list names the preferred one first
        Path(options.manifest),
        options.host,
        options.port,
        options.wait_seconds,
        options.operations,
    )
