"""What a database holds in the end, as the operator's commands say it: its digest, and that of a rebuild."""

import json
import tempfile
from pathlib import Path

import msgspec

from indexer.deployment import Deployment
from tests.indexer.indexing import invoke

LOGS_A_BATCH = 37


def digest_of(database: str) -> str:
    """Block, fingerprint and digest of the live version."""
    return said("digest", "--database", database)


def rebuilt_digest(database: str, deployment: Deployment) -> str:
    """The same of a version that was folded from the journal just now, in small batches."""
    with tempfile.TemporaryDirectory(prefix="freehold-simulation-") as folder:
        manifest = Path(folder) / "deployment.json"
        manifest.write_bytes(msgspec.json.encode(deployment))
        options = ("--manifest", str(manifest), "--fresh", "--batch-logs", str(LOGS_A_BATCH))
        return said("rebuild", "--database", database, *options)


def said(*arguments: str) -> str:
    done = invoke(*arguments, "--json")
    assert done.exit_code == 0, done.errors
    found = json.loads(done.output)
    return f"{found['block']} {found['fingerprint']} {found['digest']}"
