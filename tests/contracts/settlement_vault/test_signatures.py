"""Signatures: one holds for one request of one owner in one vault on one chain, in one form only."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_account.messages import encode_typed_data

from tests.contracts.ape_types import Account, Chain, Contract, Project
from tests.contracts.ledger import LARGEST, NO_REFERENCE, OUTSIDE, account_of, bytes32
from tests.contracts.refusals import refused, refused_silently
from tests.contracts.settlement_vault.conftest import NOBODY, Sign
from tests.contracts.settlement_vault.requests import SignedRequest, recovered, signed, typed_transfer

ORDER_OF_SECP256K1 = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ZEROS = bytes(32)


def test_the_domain_separator_is_that_of_eip_712(vault: Contract, chain: Chain, order: SignedRequest) -> None:
    expected = encode_typed_data(full_message=typed_transfer(vault, chain.chain_id, order)).header
    assert bytes(vault.DOMAIN_SEPARATOR()) == expected


# -- replayed elsewhere


@pytest.mark.parametrize(
    "domain",
    [
        {"chain_id": 1},
        {"verifyingContract": "0x" + "11" * 20},
        {"name": "Freehold FractionToken"},
        {"version": "2"},
        {"primary_type": "Withdraw"},
        {"primary_type": "transfer"},
    ],
    ids=lambda domain: next(iter(domain)),
)
def test_what_was_signed_for_elsewhere_is_worth_nothing_here(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign, domain: dict[str, Any]
) -> None:
    with refused("InvalidSignature", alice.address):
        vault.transfer_signed(*order, sign(order, **domain), sender=bob)
    assert vault.balance_of(order[0]) == 100


def test_a_signature_used_in_one_vault_is_worth_nothing_in_another(
    sources: Project,
    vault: Contract,
    dollar: Contract,
    deployer: Account,
    admin: Account,
    alice: Account,
    bob: Account,
    order: SignedRequest,
    sign: Sign,
) -> None:
    other = deployer.deploy(sources.SettlementVault, dollar, NOBODY, NOBODY, NOBODY, admin)
    dollar.approve(other, 100, sender=alice)
    other.deposit(account_of(alice), 100, sender=alice)
    signature = sign(order)
    vault.transfer_signed(*order, signature, sender=bob)
    with refused("InvalidSignature", alice.address):
        other.transfer_signed(*order, signature, sender=bob)
    other.transfer_signed(*order, sign(order, vault=other), sender=bob)
    assert other.balance_of(account_of(alice)) == 75


@pytest.mark.parametrize("changed", ["from", "to", "amount", "reference", "key", "deadline"])
def test_every_word_of_a_request_is_signed(
    vault: Contract,
    alice: Account,
    bob: Account,
    order: SignedRequest,
    sign: Sign,
    fund: Callable[..., int],
    changed: str,
) -> None:
    others: dict[str, Any] = {
        "from": fund(alice, 100, number=1),
        "to": account_of(bob, 1),
        "amount": 26,
        "reference": NO_REFERENCE,
        "key": bytes32("another key"),
        "deadline": order[5] + 1,
    }
    submitted: list[Any] = list(order)
    submitted[list(others).index(changed)] = others[changed]
    with refused("InvalidSignature", alice.address):
        vault.transfer_signed(*submitted, sign(order), sender=bob)


def test_nobody_signs_for_another(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    with refused("InvalidSignature", alice.address):
        vault.transfer_signed(*order, sign(order, signer=bob), sender=bob)


@pytest.mark.parametrize("who", ["admin", "pauser", "deployer", "marketplace"])
def test_no_role_signs_for_another(
    vault: Contract, alice: Account, order: SignedRequest, sign: Sign, request: pytest.FixtureRequest, who: str
) -> None:
    holder: Account = request.getfixturevalue(who)
    with refused("InvalidSignature", alice.address):
        vault.transfer_signed(*order, sign(order, signer=holder), sender=holder)


# -- in another form


def test_of_the_two_signatures_that_verify_only_the_low_one_is_taken(
    vault: Contract, chain: Chain, alice: Account, bob: Account, order: SignedRequest
) -> None:
    data = typed_transfer(vault, chain.chain_id, order)
    low = signed(data, alice)
    s = ORDER_OF_SECP256K1 - int.from_bytes(low[32:64], "big")
    high = low[:32] + s.to_bytes(32, "big") + bytes([55 - low[64]])
    assert recovered(data, high) == recovered(data, low) == alice.address
    with refused("InvalidSignature", alice.address):
        vault.transfer_signed(*order, high, sender=bob)
    vault.transfer_signed(*order, low, sender=bob)
    assert vault.balance_of(order[0]) == 75


Mangle = Callable[[bytes], bytes]
MANGLED: dict[str, Mangle] = {
    "no bytes": lambda _: b"",
    "64 bytes": lambda good: good[:64],
    "compact, EIP-2098": lambda good: good[:32] + bytes([good[32] | (good[64] - 27) << 7]) + good[33:64],
    "66 bytes": lambda good: good + b"\0",
    "v first": lambda good: good[64:] + good[:64],
    "v of 0": lambda good: good[:64] + bytes([0]),
    "v of 1": lambda good: good[:64] + bytes([1]),
    "v less 27": lambda good: good[:64] + bytes([good[64] - 27]),
    "v of 29": lambda good: good[:64] + bytes([29]),
    "v of 255": lambda good: good[:64] + bytes([255]),
    "the other v": lambda good: good[:64] + bytes([55 - good[64]]),
    "r of 0": lambda good: ZEROS + good[32:],
    "s of 0": lambda good: good[:32] + ZEROS + good[64:],
    "r and s of 0": lambda good: ZEROS + ZEROS + good[64:],
    "all of 0": lambda _: bytes(65),
    "r beyond the order": lambda good: ORDER_OF_SECP256K1.to_bytes(32, "big") + good[32:],
    "all ones": lambda _: b"\xff" * 65,
    "1024 bytes": lambda good: good * 15 + bytes(1024 - 15 * 65),
}


@pytest.mark.parametrize("form", MANGLED)
def test_nothing_but_r_s_and_v_is_a_signature(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign, form: str
) -> None:
    with refused("InvalidSignature", alice.address):
        vault.transfer_signed(*order, MANGLED[form](sign(order)), sender=bob)
    assert vault.balance_of(order[0]) == 100


def test_a_signature_has_1024_bytes_at_most(vault: Contract, bob: Account, order: SignedRequest) -> None:
    with refused_silently():
        vault.transfer_signed(*order, bytes(1025), sender=bob)


@pytest.mark.parametrize("signature", [b"", bytes(65), b"\xff" * 65], ids=["none", "zeros", "ones"])
@pytest.mark.parametrize("account", [OUTSIDE, 1])
def test_what_recovers_nobody_does_not_sign_for_nobody(
    vault: Contract, bob: Account, order: SignedRequest, account: int, signature: bytes
) -> None:
    """A failed recovery gives address 0, which owns the outside account: all the money there is."""
    assert vault.balance_of(OUTSIDE) == 100
    with refused("InvalidSignature", NOBODY):
        vault.transfer_signed(account, *order[1:5], LARGEST, signature, sender=bob)


@pytest.mark.parametrize("owner", ["vault", "dollar", "token", "offering", "registry", "treasury"])
def test_no_contract_of_ours_approves_a_signature(
    vault: Contract, alice: Account, order: SignedRequest, request: Any, sign: Sign, owner: str
) -> None:
    contract: Contract = request.getfixturevalue(owner)
    asked = (account_of(contract), *order[1:])
    with refused("InvalidSignature", contract.address):
        vault.transfer_signed(*asked, sign(asked), sender=alice)
