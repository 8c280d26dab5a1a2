"""Owners that are contracts (ERC-1271), or accounts with delegated code (EIP-7702): asked, never trusted with more."""

import pytest

from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.delegation import delegate
from tests.contracts.events import events_of
from tests.contracts.ledger import account_of, bytes32
from tests.contracts.refusals import refused
from tests.contracts.settlement_vault.conftest import Sign
from tests.contracts.settlement_vault.requests import (
    SignedRequest,
    digest_of,
    request_id,
    requested,
    signed,
    typed_transfer,
)

MAGIC = bytes.fromhex("1626ba7e")
YES = MAGIC.ljust(32, b"\0")
WORD = b"not an ECDSA signature"
GAS = 2_000_000


@pytest.fixture
def withdrawal(vault: Contract, hostile_wallet: Contract, alice: Account, order: SignedRequest) -> SignedRequest:
    """The order of alice, as one of the wallet, which has 100 too."""
    account = account_of(hostile_wallet)
    vault.deposit(account, 100, sender=alice)
    return (account, *order[1:])


def approve(wallet: Contract, vault: Contract, chain: Chain, request: SignedRequest, alice: Account) -> None:
    """Let the wallet stand by WORD as its signature of this request."""
    digest = digest_of(typed_transfer(vault, chain.chain_id, request), alice)
    wallet.approve(digest, WORD, sender=alice)


def test_a_wallet_approves_what_it_is_asked(
    vault: Contract, chain: Chain, hostile_wallet: Contract, alice: Account, bob: Account, withdrawal: SignedRequest
) -> None:
    approve(hostile_wallet, vault, chain, withdrawal, alice)
    answer, _ = requested(vault.transfer_signed, *withdrawal, WORD, sender=bob)
    assert answer == (request_id(hostile_wallet, bytes32("key")), True)
    assert vault.balance_of(withdrawal[0]) == 75


def test_a_wallet_is_asked_about_65_bytes_too_when_they_are_not_a_signature_of_its_own(
    vault: Contract, chain: Chain, hostile_wallet: Contract, alice: Account, bob: Account, withdrawal: SignedRequest
) -> None:
    data = typed_transfer(vault, chain.chain_id, withdrawal)
    signature = signed(data, alice)
    hostile_wallet.approve(digest_of(data, alice), signature, sender=alice)
    vault.transfer_signed(*withdrawal, signature, sender=bob)
    assert vault.balance_of(withdrawal[0]) == 75


def test_a_wallet_does_not_stand_by_another_request_or_signature(
    vault: Contract, chain: Chain, hostile_wallet: Contract, alice: Account, bob: Account, withdrawal: SignedRequest
) -> None:
    approve(hostile_wallet, vault, chain, withdrawal, alice)
    dearer = (*withdrawal[:2], 26, *withdrawal[3:])
    for request, signature in [(dearer, WORD), (withdrawal, WORD + b"!"), (withdrawal, b"")]:
        with refused("InvalidSignature", hostile_wallet.address):
            vault.transfer_signed(*request, signature, sender=bob)


LIES = {
    "no": bytes.fromhex("ffffffff").ljust(32, b"\0"),
    "nothing": b"",
    "zeros": bytes(32),
    "true": (1).to_bytes(32, "big"),
    "the bare magic": MAGIC,
    "31 bytes": YES[:31],
    "the magic at the wrong end": MAGIC.rjust(32, b"\0"),
    "the magic and more in its word": MAGIC + b"\1" * 28,
    "the magic of an older standard": bytes.fromhex("20c13b0b").ljust(32, b"\0"),
    "the magic second": bytes(32) + YES,
}


@pytest.mark.parametrize("lie", LIES)
def test_no_clear_yes_is_a_no(
    vault: Contract, hostile_wallet: Contract, bob: Account, withdrawal: SignedRequest, lie: str
) -> None:
    hostile_wallet.answer_with(LIES[lie], sender=bob)
    with refused("InvalidSignature", hostile_wallet.address):
        vault.transfer_signed(*withdrawal, WORD, sender=bob)
    assert vault.balance_of(withdrawal[0]) == 100


@pytest.mark.parametrize("length", [33, 64, 2048])
def test_a_long_answer_is_read_by_its_first_word(
    vault: Contract, hostile_wallet: Contract, bob: Account, withdrawal: SignedRequest, length: int
) -> None:
    hostile_wallet.answer_with(YES.ljust(length, b"\xff"), sender=bob)
    vault.transfer_signed(*withdrawal, WORD, sender=bob)
    assert vault.balance_of(withdrawal[0]) == 75


