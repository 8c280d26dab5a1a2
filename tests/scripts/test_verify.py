"""verify: what differs is named, and nothing that differs goes through."""

import pytest
from eth_utils.crypto import keccak
from web3 import Web3

from scripts._sources import compiled
from tests.scripts.ape_runner import Ran
from tests.scripts.conftest import DEPLOYER, Town

pytestmark = pytest.mark.slow


def differs(ran: Ran, *titles: str) -> None:
    """It fails, and names these differences and no other."""
    said = ran.fails(f"{len(titles)} difference")
    lines = [line for line in said.splitlines() if line.startswith("DIFFERS")]
    assert len(lines) == len(titles), said
    for line, title in zip(lines, titles, strict=True):
        assert title in line, f"{title!r} is not in {line!r}"


def code_of(town: Town, name: str) -> tuple[str, bytes]:
    address = Web3.to_checksum_address(getattr(town.contracts.manifest.contracts, name).address)
    return address, bytes(town.web3.eth.get_code(address))


def put_code(town: Town, name: str, code: bytes) -> None:
    town.chain.call("anvil_setCode", code_of(town, name)[0], "0x" + code.hex())


def test_a_changed_parameter_is_named(town: Town) -> None:
    treasury = town.contracts.treasury
    town.send(treasury.functions.set_daily_limit(5_000_000), town.accounts[DEPLOYER])
    differs(town.ape("verify"), "treasury: daily_limit in base units: 100000000000: on the chain it is 5000000")
    town.ape("treasury", "limit", "5", "--record", who=DEPLOYER).succeeds("The limit is 5.00 TUSD already")
    town.ape("verify").succeeds()


def test_another_fee_receiver_is_named_and_can_be_recorded(town: Town) -> None:
    market, admin, wallet = town.contracts.market, town.accounts[DEPLOYER], town.accounts[6]
    town.send(market.functions.grantRole(keccak(text="FEE"), admin), admin)
    town.send(market.functions.set_fee_receiver(wallet), admin)
    fee = ("--expect", f"market:FEE={admin}")
    differs(town.ape("verify", *fee), f"market: fee_receiver: {admin}: on the chain it is {wallet}")
    town.ape("market", "receiver", wallet, "--record", who=DEPLOYER).succeeds("already", "says so")
    town.ape("verify", *fee).succeeds()


def test_an_extra_role_is_named_unless_it_is_expected(town: Town) -> None:
    vault, admin, stranger = town.contracts.vault, town.accounts[DEPLOYER], town.accounts[6]
    town.send(vault.functions.grantRole(vault.functions.PAUSER().call(), stranger), admin)
    differs(town.ape("verify"), f"vault: PAUSER held by nobody: {stranger} holds it and is not expected to")
    town.ape("verify", "--expect", f"vault:PAUSER={stranger}").succeeds()
    differs(
        town.ape("verify", "--expect", f"PAUSER={stranger}"),
        f"market: PAUSER held by {stranger}: {stranger} is expected to hold it and does not",
        f"offering: PAUSER held by {stranger}: {stranger} is expected to hold it and does not",
    )
    town.send(vault.functions.revokeRole(vault.functions.PAUSER().call(), stranger), admin)
    town.ape("verify").succeeds()


def test_a_role_that_the_contracts_do_not_know_is_named_too(town: Town) -> None:
    registry = town.contracts.registry
    town.send(registry.functions.grantRole(keccak(text="JOKER"), town.accounts[6]), town.accounts[DEPLOYER])
    differs(town.ape("verify"), f"registry: 0x{keccak(text='JOKER').hex()} held by nobody")


