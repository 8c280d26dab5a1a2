"""What every getter answers: on the chain, by the model, and by the fold of the events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

from bench.compiled import Contract
from bench.stage import (
    ADMIN_AT,
    FEE,
    FEE_AT,
    ISSUER_AT,
    LISTER,
    LISTER_AT,
    OPERATOR,
    OPERATOR_AT,
    PAUSER,
    PAUSER_AT,
    Stage,
)
from tests.contracts.books_fold import (
    DollarFold,
    Fold,
    MarketplaceFold,
    OfferingFold,
    RegistryFold,
    TreasuryFold,
    VaultFold,
)
from tests.contracts.books_fold_token import TokenFold
from tests.contracts.books_model import Books
from tests.contracts.books_registry import ADMIN_ROLE
from tests.contracts.books_token import NO_DOCUMENT
from tests.contracts.books_vault import DAY
from tests.contracts.ledger import OUTSIDE, account_of

Getter = tuple[str, str, tuple[Any, ...]]  # contract by its name on the stage, function, arguments
Picture = dict[Getter, Any]
Answers = dict[tuple[str, str], Callable[..., Any]]

PERIODS = (0, 1, 2, 3)
DOCUMENTS = ("Appraisal", "Lease")
ROLES = {
    "vault": (ADMIN_ROLE, PAUSER),
    "token": (ADMIN_ROLE, LISTER),
    "marketplace": (ADMIN_ROLE, LISTER, PAUSER, FEE),
    "offering": (ADMIN_ROLE, PAUSER),
    "registry": (ADMIN_ROLE,),
    "treasury": (ADMIN_ROLE, OPERATOR),
}


@dataclass(frozen=True)
class Scope:
    """Whose books are compared. People can own accounts, subscribe and hold; so can the wallet, a contract."""

    stage: Stage
    people: tuple[str, ...]
    wallet: str

    @property
    def holders(self) -> tuple[str, ...]:
        return *self.people, self.wallet

    def accounts(self, properties: Iterable[int]) -> list[int]:
        """All that can ever hold money here."""
        users = (account_of(owner, number) for owner in self.holders for number in (0, 1))
        agents = (self.stage.token.address, self.stage.offering.address)
        market = self.stage.marketplace.address
        of_agents = (account_of(agent, property_id) for agent in agents for property_id in properties)
        others = (account_of(ISSUER_AT), account_of(self.stage.treasury.address))
        of_the_market = (account_of(market), account_of(market, 1))
        return [OUTSIDE, *users, *others, *of_the_market, *of_agents]

    def moving(self, properties: Iterable[int]) -> list[Getter]:
        """What a step may move: money and fractions."""
        listed = list(properties)
        return [
            ("dollar", "balanceOf", (self.stage.vault.address,)),
            *each("vault", ["balance_of"], self.accounts(listed)),
            *each("token", ["balanceOf", "locked_of", "rent_position_of"], self.holders, listed),
            *each("token", ["totalSupply", "sale_of", "rent_index_of", "pending_rent_of"], listed),
            *each("offering", ["subscription_of"], listed, self.people),
        ]

    def standing(self, books: Books) -> list[Getter]:
        """All else: terms, names, documents, keys, lists, roles."""
        listed = list(books.token.properties)
        lists = list(books.registry.registrars)
        days = {books.clock.now // DAY, *books.treasury.paid_on}
        actors = (*self.holders, ADMIN_AT, LISTER_AT, PAUSER_AT, OPERATOR_AT, FEE_AT)
        held = [(name, "hasRole", pair) for name, roles in ROLES.items() for pair in product(roles, actors)]
        return [
            *each("token", ["claimable_rent"], self.holders, listed),
            *each("token", ["property_of", "uri"], listed),
            *each("token", ["rent_of"], listed, PERIODS),
            *each("token", ["document_of"], listed, DOCUMENTS),
            *each("token", ["isApprovedForAll"], self.people, self.people),
            *each("offering", ["offering_of"], listed),
            *each("vault", ["fingerprint_of"], books.vault.request_ids.values()),
            ("registry", "list_count", ()),
            *each("registry", ["registrar_of"], lists),
            *each("registry", ["entry_of"], lists, self.holders),
            ("treasury", "daily_limit", ()),
            *each("treasury", ["paid_on"], days),
            *[(name, "paused", ()) for name in ("vault", "offering")],
            *each("dollar", ["balanceOf"], self.people),
            *held,
        ]


def each(contract: str, functions: list[str], *arguments: Iterable[Any]) -> list[Getter]:
    return [(contract, function, chosen) for function in functions for chosen in product(*arguments)]


def on_chain(stage: Stage, getters: list[Getter]) -> Picture:
    contracts: dict[str, Contract] = vars(stage)
    return {getter: stage.evm.ask(contracts[getter[0]], getter[1], *getter[2]) for getter in getters}


def answered(answers: Answers, getters: Iterable[Getter]) -> Picture:
    """By one who answers some of them."""
    return {
        getter: answers[contract, function](*arguments)
        for getter in getters
        for contract, function, arguments in [getter]
        if (contract, function) in answers
    }


def new_folds(stage: Stage) -> dict[str, Fold]:
    """By contract."""
    lists: dict[int, int] = {}
    return {
        "dollar": DollarFold(),
        "vault": VaultFold(),
        "token": TokenFold(lists, stage.marketplace.address),
        "marketplace": MarketplaceFold(),
        "offering": OfferingFold(lists),
        "registry": RegistryFold(),
        "treasury": TreasuryFold(),
    }


def of_folds(folds: dict[str, Fold]) -> Answers:
    return {(name, function): answer for name, fold in folds.items() for function, answer in fold.answers().items()}


def of_model(books: Books) -> Answers:
    """All but fingerprints and rent positions: they are how the contract keeps what the model keeps otherwise."""
    token, offering, rent, registry = books.token, books.offering, books.rent, books.registry
    answers: Answers = {
        ("dollar", "balanceOf"): lambda holder: books.coins.balances[holder],
        ("vault", "balance_of"): lambda account: books.vault.balances[account],
        ("vault", "paused"): lambda: books.vault.pausing.paused,
        ("token", "balanceOf"): lambda holder, id: token.balances[id, holder],
        ("token", "locked_of"): lambda holder, id: token.locked[id, holder],
        ("token", "isApprovedForAll"): lambda holder, operator: (holder, operator) in token.approvals,
        ("token", "totalSupply"): lambda id: token.properties[id].supply,
        ("token", "sale_of"): lambda id: (
            token.properties[id].reserved,
            token.properties[id].uncollected,
            rent.sold_at[id],
        ),
        ("token", "property_of"): lambda id: property_of(books, id),
        ("token", "uri"): lambda id: token.properties[id].metadata[2],
        ("token", "document_of"): lambda id, name: token.properties[id].documents.get(name, NO_DOCUMENT),
        ("token", "claimable_rent"): lambda holder, id: rent.claimable((id, holder)),
        ("token", "rent_index_of"): lambda id: rent.index[id],
        ("token", "pending_rent_of"): lambda id: (
            sum(each.amount for each in rent.pending(id)),
            len(rent.pending(id)),
            rent.remainder[id],
        ),
        ("token", "rent_of"): lambda id, period: rent_of(books, id, period),
        ("offering", "offering_of"): lambda id: offering_of(books, id),
        ("offering", "subscription_of"): lambda id, wallet: offering.subscriptions[id, wallet],
        ("offering", "paused"): lambda: offering.pausing.paused,
        ("registry", "list_count"): lambda: len(registry.registrars),
        ("registry", "registrar_of"): lambda number: registry.registrars[number],
        ("registry", "entry_of"): registry.entry_of,
        ("treasury", "daily_limit"): lambda: books.treasury.daily_limit,
        ("treasury", "paid_on"): lambda day: books.treasury.paid_on[day],
    }
    for name, roles in books.roles.items():
        answers[name, "hasRole"] = lambda role, account, held=roles.held: (role, account) in held
    return answers


def property_of(books: Books, property_id: int) -> tuple[Any, ...]:
    listed = books.token.properties[property_id]
    return (
        listed.issuer,
        listed.proposed_issuer,
        listed.supply_cap,
        listed.supply,
        listed.registry_list,
        listed.ended,
        listed.name,
        listed.metadata,
    )


def rent_of(books: Books, property_id: int, period: int) -> tuple[int, int, bool]:
    rent = books.rent.rents.get((property_id, period))
    return (rent.amount, rent.release_time, rent.released) if rent else (0, 0, False)


def offering_of(books: Books, property_id: int) -> tuple[Any, ...]:
    sale = books.offering.sales[property_id]
    return sale.status, sale.subscribed, sale.registry_list, sale.terms.values
