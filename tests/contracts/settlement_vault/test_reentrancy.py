"""A stablecoin that hands control on in the middle of a movement: whatever is called then, the books stay exact."""

from collections.abc import Callable

import pytest

from tests.contracts.abi import functions_that_change_state
from tests.contracts.ape_types import Account, Chain, Contract, Project
from tests.contracts.ledger import LARGEST, NO_REFERENCE, OUTSIDE, TRANSFER, account_of, bytes32, traded
from tests.contracts.refusals import refused
from tests.contracts.settlement_vault.conftest import NOBODY
from tests.contracts.settlement_vault.requests import signed, typed_transfer

AMOUNT = 100
HOUSE, SUBSCRIPTION = 7, 7
SOME_ROLE = bytes32("some role")
NO_PERMIT = 0, 27, bytes(32), bytes(32)

OUTER = ["deposit", "deposit_with_permit", "withdraw"]
INNER = sorted(functions_that_change_state("SettlementVault"))
# What moves the stablecoin waits for its turn; unpausing fails because nothing is paused.
FAILS = {"deposit", "deposit_with_permit", "withdraw", "unpause"}
PAIRS = [(outer, inner) for outer in OUTER for inner in INNER if (outer, inner) != ("deposit_with_permit", "pause")]

Requests = dict[str, tuple[Contract, bytes]]


@pytest.fixture(scope="module")
def hostile_dollar(sources: Project, deployer: Account) -> Contract:
    return deployer.deploy(sources.HostileDollar)


@pytest.fixture(scope="module")
def agent(sources: Project, deployer: Account) -> Contract:
    """A marketplace that does what it is told."""
    return deployer.deploy(sources.HostileReceiver)


@pytest.fixture(scope="module")
def hostile_vault(
    sources: Project, deployer: Account, admin: Account, hostile_dollar: Contract, agent: Contract
) -> Contract:
    return deployer.deploy(sources.SettlementVault, hostile_dollar, agent, NOBODY, NOBODY, admin)


@pytest.fixture(scope="module")
def wallet(
    sources: Project, hostile_dollar: Contract, hostile_vault: Contract, admin: Account, people: list[Account]
) -> Contract:
    """A contract wallet with every role, twice AMOUNT in its account and as much outside. alice and bob have AMOUNT."""
    wallet = admin.deploy(sources.HostileReceiver)
    for role in (hostile_vault.PAUSER(), hostile_vault.DEFAULT_ADMIN_ROLE()):
        hostile_vault.grantRole(role, wallet, sender=admin)
    hostile_dollar.set_balance(wallet, 4 * AMOUNT, sender=admin)
    hostile_dollar.set_balance(admin, 2 * AMOUNT, sender=admin)
    for person in people[:2]:
        hostile_vault.deposit(account_of(person), AMOUNT, sender=admin)
    wallet.execute(hostile_vault, hostile_vault.deposit.encode_input(account_of(wallet), 2 * AMOUNT), sender=admin)
    wallet.execute(hostile_dollar, hostile_dollar.approve.encode_input(hostile_vault, LARGEST), sender=admin)
    return wallet


@pytest.fixture(scope="module")
def requests(
    hostile_vault: Contract, wallet: Contract, agent: Contract, chain: Chain, alice: Account, bob: Account
) -> Requests:
    """One call of every function, and whose it is."""
    account, escrow = account_of(wallet), account_of(agent, HOUSE)
    payment = account, account_of(alice), AMOUNT, NO_REFERENCE
    order = account_of(bob), account_of(alice), AMOUNT, NO_REFERENCE, bytes32("signed"), LARGEST
    signature = signed(typed_transfer(hostile_vault, chain.chain_id, order), bob)
    of_wallet = {
        "deposit": (account, AMOUNT),
        "deposit_with_permit": (account, AMOUNT, *NO_PERMIT),
        "withdraw": (account, AMOUNT, wallet),
        "transfer": (*payment, bytes32("key")),
        "transfer_batch": ([payment], bytes32("key")),
        "transfer_signed": (*order, signature),
        "burn_key": (TRANSFER, bytes32("key")),
        "pause": (),
        "unpause": (),
        "grantRole": (SOME_ROLE, alice),
        "revokeRole": (SOME_ROLE, alice),
        "renounceRole": (SOME_ROLE, wallet),
    }
    calls = {name: (wallet, getattr(hostile_vault, name).encode_input(*words)) for name, words in of_wallet.items()}
    entry = account_of(alice), escrow, AMOUNT, SUBSCRIPTION, NO_REFERENCE
    trades = account_of(alice), [traded(bob, AMOUNT)], 0, escrow, 0, NO_REFERENCE
    return calls | {
        "post": (agent, hostile_vault.post.encode_input(*entry)),
        "settle": (agent, hostile_vault.settle.encode_input(*trades)),
    }


