"""The contracts of the connected chain, as web3 speaks to them, found by the manifest."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from requests import RequestException
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import Web3Exception

from scripts._manifest import ROOT, Manifest, read_manifest

# What a node's answer may raise: it refuses, it is away, or it says what nobody can read.
NODE_TROUBLE = (Web3Exception, RequestException, ValueError)

ABI = ROOT / "contracts" / "abi"

# The names in the manifest, and the sources. Any ERC-20 does as the stablecoin.
SOURCES = {
    "stablecoin": "TestDollar",
    "settlement_vault": "SettlementVault",
    "fraction_token": "FractionToken",
    "marketplace": "Marketplace",
    "primary_offering": "PrimaryOffering",
    "investor_registry": "InvestorRegistry",
    "treasury": "Treasury",
    "lens": "Lens",
}
# Short names, for people.
SHORT = {
    "dollar": "stablecoin",
    "vault": "settlement_vault",
    "token": "fraction_token",
    "market": "marketplace",
    "offering": "primary_offering",
    "registry": "investor_registry",
    "treasury": "treasury",
    "lens": "lens",
}
SPOKEN = {name: short for short, name in SHORT.items()}
ROLES = {
    "settlement_vault": ("DEFAULT_ADMIN_ROLE", "PAUSER"),
    "fraction_token": ("DEFAULT_ADMIN_ROLE", "LISTER"),
    "marketplace": ("DEFAULT_ADMIN_ROLE", "LISTER", "PAUSER", "FEE"),
    "primary_offering": ("DEFAULT_ADMIN_ROLE", "PAUSER"),
    "investor_registry": ("DEFAULT_ADMIN_ROLE",),
    "treasury": ("DEFAULT_ADMIN_ROLE", "OPERATOR"),
}


@dataclass(frozen=True)
class Contracts:
    """What the manifest names, on the chain that it names."""

    web3: Web3
    path: Path
    manifest: Manifest

    def named(self, name: str) -> Contract:
        """By its name in the manifest."""
        address = getattr(self.manifest.contracts, name).address
        return self.web3.eth.contract(address=Web3.to_checksum_address(address), abi=abi_of(name))

    @cached_property
    def dollar(self) -> Contract:
        return self.named("stablecoin")

    @cached_property
    def vault(self) -> Contract:
        return self.named("settlement_vault")

    @cached_property
    def token(self) -> Contract:
        return self.named("fraction_token")

    @cached_property
    def market(self) -> Contract:
        return self.named("marketplace")

    @cached_property
    def lens(self) -> Contract:
        return self.named("lens")

    @cached_property
    def offering(self) -> Contract:
        return self.named("primary_offering")

    @cached_property
    def registry(self) -> Contract:
        return self.named("investor_registry")

    @cached_property
    def treasury(self) -> Contract:
        return self.named("treasury")

    @property
    def decimals(self) -> int:
        return self.manifest.contracts.stablecoin.decimals

    @property
    def symbol(self) -> str:
        return self.manifest.contracts.stablecoin.symbol


def find_contracts(web3: Web3, path: Path) -> Contracts:
    """Raises ClickException where the manifest is missing, unreadable, or of another chain."""
    manifest = read_manifest(path)
    if web3.eth.chain_id != manifest.chain_id:
        raise click.ClickException(
            f"{path} is for chain {manifest.chain_id}, and the node is on chain {web3.eth.chain_id}: "
            "name another node with --network, or another manifest with --manifest"
        )
    for name in SOURCES:
        address = getattr(manifest.contracts, name).address
        if not web3.eth.get_code(Web3.to_checksum_address(address)):
            raise click.ClickException(f"there is no code at {address}, where {path} has the {SPOKEN[name]}")
    return Contracts(web3, path, manifest)


def abi_of(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((ABI / f"{SOURCES[name]}.json").read_text())
    return entries


def full_name(text: str) -> str:
    """A contract's name in the manifest, from that or from the short one. Raises BadParameter."""
    name = SHORT.get(text, text)
    if name not in ROLES:
        raise click.BadParameter(f"{text!r} is no contract of ours; there are {', '.join(SPOKEN[n] for n in ROLES)}")
    return name
