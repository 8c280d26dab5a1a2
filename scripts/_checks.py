"""What verify looks at: the chain, the code, the wiring, the parameters and the roles, each against the manifest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import click
from eth_utils.crypto import keccak
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import TransactionNotFound

from scripts._contracts import NODE_TROUBLE, SOURCES, SPOKEN, Contracts
from scripts._plan import ORDER, Parameters, constructor_arguments
from scripts._roles import Holders, holders_on
from scripts._sources import COMPILER, compiled, runtime_code

# By contract: its getters of immutables, and the contract whose address each must give.
WIRING = {
    "settlement_vault": {
        "stablecoin": "stablecoin",
        "fraction_token": "fraction_token",
        "primary_offering": "primary_offering",
        "marketplace": "marketplace",
    },
    "fraction_token": {
        "settlement_vault": "settlement_vault",
        "primary_offering": "primary_offering",
        "investor_registry": "investor_registry",
        "marketplace": "marketplace",
    },
    "marketplace": {
        "settlement_vault": "settlement_vault",
        "fraction_token": "fraction_token",
        "investor_registry": "investor_registry",
    },
    "primary_offering": {
        "settlement_vault": "settlement_vault",
        "fraction_token": "fraction_token",
        "investor_registry": "investor_registry",
    },
    "treasury": {"settlement_vault": "settlement_vault"},
    "lens": {"marketplace": "marketplace", "investor_registry": "investor_registry"},
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, in words. difference: what is wrong, None where nothing is."""

    title: str
    difference: str | None


def all_checks(contracts: Contracts, expected: Holders) -> Iterator[Check]:
    """Everything, in an order in which an early difference explains the later ones. Raises where the node fails."""
    yield from chain_checks(contracts)
    for name in SOURCES:
        yield from code_checks(contracts, name)
    yield from wiring_checks(contracts)
    yield from parameter_checks(contracts)
    yield from role_checks(contracts, expected)


def chain_checks(contracts: Contracts) -> Iterator[Check]:
    web3, manifest = contracts.web3, contracts.manifest
    yield compared("chain id", web3.eth.chain_id, manifest.chain_id)
    yield compared("genesis block", Web3.to_hex(web3.eth.get_block(0)["hash"]), manifest.genesis_hash)
    yield compared("compiler", COMPILER, manifest.compiler, "here")
    known = [getattr(manifest.contracts, name).block_number for name in ORDER]
    first = min((number for number in known if number is not None), default=None)
    yield compared("first block, that of the first contract", first, manifest.first_block, "in the contracts' entries")


def code_checks(contracts: Contracts, name: str) -> Iterator[Check]:
    entry = getattr(contracts.manifest.contracts, name)
    short, address = SPOKEN[name], Web3.to_checksum_address(entry.address)
    code = bytes(contracts.web3.eth.get_code(address))
    yield compared(f"{short}: hash of the code at {address}", Web3.to_hex(keccak(code)), entry.code_hash)
    if name in ORDER:
        yield Check(f"{short}: code as {SOURCES[name]}.vy compiles here", code_difference(contracts, name, code))
    if name in ORDER or entry.transaction_hash is not None:
        yield Check(f"{short}: transaction that created it", creation_difference(contracts, entry))


def code_difference(contracts: Contracts, name: str, code: bytes) -> str | None:
    manifest = contracts.manifest
    at = {other: getattr(manifest.contracts, other).address for other in SOURCES}
    decided = manifest.parameters
    parameters = Parameters(manifest.admin, decided.rent_notice, int(decided.daily_limit), decided.fee_receiver)
    arguments = tuple(constructor_arguments(at, parameters)[name].values())
    expected = runtime_code(contracts.web3, name, at[name], arguments)
    if code == expected:
        return None
    if expected is None:
        return "the constructor refuses what the manifest says"
    if code[: len(compiled(name).runtime)] == compiled(name).runtime:
        return "the code is the source's, with other immutables than the manifest says"
    return f"it is another program than the source here, compiled with {COMPILER}"


def creation_difference(contracts: Contracts, entry: Any) -> str | None:
    if entry.transaction_hash is None:
        return "the manifest names none"
    try:
        receipt = contracts.web3.eth.get_transaction_receipt(entry.transaction_hash)
    except TransactionNotFound:
        return f"this node does not know {entry.transaction_hash}; one that keeps all transactions would"
    found = (receipt["contractAddress"], receipt["blockNumber"])
    named = (Web3.to_checksum_address(entry.address), entry.block_number)
    return None if found == named else f"it created {found[0]} in block {found[1]}, the manifest says block {named[1]}"


def wiring_checks(contracts: Contracts) -> Iterator[Check]:
    for name, getters in WIRING.items():
        for getter, other in getters.items():
            wanted = getattr(contracts.manifest.contracts, other).address
            answer = answer_of(contracts.named(name), getter)
            yield compared(f"{SPOKEN[name]}: its {getter}", answer, Web3.to_checksum_address(wanted))


def parameter_checks(contracts: Contracts) -> Iterator[Check]:
    manifest, coin = contracts.manifest, contracts.manifest.contracts.stablecoin
    notice, limit = manifest.parameters.rent_notice, int(manifest.parameters.daily_limit)
    yield compared("token: rent_notice in seconds", answer_of(contracts.token, "rent_notice"), notice)
    yield compared("treasury: daily_limit in base units", answer_of(contracts.treasury, "daily_limit"), limit)
    receiver = Web3.to_checksum_address(manifest.parameters.fee_receiver)
    yield compared("market: fee_receiver", answer_of(contracts.market, "fee_receiver"), receiver)
    yield compared("dollar: symbol", answer_of(contracts.dollar, "symbol"), coin.symbol)
    yield compared("dollar: decimals", answer_of(contracts.dollar, "decimals"), coin.decimals)


def role_checks(contracts: Contracts, expected: Holders) -> Iterator[Check]:
    found = holders_on(contracts.web3, contracts.manifest)
    for contract, role in sorted(expected.keys() | found.keys(), key=lambda key: (list(SOURCES).index(key[0]), key[1])):
        has, shall = found.get((contract, role), set()), expected.get((contract, role), set())
        too_many = [f"{wallet} holds it and is not expected to" for wallet in sorted(has - shall)]
        missing = [f"{wallet} is expected to hold it and does not" for wallet in sorted(shall - has)]
        named = ", ".join(sorted(shall)) or "nobody"
        yield Check(f"{SPOKEN[contract]}: {role} held by {named}", "; ".join(too_many + missing) or None)


def compared(title: str, found: Any, wanted: Any, where: str = "on the chain") -> Check:
    same = found == wanted
    return Check(f"{title}: {wanted}", None if same else f"{where} it is {found}")


def answer_of(contract: Contract, getter: str) -> Any:
    """What a getter says; the trouble in words where it says nothing that can be read."""
    asked: Callable[[], Any] = contract.functions[getter]().call
    try:
        return asked()
    except NODE_TROUBLE as error:
        return f"no readable answer ({error})"


def report(checks: Iterator[Check]) -> list[Check]:
    """Print each check as it is made; those that differ are returned."""
    differing = []
    for check in checks:
        if check.difference is None:
            click.echo(f"ok       {check.title}")
        else:
            differing.append(check)
            click.echo(f"DIFFERS  {check.title}: {check.difference}")
    return differing
