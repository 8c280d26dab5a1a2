"""Order books through the scripts: opened, halted and resumed, charged for, pruned, shown; orders go past them."""

from typing import Any

import pytest
from eth_utils.crypto import keccak
from web3 import Web3

from local.people import main_account
from tests.scripts.conftest import DEPLOYER, ISSUER, REGISTRAR, Town

pytestmark = pytest.mark.slow

ANNA, BRUNO, CHIARA = 3, 4, 5
UNIT = 10**6
HOUSE, CLUB = 1, 2
BID, ASK = 0, 1
HOUR, YEAR = 3_600, 365 * 86_400
YES = "--yes"
RULES = ("--tick-size", "0.01", "--minimum", "5", "--maker-fee-ppm", "500", "--taker-fee-ppm", "1500")


@pytest.fixture
def market(town: Town) -> Town:
    """A property for everybody and one with a registry list, fractions and money for three people, no book yet."""
    admin, contracts = town.accounts[DEPLOYER], town.contracts
    for contract, role in ((contracts.token, "LISTER"), *((contracts.market, r) for r in ("LISTER", "PAUSER", "FEE"))):
        town.send(contract.functions.grantRole(keccak(text=role), admin), admin)
    town.send(contracts.registry.functions.create_list(town.accounts[REGISTRAR], "Members"), admin)
    enter(town, ANNA, BRUNO, CHIARA)
    for property_id, registry_list in ((HOUSE, 0), (CLUB, 1)):
        listing = (property_id, town.accounts[ISSUER], 10_000, registry_list, "House", keccak(b""), "")
        town.send(contracts.token.functions.list_property(*listing), admin)
        town.send(contracts.token.functions.allot(property_id, town.accounts[ANNA], 1_000), town.accounts[ISSUER])
    for who in (BRUNO, CHIARA):
        wallet = town.accounts[who]
        town.send(contracts.dollar.functions.mint(wallet, 5_000 * UNIT), wallet)
        town.send(contracts.dollar.functions.approve(contracts.vault.address, 5_000 * UNIT), wallet)
        town.send(contracts.vault.functions.deposit(main_account(wallet), 5_000 * UNIT), wallet)
    return town


def enter(town: Town, *members: int, frozen: bool = False) -> None:
    entries = [(town.accounts[who], 100 + who, town.now + YEAR, frozen) for who in members]
    town.send(town.contracts.registry.functions.set_entries(1, entries), town.accounts[REGISTRAR])


def opened(town: Town, *properties: int) -> None:
    for property_id in properties:
        town.ape("market", "create", str(property_id), *RULES, YES, who=DEPLOYER).succeeds("nobody can change that")


def place(town: Town, who: int, property_id: int, side: int, tick: int, quantity: int, expiry: int = 0) -> int:
    """A limit order; its id."""
    functions, latest = town.contracts.market.functions, 2**60
    town.send(functions.place((property_id, side, tick, quantity, 0, 0, 0, expiry, latest)), town.accounts[who])
    return (property_id << 40) | int(functions.book_of(property_id).call()[2])


def money(town: Town, account: str) -> int:
    return int(town.contracts.vault.functions.balance_of(main_account(account)).call())


def rests(town: Town, order_id: int) -> bool:
    return bool(town.contracts.market.functions.order_of(order_id).call()[1])


def test_a_book_is_opened_with_its_rules_in_words(market: Town) -> None:
    create: tuple[Any, ...] = ("market", "create", str(HOUSE), *RULES)
    market.ape(*create, typed="n\n", who=DEPLOYER).fails("Makers pay 0.05 % and takers 0.15 %", "Nothing was sent")
    market.ape(*create, YES, who=ANNA).fails("does not hold the role LISTER", "so nothing was sent")
    market.ape(*create, "--minimum", "5.005", YES, who=DEPLOYER).fails("multiple of the tick size, such as 5.01 TUSD")
    market.ape(*create, "--tick-size", "0", YES, who=DEPLOYER).fails("--tick-size is 0")
    market.ape(*create, "--taker-fee-ppm", "10001", YES, who=DEPLOYER).fails("10001 is not in the range")
    opened(market, HOUSE)
    book = tuple(market.contracts.market.functions.book_of(HOUSE).call())
    assert book == (0, 0, 0, 10_000, 1, 0, 500, 500, 1_500, False, False)
    market.ape(*create, YES, who=DEPLOYER).fails("has a book, and gets no second one")
    market.ape("market", "create", "77", *RULES, YES, who=DEPLOYER).fails("UnknownProperty")


def test_books_are_halted_and_resumed_and_those_that_are_so_already_are_passed_over(market: Town) -> None:
    opened(market, HOUSE, CLUB)
    market.ape("market", "halt", str(HOUSE), YES, who=DEPLOYER).succeeds("No orders are placed until it is resumed")
    market.ape("market", "halt", str(HOUSE), str(CLUB), YES, who=DEPLOYER).succeeds("Halt the book of property 2.")
    market.ape("market", "halt", str(HOUSE), YES, who=DEPLOYER).succeeds("so already. Nothing was sent")
    market.ape("market", "resume", str(HOUSE), YES, who=ANNA).fails("does not hold the role PAUSER")
    market.ape("market", "resume", str(HOUSE), str(CLUB), YES, who=DEPLOYER).succeeds("property 1, 2")
    assert not any(market.contracts.market.functions.book_of(p).call()[9] for p in (HOUSE, CLUB))
    market.ape("market", "halt", "9", YES, who=DEPLOYER).fails("Property 9 has no book")


