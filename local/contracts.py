"""The contracts put on a local chain by the script that deployers use."""

import subprocess
from pathlib import Path

from local.process import StartFailed

ROOT = Path(__file__).resolve().parent.parent


def deploy_contracts(url: str, manifest: Path, *options: str) -> None:
    """`ape run deploy` with a test dollar, to its end. Raises StartFailed with its last words."""
    command = ["ape", "run", "deploy", "--network", url, "--test-dollar", "--execute", "--yes", *options]
    done = subprocess.run([*command, "--manifest", str(manifest)], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise StartFailed(f"the contracts could not be deployed:\n{(done.stdout + done.stderr)[-3000:]}")
