# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Sales
@notice Terms and state of an offering, and who subscribed to how much.
@dev Two slots an offering: price in bits 0 to 79, soft cap 80 to 127, hard cap 128 to 175,
     subscribed 176 to 223, status 224 to 231; and minimum in bits 0 to 47, maximum 48 to 95, opening
     96 to 135, firm time 136 to 175, deadline 176 to 215, registry list 216 to 247.
"""

# Errors:
#   InvalidTerms(string term)
#   SubscriptionOutOfBounds(uint256 subscription, uint256 minimum, uint256 maximum)
#   NothingSubscribed(uint256 property_id, address subscriber)


struct Terms:
    # Units of the stablecoin for one fraction, below 2^80.
    price: uint256
    # Fractions that must be subscribed for the sale to happen, and the most that can be.
    soft_cap: uint256
    hard_cap: uint256
    # Seconds since 1970: first subscription, last withdrawal, last subscription (all exclusive at their end).
    opens: uint256
    firm: uint256
    deadline: uint256
    # Fractions of one wallet's subscription.
    minimum: uint256
    maximum: uint256


struct Offering:
    status: uint256
    subscribed: uint256
    registry_list: uint256
    terms: Terms


# Open is announced before its opening, and closable after its deadline.
STATUS_NONE: constant(uint256) = 0
STATUS_OPEN: constant(uint256) = 1
STATUS_SETTLED: constant(uint256) = 2
STATUS_FAILED: constant(uint256) = 3

MAX_FRACTIONS: constant(uint256) = 2**48 - 1
MAX_PRICE: constant(uint256) = 2**80 - 1
MAX_TIME: constant(uint256) = 2**40 - 1
# Longest time from setting an offering to its deadline: until then it holds fractions of the cap.
MAX_DURATION: constant(uint256) = 366 * 86400

SOFT_BIT: constant(uint256) = 80
HARD_BIT: constant(uint256) = 128
SUBSCRIBED_BIT: constant(uint256) = 176
STATUS_BIT: constant(uint256) = 224

MAXIMUM_BIT: constant(uint256) = 48
OPENS_BIT: constant(uint256) = 96
FIRM_BIT: constant(uint256) = 136
DEADLINE_BIT: constant(uint256) = 176
LIST_BIT: constant(uint256) = 216

sales: HashMap[uint256, uint256]
limits: HashMap[uint256, uint256]
subscriptions: HashMap[uint256, HashMap[address, uint256]]


@internal
@view
def _offering(property_id: uint256) -> Offering:
    sale: uint256 = self.sales[property_id]
    limits: uint256 = self.limits[property_id]
    return Offering(
        status=sale >> STATUS_BIT,
        subscribed=(sale >> SUBSCRIBED_BIT) & MAX_FRACTIONS,
        registry_list=limits >> LIST_BIT,
        terms=Terms(
            price=sale & MAX_PRICE,
            soft_cap=(sale >> SOFT_BIT) & MAX_FRACTIONS,
            hard_cap=(sale >> HARD_BIT) & MAX_FRACTIONS,
            opens=(limits >> OPENS_BIT) & MAX_TIME,
            firm=(limits >> FIRM_BIT) & MAX_TIME,
            deadline=(limits >> DEADLINE_BIT) & MAX_TIME,
            minimum=limits & MAX_FRACTIONS,
            maximum=(limits >> MAXIMUM_BIT) & MAX_FRACTIONS,
        ),
    )


@internal
def _set(property_id: uint256, terms: Terms, registry_list: uint256):
    """@dev In place of what was set before; nobody can have subscribed yet."""
    self.sales[property_id] = (
        terms.price | (terms.soft_cap << SOFT_BIT) | (terms.hard_cap << HARD_BIT) | (STATUS_OPEN << STATUS_BIT)
    )
    self.limits[property_id] = (
        terms.minimum
        | (terms.maximum << MAXIMUM_BIT)
        | (terms.opens << OPENS_BIT)
        | (terms.firm << FIRM_BIT)
        | (terms.deadline << DEADLINE_BIT)
        | (registry_list << LIST_BIT)
    )


@internal
def _clear(property_id: uint256):
    self.sales[property_id] = 0
    self.limits[property_id] = 0


@internal
@view
def _price(property_id: uint256) -> uint256:
    return self.sales[property_id] & MAX_PRICE


@internal
@view
def _status(property_id: uint256) -> uint256:
    return self.sales[property_id] >> STATUS_BIT


@internal
def _set_status(property_id: uint256, status: uint256):
    """@dev The status is the highest field."""
    below: uint256 = self.sales[property_id] & (2**STATUS_BIT - 1)
    self.sales[property_id] = below | (status << STATUS_BIT)


@internal
def _set_subscription(property_id: uint256, subscription: uint256, subscribed: uint256):
    """@dev Subscribed is at most the hard cap, so it fits its field."""
    self.subscriptions[property_id][msg.sender] = subscription
    others: uint256 = self.sales[property_id] & ~(MAX_FRACTIONS << SUBSCRIBED_BIT)
    self.sales[property_id] = others | (subscribed << SUBSCRIBED_BIT)


@internal
def _take_subscription(property_id: uint256, subscriber: address) -> uint256:
    amount: uint256 = self.subscriptions[property_id][subscriber]
    if amount == 0:
        raw_revert(
            abi_encode(property_id, subscriber, method_id=method_id("NothingSubscribed(uint256,address)"))
        )
    self.subscriptions[property_id][subscriber] = 0
    return amount


@internal
@view
def _require_valid(terms: Terms):
    if terms.price == 0 or terms.price > MAX_PRICE:
        self._refuse_terms("price")
    if terms.soft_cap == 0 or terms.soft_cap > terms.hard_cap:
        self._refuse_terms("soft_cap")
    if terms.hard_cap > MAX_FRACTIONS:
        self._refuse_terms("hard_cap")
    if terms.opens < block.timestamp:
        self._refuse_terms("opens")
    if terms.firm < terms.opens or terms.firm > terms.deadline:
        self._refuse_terms("firm")
    if terms.deadline <= terms.opens or terms.deadline > block.timestamp + MAX_DURATION:
        self._refuse_terms("deadline")
    if terms.minimum == 0 or terms.minimum > terms.maximum:
        self._refuse_terms("minimum")
    if terms.maximum > terms.hard_cap:
        self._refuse_terms("maximum")


@internal
@pure
def _refuse_terms(term: String[32]):
    raw_revert(abi_encode(term, method_id=method_id("InvalidTerms(string)")))


@internal
@pure
def _require_within(subscription: uint256, terms: Terms):
    if subscription < terms.minimum or subscription > terms.maximum:
        raw_revert(
            abi_encode(
                subscription,
                terms.minimum,
                terms.maximum,
                method_id=method_id("SubscriptionOutOfBounds(uint256,uint256,uint256)"),
            )
        )