@pytest.fixture
def call(hostile_vault: Contract, requests: Requests, alice: Account) -> Callable[[str], None]:
    def called(name: str) -> None:
        caller, request = requests[name]
        caller.execute(hostile_vault, request, sender=alice)

    return called


@pytest.fixture
def call_back(
    hostile_vault: Contract, hostile_dollar: Contract, requests: Requests, alice: Account
) -> Callable[[str, bool], None]:
    """Have the stablecoin let a function be called in the middle of its next movement."""

    def told(name: str, moves: bool) -> None:
        caller, request = requests[name]
        onward = caller.execute.encode_input(hostile_vault, request)
        hostile_dollar.call_back(caller, onward, moves, sender=alice)

    return told


def booked(vault: Contract, wallet: Contract, agent: Contract, people: list[Account]) -> int:
    """The sum of all accounts that there are."""
    accounts = [account_of(agent, HOUSE), *(account_of(owner) for owner in (wallet, *people))]
    return sum(vault.balance_of(account) for account in accounts)


def test_every_function_is_called(requests: Requests) -> None:
    assert set(requests) == set(INNER)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_whatever_is_called_in_the_middle_of_a_movement_the_books_stay_exact(
    hostile_vault: Contract,
    hostile_dollar: Contract,
    wallet: Contract,
    agent: Contract,
    people: list[Account],
    call: Callable[[str], None],
    call_back: Callable[[str, bool], None],
    outer: str,
    inner: str,
) -> None:
    call_back(inner, True)
    call(outer)
    assert hostile_dollar.called_back()
    assert hostile_dollar.call_succeeded() == (inner not in FAILS)
    held = hostile_dollar.balanceOf(hostile_vault)
    assert held == (3 if outer == "withdraw" else 5) * AMOUNT
    assert hostile_vault.balance_of(OUTSIDE) == booked(hostile_vault, wallet, agent, people) == held


def test_a_pause_in_the_middle_of_a_permit_stops_the_deposit_that_it_is_for(
    hostile_vault: Contract, requests: Requests, alice: Account, call_back: Callable[[str, bool], None]
) -> None:
    caller, request = requests["deposit_with_permit"]
    call_back("pause", True)
    with refused("EnforcedPause"):
        caller.execute(hostile_vault, request, sender=alice)


@pytest.mark.parametrize("inner", INNER)
def test_nothing_that_is_called_can_stand_for_the_dollars_of_a_deposit(
    hostile_vault: Contract, requests: Requests, alice: Account, call_back: Callable[[str, bool], None], inner: str
) -> None:
    caller, request = requests["deposit"]
    call_back(inner, False)
    with refused("UnexpectedArrival", AMOUNT, 0):
        caller.execute(hostile_vault, request, sender=alice)


@pytest.mark.parametrize("outer", OUTER)
def test_what_is_on_its_way_is_in_no_account(
    hostile_vault: Contract,
    hostile_dollar: Contract,
    wallet: Contract,
    alice: Account,
    call: Callable[[str], None],
    outer: str,
) -> None:
    """In the middle of a withdrawal AMOUNT is gone already, in the middle of a deposit it is not there yet."""
    mine = AMOUNT if outer == "withdraw" else 2 * AMOUNT
    too_much = account_of(wallet), account_of(alice), mine + 1, NO_REFERENCE, bytes32("key")
    onward = wallet.execute.encode_input(hostile_vault, hostile_vault.transfer.encode_input(*too_much))
    hostile_dollar.call_back(wallet, onward, True, sender=alice)
    call(outer)
    assert hostile_dollar.called_back()
    assert not hostile_dollar.call_succeeded()
    assert hostile_vault.balance_of(account_of(wallet)) == (1 if outer == "withdraw" else 3) * AMOUNT


def test_the_same_calls_succeed_one_after_the_other(
    hostile_vault: Contract,
    hostile_dollar: Contract,
    wallet: Contract,
    agent: Contract,
    people: list[Account],
    call: Callable[[str], None],
) -> None:
    for name in (*OUTER, "transfer", "transfer_batch", "transfer_signed", "post", "settle", "pause", "unpause"):
        call(name)
    held = hostile_dollar.balanceOf(hostile_vault)
    assert hostile_vault.balance_of(OUTSIDE) == booked(hostile_vault, wallet, agent, people) == held == 5 * AMOUNT
