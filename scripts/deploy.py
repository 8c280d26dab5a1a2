"""ape run deploy: put the contracts on a chain, verify them, and write down where they are.

A dry run unless told otherwise by --execute. The manifest that it writes, deployments/<chain id>.json,
is what the indexer, the API and the page check themselves against when they start.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from ape.cli import ConnectedProviderCommand
from eth_typing import HexStr
from eth_utils.crypto import keccak
from web3 import Web3
from web3.types import Nonce, StateOverride, TxReceipt

from indexer.deployment import Contract, Contracts, Stablecoin
from indexer.deployment import Parameters as Decided
from scripts import _contracts
from scripts._calls import Call, NotSent, Sender, load_account
from scripts._checks import all_checks, report
from scripts._desk import account_option, connected_web3, yes_option
from scripts._manifest import Manifest, place_of, write_manifest
from scripts._plan import Creation, Parameters, created_by, plan
from scripts._quantities import ADDRESS, base_units, in_ether, in_units
from scripts._roles import holders_expected
from scripts._sources import COMPILER

__all__ = ["cli", "created_by"]

TEST_SYMBOL, TEST_DECIMALS = "TUSD", 6
MAX_DECIMALS = 18
MAX_NOTICE_SECONDS = 366 * 86_400
A_WEEK_SECONDS = 7 * 86_400
ANY_CODE = HexStr("0x00")


@dataclass(frozen=True)
class Coin:
    """The stablecoin: its address, None while it is yet to be created."""

    address: str | None
    symbol: str
    decimals: int


@click.command(cls=ConnectedProviderCommand)
@account_option
@click.option("--stablecoin", type=ADDRESS, help="The ERC-20 that the vault keeps, for ever.")
@click.option("--test-dollar", is_flag=True, help="Create a dollar that anyone may mint. For tests.")
@click.option("--admin", type=ADDRESS, help="Holder of the ADMIN role, a timelock perhaps; else the deployer.")
@click.option(
    "--rent-notice",
    type=click.IntRange(0, MAX_NOTICE_SECONDS),
    default=A_WEEK_SECONDS,
    show_default=True,
    help="Seconds from declaring rent to releasing it, for ever.",
)
@click.option("--fee-receiver", type=ADDRESS, help="Who gets the marketplace's fees, at first; else the admin.")
@click.option("--daily-limit", default="100000", show_default=True, help="Whole units that the treasury pays a day.")
@click.option("--manifest", type=click.Path(path_type=Path), help="Where to write; deployments/<chain id>.json.")
@click.option("--replace", is_flag=True, help="Overwrite a manifest that is there.")
@click.option("--execute", is_flag=True, help="Send the transactions. Without it nothing is sent.")
@yes_option
def cli(
    alias: str | None,
    stablecoin: str | None,
    test_dollar: bool,
    admin: str | None,
    rent_notice: int,
    fee_receiver: str | None,
    daily_limit: str,
    manifest: Path | None,
    replace: bool,
    execute: bool,
    yes: bool,
) -> None:
    """Deploy the contracts."""
    if bool(stablecoin) == test_dollar:
        raise click.UsageError("name the vault's token with --stablecoin ADDRESS, or say --test-dollar")
    web3 = connected_web3()
    path = place_of(manifest, web3.eth.chain_id)
    if path.exists() and not replace:
        raise click.UsageError(f"{path} is there already: say --replace to overwrite it, or name another --manifest")
    coin = coin_at(web3, stablecoin)
    sender = Sender(load_account(alias, web3), web3, asks=not yes)
    limit = base_units(daily_limit, coin.decimals, "--daily-limit")
    holder = admin or sender.address
    parameters = Parameters(holder, rent_notice, limit, fee_receiver or holder)
    nonce = web3.eth.get_transaction_count(Web3.to_checksum_address(sender.address))
    creations = plan(sender.address, nonce, coin.address, parameters)
    cost = shown(sender, creations, coin, parameters, path)
    if not execute:
        click.echo("This was a dry run: nothing was sent. Say --execute to deploy.")
        return
    sender.agree(cost)
    receipts: list[tuple[Creation, TxReceipt]] = []
    try:
        create(sender, creations, receipts)
        write_verified(web3, path, manifest_of(web3, coin, parameters, receipts))
    except BaseException:
        left = "".join(f"\n  {done.name} at {done.address}" for done, _ in receipts)
        click.echo(f"Nothing was written. Left behind on the chain, of no use:{left or ' nothing'}", err=True)
        click.echo("Mend the cause and run the same command again: it starts from the beginning.", err=True)
        raise
    click.echo(f"wrote {path}")


def coin_at(web3: Web3, address: str | None) -> Coin:
    """Raises UsageError where there is no ERC-20 with a usable number of decimals."""
    if address is None:
        return Coin(None, TEST_SYMBOL, TEST_DECIMALS)
    place = Web3.to_checksum_address(address)
    if not web3.eth.get_code(place):
        raise click.UsageError(f"--stablecoin {address} has no code on chain {web3.eth.chain_id}")
    contract = web3.eth.contract(address=place, abi=_contracts.abi_of("stablecoin"))
    try:
        symbol, decimals = contract.functions.symbol().call(), contract.functions.decimals().call()
        contract.functions.balanceOf(place).call()
    except _contracts.NODE_TROUBLE as error:
        raise click.UsageError(f"--stablecoin {address} does not answer as an ERC-20 with decimals: {error}") from error
    if decimals > MAX_DECIMALS:
        raise click.UsageError(f"--stablecoin {address} has {decimals} decimals, and {MAX_DECIMALS} are the most")
    return Coin(address, symbol, decimals)


def shown(sender: Sender, creations: list[Creation], coin: Coin, parameters: Parameters, path: Path) -> str:
    """Say in words what will be done, and what it costs. Raises ClickException where the balance is too small."""
    web3 = sender.web3
    balance = web3.eth.get_balance(Web3.to_checksum_address(sender.address))
    kind = "a contract" if web3.eth.get_code(Web3.to_checksum_address(parameters.admin)) else "a wallet without code"
    dollar = (
        f"{coin.symbol} at {coin.address}" if coin.address else "a test dollar, which anyone can mint: for tests only"
    )
    click.echo(f"chain       {web3.eth.chain_id}, block {web3.eth.block_number}")
    click.echo(f"deployer    {sender.address}, which has {in_ether(balance)} and keeps no role unless it is the admin")
    click.echo(f"admin       {parameters.admin}, {kind}")
    click.echo(f"stablecoin  {dollar}, {coin.decimals} decimals")
    click.echo(f"rent        released {parameters.rent_notice:,} seconds after it is declared, or later")
    click.echo(
        f"treasury    pays at most {in_units(parameters.daily_limit, coin.decimals, coin.symbol)} a day, at first"
    )
    click.echo(
        f"fees        of the marketplace go to {parameters.fee_receiver}, at first; a book is created with its rates"
    )
    click.echo(f"manifest    {path}")
    click.echo("will")
    gas = 0
    for creation in creations:
        used = gas_of(sender, creation)
        gas += used
        click.echo(f"  {creation.sentence}\n      about {used:,} gas")
    cost = f"{len(creations)} transactions, {sender.cost_text(gas)}"
    click.echo(f"in all      {cost}")
    sender.require_balance(gas)
    return cost


def gas_of(sender: Sender, creation: Creation) -> int:
    """The vault asks for code at its stablecoin's address, where a test dollar may be yet to come."""
    coin = creation.arguments.get("stablecoin")
    if coin is None or sender.web3.eth.get_code(coin):
        return sender.estimate(call_of(creation))
    deployer = Web3.to_checksum_address(sender.address)
    state: StateOverride = {coin: {"code": ANY_CODE}, deployer: {"nonce": Nonce(creation.nonce)}}
    return sender.estimate(call_of(creation), state)


