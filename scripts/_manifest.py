"""deployments/<chain id>.json: how it is read, checked against the connected chain, and written."""

import os
from pathlib import Path

import click
import msgspec

from indexer.deployment import Deployment

ROOT = Path(__file__).resolve().parent.parent

Roles = dict[str, dict[str, list[str]]]
"""By contract, then by role: the wallets that shall hold it."""


class Manifest(Deployment, frozen=True):
    """A deployment, with the roles that were given out since. A role that is not listed has no holders;
    DEFAULT_ADMIN_ROLE has `admin`."""

    roles: Roles = msgspec.field(default_factory=dict)

    def holders(self, contract: str, role: str) -> list[str]:
        """Who shall hold a role of a contract."""
        first = [self.admin] if role == "DEFAULT_ADMIN_ROLE" else []
        return self.roles.get(contract, {}).get(role, first)

    def with_holders(self, contract: str, role: str, holders: list[str]) -> "Manifest":
        of_contract = {**self.roles.get(contract, {}), role: holders}
        return msgspec.structs.replace(self, roles={**self.roles, contract: of_contract})


def place_of(given: Path | None, chain_id: int) -> Path:
    """Where the manifest of a chain lies."""
    return given or ROOT / "deployments" / f"{chain_id}.json"


def read_manifest(path: Path) -> Manifest:
    """Raises ClickException where the file is missing or is not a manifest."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise click.ClickException(
            f"there is no manifest at {path}: deploy first, or name one with --manifest"
        ) from None
    except OSError as error:
        raise click.ClickException(f"the manifest cannot be read: {error}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} is not a manifest: {error}") from error


def write_manifest(path: Path, manifest: Manifest) -> None:
    """All of it or nothing: a reader never sees half a manifest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
