"""Write contracts/abi and contracts/layout.json: what the Python and the page read of the contracts.

The layout says in which slot each variable of a contract lies, for those who prove what stands there.

Vyper 0.4.3 knows no custom errors, so its ABI leaves them out. Each source declares the errors that
it raises in a block of comment lines headed `# Errors:`; here they are collected through the imports.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
LAYOUT = CONTRACTS / "layout.json"
EXPORTED = (
    "SettlementVault",
    "FractionToken",
    "Marketplace",
    "PrimaryOffering",
    "InvestorRegistry",
    "Treasury",
    "Lens",
    "testing/TestDollar",
)

ERROR_BLOCK = re.compile(r"^# Errors:\n((?:#   .*\n)+)", re.MULTILINE)
ERROR_LINE = re.compile(r"#   (\w+)\((.*)\)\n")
RAISED = re.compile(r'method_id\("([A-Z]\w*\([^"]*\))"\)')
IMPORT = re.compile(r"^from contracts\.modules import (\w+)$", re.MULTILINE)


def main() -> None:
    for contract in EXPORTED:
        path = CONTRACTS / "abi" / f"{Path(contract).name}.json"
        path.write_text(abi_text(contract))
        print(f"wrote {path.relative_to(ROOT)}")
    LAYOUT.write_text(layout_text())
    print(f"wrote {LAYOUT.relative_to(ROOT)}")


def layout_text() -> str:
    """Contract to variable to slot, as a JSON object; a variable is named `module.variable`, or alone if it is the
    contract's own."""
    layouts = {contract: layout_of(contract) for contract in EXPORTED if "/" not in contract}
    lines = [f'"{contract}": {json.dumps(layout)}' for contract, layout in layouts.items() if layout]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def layout_of(contract: str) -> dict[str, int]:
    """The storage of a contract as the compiler lays it out. A module is a mapping of its variables."""
    found = {}
    for name, entry in json.loads(compiled("layout", contract)).get("storage_layout", {}).items():
        variables = {name: entry} if "slot" in entry else {f"{name}.{inner}": each for inner, each in entry.items()}
        found.update({variable: int(each["slot"]) for variable, each in variables.items()})
    return found


def compiled(form: str, contract: str) -> str:
    """What the compiler says of a contract. form: as of its option -f."""
    vyper = Path(sys.executable).parent / "vyper"
    command = [str(vyper), "-f", form, str(CONTRACTS / f"{contract}.vy")]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def abi_text(contract: str) -> str:
    """The ABI of a contract as a JSON array: what the compiler says, then its custom errors."""
    entries = json.loads(compiled("abi", contract)) + declared_errors(CONTRACTS / f"{contract}.vy")
    return "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n"


def declared_errors(source: Path) -> list[dict[str, Any]]:
    """ABI entries of every error that a source and its modules declare.

    Raises ValueError where one raises an error that none declares, or declares one that it never raises.
    """
    texts = [path.read_text() for path in sources_of(source)]
    errors = [error for text in texts for block in ERROR_BLOCK.findall(text) for error in ERROR_LINE.findall(block)]
    entries = [{"type": "error", "name": name, "inputs": inputs_of(arguments)} for name, arguments in errors]
    declared = {signature_of(entry) for entry in entries}
    raised = {signature for text in texts for signature in RAISED.findall(text)}
    if declared != raised:
        raise ValueError(f"{source.name}: declared and raised errors differ: {sorted(declared ^ raised)}")
    return sorted(entries, key=lambda entry: str(entry["name"]))


def sources_of(source: Path) -> list[Path]:
    found = [source]
    for path in found:
        modules = (CONTRACTS / "modules" / f"{name}.vy" for name in IMPORT.findall(path.read_text()))
        found += [module for module in modules if module not in found]
    return found


def inputs_of(arguments: str) -> list[dict[str, str]]:
    pairs = [argument.split() for argument in arguments.split(", ") if argument]
    return [{"name": name, "type": type_name} for type_name, name in pairs]


def signature_of(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"


if __name__ == "__main__":
    main()
