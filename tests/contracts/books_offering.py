"""What the PrimaryOffering should do, in plain Python, checks in its order."""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.contracts.books_registry import Clock, PausingModel, RegistryModel
from tests.contracts.books_rent import RentModel
from tests.contracts.books_token import Holding, TokenModel
from tests.contracts.books_vault import VaultModel
from tests.contracts.refusals import Refusal

NONE, OPEN, SETTLED, FAILED = range(4)
LARGEST_FRACTIONS = 2**48 - 1
LARGEST_PRICE = 2**80 - 1
LONGEST = 366 * 86_400


@dataclass(frozen=True)
class Terms:
    """In the order of the contract's struct."""

    price: int
    soft_cap: int
    hard_cap: int
    opens: int
    firm: int
    deadline: int
    minimum: int
    maximum: int

    @property
    def values(self) -> tuple[int, ...]:
        return tuple(vars(self).values())


NO_TERMS = Terms(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass
class Sale:
    status: int = NONE
    subscribed: int = 0
    registry_list: int = 0
    terms: Terms = NO_TERMS


@dataclass
class OfferingModel:
    address: str
    clock: Clock
    pausing: PausingModel
    vault: VaultModel
    token: TokenModel
    rent: RentModel
    registry: RegistryModel
    sales: dict[int, Sale] = field(default_factory=lambda: defaultdict(Sale))
    subscriptions: dict[Holding, int] = field(default_factory=lambda: defaultdict(int))

    def money_of(self, property_id: int) -> int:
        """What the offering's account of a property must hold (T6)."""
        sale = self.sales[property_id]
        held = [amount for (of, _), amount in self.subscriptions.items() if of == property_id]
        return sale.terms.price * sum(held) if sale.status in (OPEN, FAILED) else 0

    def set_offering(self, caller: str, property_id: int, terms: Terms) -> None:
        sale = self.sales[property_id]
        if sale.status != NONE and (sale.status != OPEN or self.clock.now >= sale.terms.opens):
            raise Refusal("OfferingExists", property_id)
        wrong = self._wrong_term(terms)
        if wrong:
            raise Refusal("InvalidTerms", wrong)
        registry_list = self.rent.reserve(property_id, caller, terms.hard_cap)
        self.sales[property_id] = Sale(OPEN, 0, registry_list, terms)

    def _wrong_term(self, terms: Terms) -> str:
        now = self.clock.now
        wrong = {
            "price": not 0 < terms.price <= LARGEST_PRICE,
            "soft_cap": not 0 < terms.soft_cap <= terms.hard_cap,
            "hard_cap": terms.hard_cap > LARGEST_FRACTIONS,
            "opens": terms.opens < now,
            "firm": not terms.opens <= terms.firm <= terms.deadline,
            "deadline": not terms.opens < terms.deadline <= now + LONGEST,
            "minimum": not 0 < terms.minimum <= terms.maximum,
            "maximum": terms.maximum > terms.hard_cap,
        }
        return next((term for term, is_wrong in wrong.items() if is_wrong), "")

    def cancel_offering(self, caller: str, property_id: int) -> None:
        sale = self.sales[property_id]
        if sale.status != OPEN or self.clock.now >= sale.terms.opens:
            raise Refusal("OfferingNotOpen", property_id)
        self.token.reserve(property_id, caller, 0)
        self.sales[property_id] = Sale()

    def subscribe(self, caller: str, property_id: int, amount: int) -> None:
        self.pausing.require_running()
        sale = self.sales[property_id]
        if sale.status != OPEN or not sale.terms.opens <= self.clock.now < sale.terms.deadline:
            raise Refusal("OfferingNotOpen", property_id)
        self.registry.require_eligible(property_id, sale.registry_list, caller)
        available = sale.terms.hard_cap - sale.subscribed
        if amount > available:
            raise Refusal("HardCapExceeded", property_id, available, amount)
        self._require_within(self.subscriptions[property_id, caller] + amount, sale.terms)
        self.subscriptions[property_id, caller] += amount
        sale.subscribed += amount
        self.vault.take(self.address, caller, property_id, amount * sale.terms.price)

    def unsubscribe(self, caller: str, property_id: int, amount: int) -> None:
        sale = self.sales[property_id]
        if sale.status != OPEN:
            raise Refusal("OfferingNotOpen", property_id)
        if self.clock.now >= sale.terms.firm:
            raise Refusal("SubscriptionsFirm", property_id, sale.terms.firm)
        subscription = self.subscriptions[property_id, caller]
        if amount > subscription:
            raise Refusal("InsufficientSubscription", subscription, amount)
        if amount != subscription:
            self._require_within(subscription - amount, sale.terms)
        self.subscriptions[property_id, caller] -= amount
        sale.subscribed -= amount
        self.vault.pay(self.address, caller, property_id, amount * sale.terms.price)

    def _require_within(self, subscription: int, terms: Terms) -> None:
        if not terms.minimum <= subscription <= terms.maximum:
            raise Refusal("SubscriptionOutOfBounds", subscription, terms.minimum, terms.maximum)

    def close_offering(self, property_id: int) -> None:
        sale = self.sales[property_id]
        closes = sale.terms.firm if sale.subscribed == sale.terms.hard_cap else sale.terms.deadline
        if sale.status != OPEN or self.clock.now < closes:
            raise Refusal("NotClosable", property_id)
        settled = sale.subscribed >= sale.terms.soft_cap
        sale.status = SETTLED if settled else FAILED
        issuer = self.token.settle_sale(property_id, sale.subscribed if settled else 0)
        self.rent.sell(property_id)
        if settled:
            self.vault.pay(self.address, issuer, property_id, sale.subscribed * sale.terms.price)

    def collect(self, property_id: int, subscriber: str) -> None:
        if self.sales[property_id].status != SETTLED:
            raise Refusal("NotSettled", property_id)
        self.rent.collect(property_id, subscriber, self._take_subscription(property_id, subscriber))

    def refund(self, property_id: int, subscriber: str) -> None:
        sale = self.sales[property_id]
        if sale.status != FAILED:
            raise Refusal("NotFailed", property_id)
        amount = self._take_subscription(property_id, subscriber)
        self.vault.pay(self.address, subscriber, property_id, amount * sale.terms.price)

    def _take_subscription(self, property_id: int, subscriber: str) -> int:
        amount = self.subscriptions[property_id, subscriber]
        if amount == 0:
            raise Refusal("NothingSubscribed", property_id, subscriber)
        self.subscriptions[property_id, subscriber] = 0
        return amount
