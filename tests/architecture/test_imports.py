"""Who may import whom. Data goes one way: chain, indexer, Postgres, API; a wrong arrow is where it turns back."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.projections import decoding

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = ("api", "bench", "indexer", "local", "locks", "scripts", "tests", "web")

# A package and what it may take of ours. The indexer's inner order stands below.
PACKAGES = {
    "indexer": {"indexer"},
    "api": {"api", "indexer"},
    "scripts": {"scripts", "api", "indexer"},
    "local": {"local", "indexer", "api"},
    "web": {"web"},
    "locks": {"locks"},
    "bench": {"bench", "indexer", "local"},
}

# Inside the indexer, each module and the modules that it may know.
INNER = {
    "errors": set[str](),
    "chain": set[str](),
    "deployment": {"chain", "errors"},
    "bisection": {"chain"},
    "follow": {"chain"},
    "events": {"chain", "events"},
    "abi": {"chain", "events", "keccak"},
    "decoders": {"abi", "chain", "events"},
    "decode": {"abi", "chain", "decoders", "events"},
    "keccak": set[str](),
    "rlp": set[str](),
    "trie": {"keccak", "rlp"},
    "bloom": {"keccak"},
    "replies": set[str](),
    "proof": {"bloom", "chain", "keccak", "replies", "rlp", "trie"},
    "trust": {"chain", "errors", "replies"},
    "node": {"bloom", "chain", "errors", "proof", "replies", "trust"},
    "probe": {"bloom", "chain", "deployment", "errors", "keccak", "node", "proof"},
    "standing": {"chain"},
    "providers": {"chain", "errors", "node", "standing"},
    "projections": {"arrays", "chain", "events", "projections"},
    "entitlements": {"chain", "projections"},
    "marks": {"projections"},
    "profits": {"marks", "projections"},
    "journal": {"chain", "deployment", "errors", "follow", "standing"},
    "folds": {"arrays", "chain", "journal", "projections"},
    "digests": {"chain", "journal", "projections"},
    "versions": {"chain", "digests", "errors", "folds", "journal", "projections"},
    "arrays": {"chain"},
    "copying": {"chain"},
    "rendered": {"arrays", "chain", "copying", "decode"},
    "store": {
        "arrays",
        "chain",
        "deployment",
        "digests",
        "errors",
        "folds",
        "follow",
        "journal",
        "rendered",
        "standing",
        "versions",
    },
    "read_ahead": {"arrays", "chain", "decode", "journal"},
    "rebuilding": {"chain", "decode", "digests", "errors", "folds", "journal", "read_ahead", "store", "versions"},
    "collecting": set[str](),
    "beside": {"collecting"},
    "fetching": {"chain", "decode", "node", "rendered"},
    "prefetch": {"beside", "chain", "deployment", "fetching", "node"},
    "loop": {
        "bisection",
        "chain",
        "decode",
        "deployment",
        "errors",
        "fetching",
        "follow",
        "node",
        "prefetch",
        "providers",
        "rendered",
        "store",
    },
    "report": {"chain"},
    "stopping": set[str](),
    "vitals": {"chain", "loop"},
    "metrics": {"arrays", "chain", "events", "loop", "projections", "reconcile", "standing", "vitals"},
    "measured": {"arrays", "chain", "digests", "metrics", "reconcile", "standing", "store"},
    "health": {"metrics", "vitals"},
    "bars": {"report"},
    "progress": {"bars", "chain", "report"},
    "walk": {"bars", "report"},
    "reconcile": {
        "bisection",
        "chain",
        "deployment",
        "entitlements",
        "errors",
        "journal",
        "keccak",
        "node",
        "projections",
        "reconcile",
    },
    "verify": {"chain", "deployment", "errors", "journal", "node"},
    "comparison": {"bisection", "chain", "digests", "errors", "journal", "projections", "versions"},
    "doctor": {
        "bloom",
        "chain",
        "deployment",
        "doctor",
        "errors",
        "journal",
        "keccak",
        "node",
        "probe",
        "proof",
        "versions",
    },
    "commands": {
        "bars",
        "chain",
        "commands",
        "comparison",
        "decode",
        "deployment",
        "digests",
        "doctor",
        "errors",
        "folds",
        "health",
        "journal",
        "loop",
        "measured",
        "metrics",
        "node",
        "probe",
        "progress",
        "providers",
        "rebuilding",
        "reconcile",
        "report",
        "standing",
        "stopping",
        "store",
        "verify",
        "versions",
        "vitals",
        "walk",
    },
}

# What the API may take of the indexer: values, the deployment, and selects, with the projections' tables; and what a
# header is, with its hash.
API_TAKES = {
    "chain", "deployment", "entitlements", "errors", "keccak", "marks", "profits", "projections", "proof", "replies",
    "standing",
}  # fmt: skip

# What the scripts may take: a revert in words, the kinds of documents, and the manifest, which they write.
SCRIPTS_TAKE = {"api.media", "api.reverts", "indexer.deployment"}

NO_INPUT_OUTPUT = (
    "indexer/abi.py", "indexer/chain.py", "indexer/decode.py", "indexer/follow.py",
    *(f"indexer/events/{name}.py" for name in ("__init__", "market")),
    *(f"indexer/{name}.py" for name in ("bloom", "keccak", "proof", "replies", "rlp", "standing", "trie", "trust")),
    *(
        f"indexer/decoders/{name}.py"
        for name in ("access", "market", "offering", "registry", "token", "treasury", "vault")
    ),
)  # fmt: skip
DOES_INPUT_OUTPUT = ("psycopg", "urllib3", "requests", "web3", "websockets", "socket", "asyncio", "sqlalchemy", "os")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full name"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def sources(package: str) -> list[Path]:
    return [path for path in sorted((ROOT / package).rglob("*.py")) if "node_modules" not in path.parts]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_takes_only_what_lies_before_it(package: str) -> None:
    for path in sources(package):
        taken = {name.split(".")[0] for name in imports_of(path)} & set(OURS)
        assert taken <= PACKAGES[package], f"{path.relative_to(ROOT)} imports {sorted(taken - PACKAGES[package])}"


@pytest.mark.parametrize("module", INNER)
def test_the_indexer_flows_one_way(module: str) -> None:
    folder, file = ROOT / "indexer" / module, ROOT / "indexer" / f"{module}.py"
    for path in sorted(folder.glob("*.py")) if folder.is_dir() else [file]:
        parts = (name.split(".") for name in imports_of(path))
        taken = {part[1] for part in parts if part[0] == "indexer" and len(part) > 1 and is_module(part[1])}
        assert taken <= INNER[module], f"{path.relative_to(ROOT)} imports {sorted(taken - INNER[module])}"


def is_module(name: str) -> bool:
    return (ROOT / "indexer" / f"{name}.py").exists() or (ROOT / "indexer" / name).is_dir()


def test_every_module_of_the_indexer_has_its_rule() -> None:
    found = {path.stem for path in (ROOT / "indexer").glob("*.py")} - {"__init__", "__main__"}
    assert found | {"commands", "decoders", "doctor", "events", "projections", "reconcile"} == set(INNER)


def test_whatever_decodes_is_in_the_fingerprint() -> None:
    """A decoder once could change, and a version of the projections would have gone on with other rows."""
    found, wanted = set[str](), {"decode"}
    while wanted - found:
        module = (wanted - found).pop()
        found.add(module)
        wanted |= INNER[module]
    assert {file.name.removesuffix(".py") for file in decoding()} >= found - {"decoders", "events"}
    for room in ("decoders", "events"):
        assert {path.name for path in (ROOT / "indexer" / room).glob("*.py")} <= {file.name for file in decoding()}


def test_projections_do_not_import_each_other() -> None:
    for path in (ROOT / "indexer" / "projections").glob("*.py"):
        if path.stem not in ("__init__", "history"):
            taken = {name for name in imports_of(path) if name.startswith("indexer.projections.")}
            others = {name for name in taken if not name.startswith("indexer.projections.history")}
            assert not others, f"{path.name} imports {sorted(others)}"


def test_the_api_takes_values_and_selects_of_the_indexer_only() -> None:
    for path in sources("api"):
        parts = (name.split(".") for name in imports_of(path))
        taken = {part[1] for part in parts if part[0] == "indexer" and len(part) > 1 and is_module(part[1])}
        assert taken <= API_TAKES, f"{path.relative_to(ROOT)} imports {sorted(taken - API_TAKES)}"


def test_the_scripts_take_words_and_the_manifest_only() -> None:
    """A deployer's machine needs neither the API's server nor the indexer's database."""
    for path in sources("scripts"):
        modules = {".".join(name.split(".")[:2]) for name in imports_of(path)}
        taken = {name for name in modules if name.split(".")[0] in ("api", "indexer") and "." in name}
        assert taken <= SCRIPTS_TAKE, f"{path.relative_to(ROOT)} imports {sorted(taken - SCRIPTS_TAKE)}"


@pytest.mark.parametrize("file", NO_INPUT_OUTPUT)
def test_the_core_does_no_input_or_output(file: str) -> None:
    taken = {name.split(".")[0] for name in imports_of(ROOT / file)}
    assert not taken & set(DOES_INPUT_OUTPUT)
