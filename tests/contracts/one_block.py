"""What ape compiled, for the engine of one endless block: far more steps a second than eth-tester takes."""

from bench.compiled import Compiled
from tests.contracts.ape_types import Project


def compiled_by_ape(sources: Project, name: str) -> Compiled:
    kind = getattr(sources, name).contract_type
    abi = [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in kind.abi]
    return Compiled(abi, bytes.fromhex(kind.deployment_bytecode.bytecode.removeprefix("0x")), b"")