def test_fees_are_set_charged_and_collected(market: Town) -> None:
    opened(market, HOUSE)
    fees = ("market", "fees", str(HOUSE), "--maker-fee-ppm", "1000")
    market.ape(*fees, "--taker-fee-ppm", "2000", YES, who=DEPLOYER).succeeds("pay 0.1 % and takers 0.2 %", "not 0.05 %")
    market.ape(*fees, "--taker-fee-ppm", "2000", YES, who=DEPLOYER).succeeds("Nothing was sent")
    market.ape("market", "collect-fees", YES, who=BRUNO).succeeds("No fees have been charged")
    place(market, ANNA, HOUSE, ASK, 1_000, 100)
    place(market, BRUNO, HOUSE, BID, 1_000, 50)
    receiver = market.accounts[CHIARA]
    market.ape("market", "receiver", receiver, "--record", YES, who=DEPLOYER).succeeds(f"account of {receiver}")
    before = money(market, receiver)
    market.ape("market", "collect-fees", YES, who=BRUNO).succeeds("Pay 1.50 TUSD of fees")
    assert money(market, receiver) - before == 500_000 + 1_000_000
    market.ape("verify", *(f"--expect={c}:{r}={market.accounts[DEPLOYER]}" for c, r in (
        ("token", "LISTER"), ("market", "LISTER"), ("market", "PAUSER"), ("market", "FEE"),
    ))).succeeds()  # fmt: skip


def test_what_can_never_trade_is_pruned_and_the_rest_stays(market: Town) -> None:
    opened(market, HOUSE, CLUB)
    soon = market.now + HOUR
    gone = [place(market, ANNA, HOUSE, ASK, 1_100 + step % 3, 1, soon) for step in range(150)]
    kept = place(market, BRUNO, HOUSE, BID, 900, 10)
    frozen, other = place(market, BRUNO, CLUB, BID, 900, 10), place(market, CHIARA, CLUB, BID, 900, 10)
    prune = ("market", "prune", YES)
    market.ape(*prune, str(HOUSE), who=BRUNO).succeeds("can still trade. Nothing was sent")
    market.pass_time(soon + 1)
    market.ape(*prune, str(HOUSE), who=BRUNO).succeeds("Take 128 orders (1-", "Take 22 orders")
    assert not any(rests(market, order_id) for order_id in gone)
    assert rests(market, kept)
    enter(market, BRUNO, frozen=True)
    market.ape(*prune, str(CLUB), who=CHIARA).succeeds("Take 1 order (2-1) out")
    assert not rests(market, frozen)
    assert rests(market, other)
    assert money(market, market.accounts[BRUNO]) == 5_000 * UNIT - 90_000_000 - 45_000, "one bid's escrow and fee"


def test_books_are_shown_with_their_best_prices(market: Town) -> None:
    market.ape("market", "show", str(HOUSE)).fails("Property 1 has no book")
    opened(market, HOUSE, CLUB)
    place(market, ANNA, HOUSE, ASK, 1_050, 30)
    place(market, ANNA, HOUSE, ASK, 1_040, 5)
    place(market, BRUNO, HOUSE, BID, 1_000, 7)
    place(market, CHIARA, HOUSE, BID, 1_000, 8)
    before = market.nonce()
    said = market.ape("market", "show", str(HOUSE)).succeeds(
        "property 1, the book is open", "multiples of 0.01 TUSD", "worth 5.00 TUSD or more; everybody may trade",
        "so far 4 orders", "ask 10.50 TUSD 30 in 1 order", "bid 10.00 TUSD 15 in 2 orders",
    )  # fmt: skip
    assert said.index("10.50 TUSD") < said.index("10.40 TUSD") < said.index("10.00 TUSD")
    market.ape("market", "show").succeeds("best bid 10.00 TUSD, best ask 10.40 TUSD", "best bid none, best ask none")
    market.ape("market", "show", str(CLUB)).succeeds("list 1 of the registry may gain", "bid none")
    assert market.nonce() == before


def test_a_role_of_the_market_is_granted_with_what_it_may(market: Town) -> None:
    wallet = Web3.to_checksum_address(market.accounts[ANNA])
    grant = ("roles", "grant", "market")
    market.ape(*grant, "FEE", wallet, YES, who=DEPLOYER).succeeds("who then sets the rates of books")
    market.ape(*grant, "PAUSER", wallet, YES, who=DEPLOYER).succeeds("halts and resumes the placing of orders")
    market.ape(*grant, "OPERATOR", wallet, YES).fails("it has DEFAULT_ADMIN_ROLE, LISTER, PAUSER, FEE")
    market.ape("roles", "show").succeeds(f"market PAUSER {', '.join(sorted((market.accounts[DEPLOYER], wallet)))}")
