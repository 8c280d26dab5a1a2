"""The order books of the local chain: their rules, and the two firms that keep them busy beside the people."""

from collections.abc import Iterable
from dataclasses import dataclass

from local.people import UNIT, People, main_account

MAKER_FEE_PPM, TAKER_FEE_PPM = 500, 1_500
MINIMUM_VALUE = 10 * UNIT
ROLES = ("LISTER", "PAUSER", "FEE")
BID, ASK = 0, 1
NUMBER_BITS = 40
FIRMS = ("Quayside Markets", "Swift Dealing")
"""Accounts of the chain behind those of the people: who quotes both sides, and who changes his mind a lot."""
FIRM_DOLLARS = 2_000_000
FIRM_INVESTOR = 2_001
YEAR = 365 * 86_400
RESTRICTED = 5
SOLD_TO_FIRMS = {1: (7, 3_000), 2: (6, 4_000), 3: (5, 2_500), RESTRICTED: (0, 1_500)}
"""By property: the person, counted from the first, and the fractions that each firm has of him."""


@dataclass(frozen=True)
class Rules:
    """Of a book: units from one price to the next, and what a fraction is worth at first, in units."""

    tick_size: int
    fair_price: int

    @property
    def fair_tick(self) -> int:
        return self.fair_price // self.tick_size


BOOKS = {
    1: Rules(20_000, 34_000_000),
    2: Rules(10_000, 30_400_000),
    3: Rules(10_000, 22_300_000),
    RESTRICTED: Rules(5_000, 8_250_000),
}
"""By property: those whose fractions people hold. The fourth is on offer still."""


def open_books(people: People, properties: Iterable[int] = tuple(BOOKS)) -> None:
    """After estate.settle_in: the admin may run the marketplace, and opens a book for each of these properties."""
    admin, market = people.accounts[0], people.market.functions
    for role in ROLES:
        people.send(market.grantRole(market[role]().call(), admin), admin)
    for property_id in properties:
        rules = BOOKS[property_id]
        minimum_ticks = MINIMUM_VALUE // rules.tick_size
        call = market.create_book(property_id, rules.tick_size, 1, minimum_ticks, MAKER_FEE_PPM, TAKER_FEE_PPM)
        people.send(call, admin)


def found_firms(people: People) -> None:
    """Money for the firms, their entries in the registry's list, and fractions of people who have many."""
    admin, token, firms = people.accounts[0], people.token.functions, people.firms
    expiry = int(people.web3.eth.get_block("latest")["timestamp"]) + YEAR
    entries = [(firm, FIRM_INVESTOR + index, expiry, False) for index, firm in enumerate(firms)]
    people.send(people.registry.functions.set_entries(1, entries), admin)
    for firm in firms:
        fund(people, firm, FIRM_DOLLARS)
        for property_id, (person, amount) in SOLD_TO_FIRMS.items():
            seller = people.persons[person]
            people.send(token.safeTransferFrom(seller, firm, property_id, amount, b""), seller)


def fund(people: People, who: str, dollars: int) -> None:
    """Fresh dollars in somebody's main account."""
    people.send(people.dollar.functions.mint(who, dollars * UNIT), who)
    people.send(people.dollar.functions.approve(people.vault.address, 2**256 - 1), who)
    people.send(people.vault.functions.deposit(main_account(who), dollars * UNIT), who)
