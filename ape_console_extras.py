"""What `ape console` has at hand on a chain with a manifest: token, vault, market, offering and the others."""

import json
import os
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent
ABI = ROOT / "contracts" / "abi"
# By the name in the console: the name in the manifest, and the source.
CONTRACTS = {
    "token": ("fraction_token", "FractionToken"),
    "vault": ("settlement_vault", "SettlementVault"),
    "market": ("marketplace", "Marketplace"),
    "offering": ("primary_offering", "PrimaryOffering"),
    "registry": ("investor_registry", "InvestorRegistry"),
    "treasury": ("treasury", "Treasury"),
    "lens": ("lens", "Lens"),
    "dollar": ("stablecoin", "TestDollar"),
}


def ape_init_extras(chain: Any) -> dict[str, Any]:
    """Called by ape once it is connected. FREEHOLD_MANIFEST names another file than deployments/<chain id>.json."""
    path = Path(os.environ.get("FREEHOLD_MANIFEST") or ROOT / "deployments" / f"{chain.chain_id}.json")
    try:
        manifest = json.loads(path.read_text())
    except OSError:
        click.echo(f"No contracts at hand: there is no manifest at {path}. FREEHOLD_MANIFEST may name another.")
        return {}
    if manifest["chain_id"] != chain.chain_id:
        click.echo(f"No contracts at hand: {path} is for chain {manifest['chain_id']}, this is {chain.chain_id}.")
        return {}
    found = {name: contract_at(chain, manifest["contracts"][key], source) for name, (key, source) in CONTRACTS.items()}
    click.echo(f"At hand from {path}: {', '.join(found)}.")
    return found


def contract_at(chain: Any, entry: dict[str, Any], source: str) -> Any:
    """An ape contract with the ABI of this checkout, errors included; nothing is compiled or fetched."""
    return chain.contracts.instance_at(
        entry["address"],
        abi=json.loads((ABI / f"{source}.json").read_text()),
        fetch_from_explorer=False,
        fetch_from_disk=False,
        detect_proxy=False,
    )
