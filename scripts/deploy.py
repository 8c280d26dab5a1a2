"""ape run deploy: put the contracts on a chain and write down where they are.

A dry run unless told otherwise by --execute. The manifest that it writes, deployments/<chain id>.json,
is what the indexer, the API and the page check themselves against when they start.
"""

import json
from pathlib import Path
from typing import Any

import click
from ape import accounts, chain, project
from ape.api import AccountAPI
from ape.cli import ConnectedProviderCommand
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

ROOT = Path(__file__).resolve().parent.parent
NOBODY = "0x0000000000000000000000000000000000000000"
COMPILER = "vyper 0.4.3"


@click.command(cls=ConnectedProviderCommand)
@click.option("--account", "alias", help="An ape account; where none is named, the first test account.")
@click.option("--stablecoin", help="The ERC-20 that the vault keeps, for ever.")
@click.option("--test-dollar", is_flag=True, help="Deploy a dollar that anyone may mint. For local chains.")
@click.option("--admin", help="Holder of the ADMIN role, a timelock perhaps; where none is named, the deployer.")
@click.option("--manifest", type=click.Path(path_type=Path), help="Where to write; deployments/<chain id>.json.")
@click.option("--execute", is_flag=True, help="Send the transactions. Without it nothing is sent.")
def cli(
    alias: str | None,
    stablecoin: str | None,
    test_dollar: bool,
    admin: str | None,
    manifest: Path | None,
    execute: bool,
) -> None:
    """Deploy SettlementVault and FractionToken."""
    if bool(stablecoin) == test_dollar:
        raise click.UsageError("name the vault's token with --stablecoin ADDRESS, or say --test-dollar")
    if stablecoin and not chain.provider.get_code(stablecoin):
        raise click.UsageError(f"--stablecoin {stablecoin} has no code on chain {chain.chain_id}")
    deployer = accounts.load(alias) if alias else accounts.test_accounts[0]
    admin = to_checksum_address(admin or deployer.address)
    manifest = manifest or ROOT / "deployments" / f"{chain.chain_id}.json"
    click.echo(f"chain {chain.chain_id}: deployer {deployer.address}, admin {admin}, manifest {manifest}")
    if not execute:
        click.echo("This was a dry run: nothing was sent. Say --execute to deploy.")
        return
    contracts = deploy(deployer, stablecoin, admin)
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps(manifest_of(contracts, admin), indent=2) + "\n")
    click.echo(f"wrote {manifest}")


def deploy(deployer: AccountAPI, stablecoin: str | None, admin: str) -> dict[str, Any]:
    """Contract instances by their names in the manifest."""
    # ape keeps what it compiled until a contract's own file changes; a change in a module would go unseen.
    project.load_contracts(use_cache=False)
    contracts: dict[str, Any] = {}
    if stablecoin:
        contracts["stablecoin"] = project.TestDollar.at(stablecoin)
    else:
        contracts["stablecoin"] = deployer.deploy(project.TestDollar)
    contracts["settlement_vault"] = deployer.deploy(project.SettlementVault, contracts["stablecoin"].address, admin)
    contracts["fraction_token"] = deployer.deploy(project.FractionToken, NOBODY, admin)
    return contracts


def manifest_of(contracts: dict[str, Any], admin: str) -> dict[str, Any]:
    stablecoin = contracts["stablecoin"]
    described = {name: description_of(contract) for name, contract in contracts.items()}
    described["stablecoin"] |= {"symbol": stablecoin.symbol(), "decimals": stablecoin.decimals()}
    deployed = [entry["block_number"] for entry in described.values() if "block_number" in entry]
    return {
        "chain_id": chain.chain_id,
        "genesis_hash": "0x" + bytes(chain.blocks[0].hash).hex(),
        "first_block": min(deployed),
        "compiler": COMPILER,
        "admin": admin,
        "contracts": described,
    }


def description_of(contract: Any) -> dict[str, Any]:
    """Address and hash of the runtime code; block and transaction where it was deployed just now."""
    code = bytes(chain.provider.get_code(contract.address))
    entry: dict[str, Any] = {"address": contract.address, "code_hash": "0x" + keccak(code).hex()}
    created = contract.creation_metadata
    if created is not None:
        entry |= {"block_number": created.block, "transaction_hash": created.txn_hash}
    return entry