def test_another_admin_is_named_and_can_be_recorded(town: Town) -> None:
    old, new = town.accounts[DEPLOYER], town.accounts[7]
    grant = ("roles", "grant", "token", "ADMIN", new, "--yes", "--record")
    town.ape(*grant, who=DEPLOYER).succeeds("grants and revokes every role of that contract")
    town.ape("verify").succeeds()
    town.ape("roles", "revoke", "token", "ADMIN", old, "--yes", who=7).succeeds()
    differs(town.ape("verify"), f"{old} is expected to hold it and does not")
    town.ape("roles", "revoke", "token", "ADMIN", old, "--yes", "--record", who=7).succeeds("does not hold")
    town.ape("verify").succeeds()
    town.ape("roles", "revoke", "token", "ADMIN", new, typed="n\n", who=7).fails("nobody could ever grant a role")


def test_another_program_is_named_even_with_a_doctored_manifest(town: Town) -> None:
    _, code = code_of(town, "investor_registry")
    other = code.replace(bytes.fromhex("a217fddf"), bytes.fromhex("a217fdde"))
    assert other != code
    put_code(town, "investor_registry", other)
    differs(town.ape("verify"), "registry: hash of the code", "registry: code as InvestorRegistry.vy compiles here")
    town.rewrite(contracts__investor_registry__code_hash="0x" + keccak(other).hex())
    differs(town.ape("verify"), "it is another program than the source here")


def test_other_immutables_are_named_even_with_a_doctored_manifest(town: Town) -> None:
    _, code = code_of(town, "fraction_token")
    length = len(compiled("fraction_token").runtime)
    notice = (3_600).to_bytes(32)
    assert notice in code[length:]
    shorter = code[:length] + code[length:].replace(notice, bytes(32))
    put_code(town, "fraction_token", shorter)
    town.rewrite(contracts__fraction_token__code_hash="0x" + keccak(shorter).hex())
    differs(
        town.ape("verify"),
        "token: code as FractionToken.vy compiles here: the code is the source's, with other immutables",
        "token: rent_notice in seconds: 3600: on the chain it is 0",
    )
    town.rewrite(parameters__rent_notice=0)
    town.ape("verify").succeeds()


def test_one_address_of_another_deployment_is_named_all_over(town: Town) -> None:
    first = town.manifest.read_bytes()
    town.deploy("--execute", "--yes", "--replace").succeeds()
    other = town.contracts.manifest.contracts.primary_offering
    town.manifest.write_bytes(first)
    town.rewrite(contracts__primary_offering__address=other.address)
    said = town.ape("verify").fails(
        "vault: its primary_offering", "token: its primary_offering", "offering: its settlement_vault",
        "offering: its fraction_token", "offering: transaction that created it", "offering: code as",
    )  # fmt: skip
    assert "registry: code as InvestorRegistry.vy compiles here:" not in said


def test_a_manifest_of_another_chain_and_one_that_hides_the_first_blocks(town: Town) -> None:
    first = town.contracts.manifest.first_block
    town.rewrite(first_block=first + 2, chain_id=31337, genesis_hash="0x" + 64 * "0", compiler="vyper 0.4.1")
    said = town.ape("verify").fails("chain id: 31337", "genesis block", "compiler: vyper 0.4.1", f"is {first}")
    assert "vault: DEFAULT_ADMIN_ROLE" in said, "the grant before the first block went unseen, and that was not said"
    town.ape("pause", "vault").fails("is for chain 31337")


def test_a_missing_contract_and_a_missing_manifest_are_told_in_words(town: Town) -> None:
    put_code(town, "treasury", b"")
    town.ape("verify").fails("treasury: hash of the code", "treasury: its settlement_vault", "no readable answer")
    town.ape("treasury", "limit", "5", "--yes").fails("there is no code at", "treasury")
    town.rewrite(chain_id="one")
    town.ape("verify").fails("is not a manifest")
    town.manifest.unlink()
    town.ape("verify").fails("there is no manifest at", "deploy first")


def test_verify_sends_nothing(town: Town) -> None:
    before = (town.nonce(), town.web3.eth.block_number)
    town.ape("verify").succeeds()
    assert (town.nonce(), town.web3.eth.block_number) == before