@pytest.mark.parametrize("reason", [b"", YES, b"\xff" * 2048], ids=["nothing", "yes", "long"])
def test_a_wallet_that_reverts_refuses(
    vault: Contract, hostile_wallet: Contract, bob: Account, withdrawal: SignedRequest, reason: bytes
) -> None:
    hostile_wallet.revert_with(reason, sender=bob)
    with refused("InvalidSignature", hostile_wallet.address):
        vault.transfer_signed(*withdrawal, WORD, sender=bob)


def test_a_wallet_that_never_answers_costs_its_submitter_the_gas_that_he_gave_and_nobody_anything_else(
    vault: Contract, hostile_wallet: Contract, alice: Account, bob: Account, withdrawal: SignedRequest, sign: Sign
) -> None:
    hostile_wallet.loop(sender=bob)
    with refused("InvalidSignature", hostile_wallet.address):
        vault.transfer_signed(*withdrawal, WORD, sender=bob, gas=GAS)
    assert vault.balance_of(withdrawal[0]) == 100
    asked = (account_of(alice), *withdrawal[1:])
    vault.transfer_signed(*asked, sign(asked), sender=bob)
    assert vault.balance_of(account_of(alice)) == 75


@pytest.mark.parametrize("inner", ["transfer", "withdraw", "deposit", "burn_key", "transfer_signed"])
def test_a_wallet_that_is_asked_changes_nothing(
    vault: Contract,
    dollar: Contract,
    hostile_wallet: Contract,
    bob: Account,
    order: SignedRequest,
    withdrawal: SignedRequest,
    sign: Sign,
    inner: str,
) -> None:
    """It approves although its call failed; the same call succeeds by itself."""
    account, other = withdrawal[:2]
    requests = {
        "transfer": vault.transfer.encode_input(account, other, 1, bytes(32), bytes32("inner")),
        "withdraw": vault.withdraw.encode_input(account, 1, bob),
        "deposit": vault.deposit.encode_input(account, 1),
        "burn_key": vault.burn_key.encode_input(3, bytes32("inner")),
        "transfer_signed": vault.transfer_signed.encode_input(*order, sign(order)),
    }
    dollar.mint(hostile_wallet, 1, sender=bob)
    hostile_wallet.execute(dollar, dollar.approve.encode_input(vault, 1), sender=bob)
    hostile_wallet.call_back(vault, requests[inner], sender=bob)
    receipt = vault.transfer_signed(*withdrawal, WORD, sender=bob, gas=GAS)
    assert [name for name, _ in events_of(receipt, vault)] == ["Posting"]
    assert vault.balance_of(account) == 75
    hostile_wallet.execute(vault, requests[inner], sender=bob)


# -- delegated accounts


def test_a_key_keeps_its_word_whatever_code_its_account_carries(
    vault: Contract,
    chain: Chain,
    hostile_wallet: Contract,
    alice: Account,
    bob: Account,
    carol: Account,
    order: SignedRequest,
    sign: Sign,
) -> None:
    delegate(chain, alice, hostile_wallet, payer=carol)
    vault.transfer_signed(*order, sign(order), sender=bob)
    assert vault.balance_of(account_of(alice)) == 75


def test_the_code_of_a_delegated_account_approves_too(
    vault: Contract,
    chain: Chain,
    hostile_wallet: Contract,
    alice: Account,
    bob: Account,
    carol: Account,
    order: SignedRequest,
) -> None:
    delegate(chain, alice, hostile_wallet, payer=carol)
    with refused("InvalidSignature", alice.address):
        vault.transfer_signed(*order, WORD, sender=bob)
    digest = digest_of(typed_transfer(vault, chain.chain_id, order), alice)
    alice.transfer(alice, 0, data=hostile_wallet.approve.encode_input(digest, WORD))
    vault.transfer_signed(*order, WORD, sender=bob)
    assert vault.balance_of(account_of(alice)) == 75


def test_a_delegated_account_refuses_the_signatures_of_others(
    vault: Contract,
    chain: Chain,
    hostile_wallet: Contract,
    alice: Account,
    bob: Account,
    carol: Account,
    order: SignedRequest,
    sign: Sign,
) -> None:
    delegate(chain, alice, hostile_wallet, payer=carol)
    with refused("InvalidSignature", alice.address):
        vault.transfer_signed(*order, sign(order, signer=bob), sender=bob)
