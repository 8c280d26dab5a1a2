# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title PrimaryOffering
@notice Sells the first fractions of a property: one offering each, with a price, a soft cap, a hard
        cap and three times. Subscriptions rest in the vault, in this contract's account of the
        property. Until the firm time anyone may leave; after the deadline anyone closes it: with
        the soft cap met the issuer is paid and fractions are collected, otherwise each
        subscriber is refunded to the last unit.
@dev No function loops over subscribers.
"""

# Errors:
#   OfferingExists(uint256 property_id)
#   OfferingNotOpen(uint256 property_id)
#   SubscriptionsFirm(uint256 property_id, uint256 firm)
#   HardCapExceeded(uint256 property_id, uint256 available, uint256 needed)
#   InsufficientSubscription(uint256 subscription, uint256 needed)
#   NotClosable(uint256 property_id)
#   NotSettled(uint256 property_id)
#   NotFailed(uint256 property_id)

# -- modules and interfaces

from contracts.modules import eligibility
from contracts.modules import pausing
from contracts.modules import postings
from contracts.modules import roles
from contracts.modules import sales
from contracts.modules import settlement

initializes: roles
initializes: pausing[roles := roles]
initializes: eligibility
initializes: settlement
initializes: sales

exports: (
    roles.DEFAULT_ADMIN_ROLE,
    roles.hasRole,
    roles.getRoleAdmin,
    roles.grantRole,
    roles.revokeRole,
    roles.renounceRole,
    pausing.PAUSER,
    pausing.paused,
    pausing.pause,
    pausing.unpause,
    eligibility.investor_registry,
    settlement.settlement_vault,
)


interface Token:
    def reserve(property_id: uint256, issuer: address, amount: uint256) -> uint256: nonpayable
    def settle_sale(property_id: uint256, sold: uint256) -> address: nonpayable
    def collect(property_id: uint256, holder: address, amount: uint256): nonpayable


event OfferingSet:
    property_id: indexed(uint256)
    issuer: indexed(address)
    price: uint256
    soft_cap: uint256
    hard_cap: uint256
    opens: uint256
    firm: uint256
    deadline: uint256
    minimum: uint256
    maximum: uint256


event OfferingCancelled:
    property_id: indexed(uint256)


event Subscribed:
    property_id: indexed(uint256)
    subscriber: indexed(address)
    amount: uint256
    subscription: uint256
    subscribed: uint256


event Unsubscribed:
    property_id: indexed(uint256)
    subscriber: indexed(address)
    amount: uint256
    subscription: uint256
    subscribed: uint256


event OfferingClosed:
    property_id: indexed(uint256)
    settled: bool
    subscribed: uint256
    proceeds: uint256


event Collected:
    property_id: indexed(uint256)
    subscriber: indexed(address)
    amount: uint256


event Refunded:
    property_id: indexed(uint256)
    subscriber: indexed(address)
    amount: uint256
    money: uint256


# -- constants

TOKEN: immutable(address)


# -- constructor

@deploy
def __init__(settlement_vault: address, fraction_token: address, investor_registry: address, admin: address):
    TOKEN = fraction_token
    settlement.__init__(settlement_vault)
    eligibility.__init__(investor_registry)
    roles.__init__(admin)


# -- the issuer

@external
def set_offering(property_id: uint256, terms: sales.Terms):
    """
    @notice Offer a property's fractions, or change the terms of an offering that has not opened; the issuer only.
            From the opening on nobody can change them.
    """
    sale: sales.Offering = sales._offering(property_id)
    if sale.status != sales.STATUS_NONE and (sale.status != sales.STATUS_OPEN or block.timestamp >= sale.terms.opens):
        raw_revert(abi_encode(property_id, method_id=method_id("OfferingExists(uint256)")))
    sales._require_valid(terms)
    registry_list: uint256 = extcall Token(TOKEN).reserve(property_id, msg.sender, terms.hard_cap)
    sales._set(property_id, terms, registry_list)
    log OfferingSet(
        property_id=property_id,
        issuer=msg.sender,
        price=terms.price,
        soft_cap=terms.soft_cap,
        hard_cap=terms.hard_cap,
        opens=terms.opens,
        firm=terms.firm,
        deadline=terms.deadline,
        minimum=terms.minimum,
        maximum=terms.maximum,
    )


@external
def cancel_offering(property_id: uint256):
    """
    @notice Call off an offering that has not opened; the issuer only.
    """
    sale: sales.Offering = sales._offering(property_id)
    if sale.status != sales.STATUS_OPEN or block.timestamp >= sale.terms.opens:
        self._refuse_not_open(property_id)
    extcall Token(TOKEN).reserve(property_id, msg.sender, 0)
    sales._clear(property_id)
    log OfferingCancelled(property_id=property_id)


# -- subscribers

@external
def subscribe(property_id: uint256, amount: uint256):
    """
    @notice Subscribe to `amount` more fractions, paid now from the caller's main account into escrow.
    """
    pausing._require_running()
    sale: sales.Offering = sales._offering(property_id)
    if (
        sale.status != sales.STATUS_OPEN
        or block.timestamp < sale.terms.opens
        or block.timestamp >= sale.terms.deadline
    ):
        self._refuse_not_open(property_id)
    eligibility._require_eligible(property_id, sale.registry_list, msg.sender)
    available: uint256 = sale.terms.hard_cap - sale.subscribed
    if amount > available:
        raw_revert(
            abi_encode(
                property_id, available, amount, method_id=method_id("HardCapExceeded(uint256,uint256,uint256)")
            )
        )
    subscription: uint256 = sales.subscriptions[property_id][msg.sender] + amount
    sales._require_within(subscription, sale.terms)
    sales._set_subscription(property_id, subscription, sale.subscribed + amount)
    log Subscribed(
        property_id=property_id,
        subscriber=msg.sender,
        amount=amount,
        subscription=subscription,
        subscribed=sale.subscribed + amount,
    )
    settlement._take(
        msg.sender, property_id, amount * sale.terms.price, postings.KIND_SUBSCRIPTION, empty(bytes32)
    )


@external
def unsubscribe(property_id: uint256, amount: uint256):
    """
    @notice Take back a part of the caller's subscription, or all of it, until the firm time.
    """
    sale: sales.Offering = sales._offering(property_id)
    if sale.status != sales.STATUS_OPEN:
        self._refuse_not_open(property_id)
    if block.timestamp >= sale.terms.firm:
        raw_revert(
            abi_encode(property_id, sale.terms.firm, method_id=method_id("SubscriptionsFirm(uint256,uint256)"))
        )
    subscription: uint256 = sales.subscriptions[property_id][msg.sender]
    if amount > subscription:
        raw_revert(
            abi_encode(subscription, amount, method_id=method_id("InsufficientSubscription(uint256,uint256)"))
        )
    subscription -= amount
    if subscription != 0:
        sales._require_within(subscription, sale.terms)
    sales._set_subscription(property_id, subscription, sale.subscribed - amount)
    log Unsubscribed(
        property_id=property_id,
        subscriber=msg.sender,
        amount=amount,
        subscription=subscription,
        subscribed=sale.subscribed - amount,
    )
    settlement._pay(
        msg.sender, property_id, amount * sale.terms.price, postings.KIND_UNSUBSCRIPTION, empty(bytes32)
    )


# -- anyone

@external
def close_offering(property_id: uint256):
    """
    @notice Decide an offering, once and for ever: from the deadline on, or from the firm time on when it is
            sold out. With the soft cap met the issuer is paid.
    """
    sale: sales.Offering = sales._offering(property_id)
    closes: uint256 = sale.terms.deadline
    if sale.subscribed == sale.terms.hard_cap:
        closes = sale.terms.firm
    if sale.status != sales.STATUS_OPEN or block.timestamp < closes:
        raw_revert(abi_encode(property_id, method_id=method_id("NotClosable(uint256)")))
    settled: bool = sale.subscribed >= sale.terms.soft_cap
    proceeds: uint256 = 0
    if settled:
        proceeds = sale.subscribed * sale.terms.price
        sales._set_status(property_id, sales.STATUS_SETTLED)
        issuer: address = extcall Token(TOKEN).settle_sale(property_id, sale.subscribed)
        settlement._pay(issuer, property_id, proceeds, postings.KIND_PROCEEDS, empty(bytes32))
    else:
        sales._set_status(property_id, sales.STATUS_FAILED)
        extcall Token(TOKEN).settle_sale(property_id, 0)
    log OfferingClosed(
        property_id=property_id, settled=settled, subscribed=sale.subscribed, proceeds=proceeds
    )


@external
def collect(property_id: uint256, subscriber: address):
    """
    @notice Give a subscriber of a settled offering his fractions, with the rent that they earned meanwhile; anyone.
    """
    if sales._status(property_id) != sales.STATUS_SETTLED:
        raw_revert(abi_encode(property_id, method_id=method_id("NotSettled(uint256)")))
    amount: uint256 = sales._take_subscription(property_id, subscriber)
    log Collected(property_id=property_id, subscriber=subscriber, amount=amount)
    extcall Token(TOKEN).collect(property_id, subscriber, amount)


@external
def refund(property_id: uint256, subscriber: address):
    """
    @notice Give a subscriber of a failed offering his money back, all of it; anyone.
    """
    if sales._status(property_id) != sales.STATUS_FAILED:
        raw_revert(abi_encode(property_id, method_id=method_id("NotFailed(uint256)")))
    amount: uint256 = sales._take_subscription(property_id, subscriber)
    money: uint256 = amount * sales._price(property_id)
    log Refunded(property_id=property_id, subscriber=subscriber, amount=amount, money=money)
    settlement._pay(subscriber, property_id, money, postings.KIND_REFUND, empty(bytes32))


# -- views

@external
@view
def offering_of(property_id: uint256) -> sales.Offering:
    """
    @notice Terms and state; status 0 none, 1 open from its opening on, 2 settled, 3 failed.
    """
    return sales._offering(property_id)


@external
@view
def subscription_of(property_id: uint256, subscriber: address) -> uint256:
    """
    @notice Fractions that a wallet has subscribed to and neither collected nor been refunded.
    """
    return sales.subscriptions[property_id][subscriber]


@external
@view
def fraction_token() -> address:
    return TOKEN


# -- checks

@internal
@pure
def _refuse_not_open(property_id: uint256):
    raw_revert(abi_encode(property_id, method_id=method_id("OfferingNotOpen(uint256)")))