def call_of(creation: Creation) -> Call:
    sentence = f"Create {creation.name} at {creation.address}."
    return Call(sentence, None, Web3.to_hex(creation.code), creation.nonce)


def create(sender: Sender, creations: list[Creation], receipts: list[tuple[Creation, TxReceipt]]) -> None:
    """Create one after the other, each at its address; `receipts` says how far it came. Raises NotSent."""
    for creation in creations:
        click.echo(f"  creating {creation.name} at {creation.address}")
        require_nonce(sender, creation)
        try:
            receipt = sender.send(call_of(creation))
        except NotSent as failure:
            if failure.refused:
                require_nonce(sender, creation)
            raise
        receipts.append((creation, receipt))
        if receipt["contractAddress"] != creation.address:
            raise NotSent(f"{creation.name} came to {receipt['contractAddress']}, and not to {creation.address}")


def require_nonce(sender: Sender, creation: Creation) -> None:
    """Raises NotSent where somebody else used the deployer's account."""
    if sender.web3.eth.get_transaction_count(Web3.to_checksum_address(sender.address), "pending") != creation.nonce:
        raise NotSent(
            f"{creation.name} was to be created with nonce {creation.nonce}, which another transaction of the "
            "deployer took, so that it would come to another address than the others know. Let nobody else use "
            "this account meanwhile"
        )


def manifest_of(web3: Web3, coin: Coin, parameters: Parameters, receipts: list[tuple[Creation, TxReceipt]]) -> Manifest:
    entries: dict[str, Any] = {
        creation.name: entry_of(web3, creation.address, receipt) for creation, receipt in receipts
    }
    if coin.address:
        entries["stablecoin"] = entry_of(web3, coin.address, None)
    stablecoin = Stablecoin(**entries.pop("stablecoin"), symbol=coin.symbol, decimals=coin.decimals)
    blocks = [entry["block_number"] for entry in entries.values()]
    return Manifest(
        chain_id=web3.eth.chain_id,
        genesis_hash=Web3.to_hex(web3.eth.get_block(0)["hash"]),
        first_block=min(blocks),
        compiler=COMPILER,
        admin=parameters.admin,
        contracts=Contracts(stablecoin=stablecoin, **{name: Contract(**entry) for name, entry in entries.items()}),
        parameters=Decided(parameters.rent_notice, str(parameters.daily_limit), parameters.fee_receiver),
    )


def entry_of(web3: Web3, address: str, receipt: TxReceipt | None) -> dict[str, Any]:
    """Address and hash of the runtime code; block and transaction where it was created just now."""
    code = bytes(web3.eth.get_code(Web3.to_checksum_address(address)))
    entry: dict[str, Any] = {"address": address, "code_hash": Web3.to_hex(keccak(code))}
    if receipt is not None:
        entry |= {"block_number": receipt["blockNumber"], "transaction_hash": Web3.to_hex(receipt["transactionHash"])}
    return entry


def write_verified(web3: Web3, path: Path, manifest: Manifest) -> None:
    """Raises ClickException, and writes nothing, where the chain has anything else than was meant."""
    click.echo("verifying")
    found = _contracts.Contracts(web3, path, manifest)
    if report(all_checks(found, holders_expected(manifest, []))):
        raise click.ClickException("the chain does not have what was deployed")
    write_manifest(path, manifest)
