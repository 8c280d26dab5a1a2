# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Rent
@notice Rent in two steps: the issuer declares it for a period, which escrows the money and names a
        release time at least the notice ahead; from then on anyone releases it, pro rata to the
        fractions held at that moment. The final distribution, under period 0, ends a property.
@dev The rent index of a property rises by the units per fraction of each release, scaled by 2^48;
     what the division leaves is carried to the next release.
"""

# Errors:
#   InvalidPeriod(uint256 period)
#   InvalidReleaseTime(uint256 release_time, uint256 earliest, uint256 latest)
#   PeriodDeclared(uint256 property_id, uint256 period)
#   NothingSold(uint256 property_id)
#   RentTooLarge(uint256 property_id, uint256 amount)
#   UnknownRent(uint256 property_id, uint256 period)
#   RentReleasedBefore(uint256 property_id, uint256 period)
#   RentNotDue(uint256 property_id, uint256 period, uint256 release_time)
#   RentPending(uint256 property_id)

from contracts.modules import postings
from contracts.modules import properties
from contracts.modules import settlement
from contracts.modules import terms

uses: properties
uses: settlement
uses: terms


event RentDeclared:
    property_id: indexed(uint256)
    period: indexed(uint256)
    amount: uint256
    release_time: uint256


event RentReleased:
    property_id: indexed(uint256)
    period: indexed(uint256)
    amount: uint256
    rent_index: uint256
    remainder: uint256


event RentClaimed:
    property_id: indexed(uint256)
    holder: indexed(address)
    amount: uint256
    owed: uint256


event PropertyEnded:
    property_id: indexed(uint256)


struct Rent:
    amount: uint256
    release_time: uint256
    released: bool


FINAL: constant(uint256) = 0
MAX_PERIOD: constant(uint256) = 2**32 - 1
# Longest time from declaring to releasing.
MAX_WAIT: constant(uint256) = 366 * 86400

SCALE_BITS: constant(uint256) = 48
AMOUNT_MASK: constant(uint256) = 2**128 - 1
TIME_BIT: constant(uint256) = 128
TIME_MASK: constant(uint256) = 2**64 - 1
RELEASED: constant(uint256) = 2**192

REMAINDER_BIT: constant(uint256) = 128
REMAINDER_MASK: constant(uint256) = 2**48 - 1
ONE_PENDING: constant(uint256) = 2**176

NOTICE: immutable(uint256)

# By property and period: amount in bits 0 to 127, release time in 128 to 191, released in 192.
rents: HashMap[uint256, HashMap[uint256, uint256]]

# By property: sum of declared and unreleased rent in bits 0 to 127, the remainder in units scaled
# by 2^48 in 128 to 175, how many rents are declared and unreleased in 176 to 255.
pending: HashMap[uint256, uint256]


@deploy
def __init__(notice: uint256):
    NOTICE = notice


@external
@view
def rent_notice() -> uint256:
    """
    @notice Seconds from declaring a rent to its release, at least.
    """
    return NOTICE


@external
@view
def rent_of(property_id: uint256, period: uint256) -> Rent:
    """
    @notice The rent of a period, 0 for the final distribution; zeros where none was declared.
    """
    slot: uint256 = self.rents[property_id][period]
    return Rent(
        amount=slot & AMOUNT_MASK,
        release_time=(slot >> TIME_BIT) & TIME_MASK,
        released=slot & RELEASED != 0,
    )


@external
@view
def pending_rent_of(property_id: uint256) -> (uint256, uint256, uint256):
    """
    @return Units declared and unreleased, in how many rents, and the remainder scaled by 2^48.
    """
    slot: uint256 = self.pending[property_id]
    return slot & AMOUNT_MASK, slot // ONE_PENDING, (slot >> REMAINDER_BIT) & REMAINDER_MASK


@internal
def _declare(property_id: uint256, period: uint256, amount: uint256, release_time: uint256):
    terms._require_not_ending(property_id)
    if self.rents[property_id][period] != 0:
        raw_revert(abi_encode(property_id, period, method_id=method_id("PeriodDeclared(uint256,uint256)")))
    earliest: uint256 = block.timestamp + NOTICE
    latest: uint256 = earliest + MAX_WAIT
    if release_time < earliest or release_time > latest:
        raw_revert(
            abi_encode(
                release_time, earliest, latest, method_id=method_id("InvalidReleaseTime(uint256,uint256,uint256)")
            )
        )
    supply: uint256 = properties._supply(property_id)
    if supply == 0:
        raw_revert(abi_encode(property_id, method_id=method_id("NothingSold(uint256)")))
    slot: uint256 = self.pending[property_id]
    # The supply never falls before the end, so what fits now fits at the release.
    if amount > AMOUNT_MASK:
        self._refuse_amount(property_id, amount)
    waiting: uint256 = unsafe_add(slot & AMOUNT_MASK, amount)
    rise: uint256 = ((waiting + 1) << SCALE_BITS) // supply
    if waiting > AMOUNT_MASK or terms._rent_index(property_id) + rise > terms.INDEX_MASK:
        self._refuse_amount(property_id, amount)
    self.rents[property_id][period] = amount | (release_time << TIME_BIT)
    self.pending[property_id] = unsafe_add(slot, amount) + ONE_PENDING
    log RentDeclared(property_id=property_id, period=period, amount=amount, release_time=release_time)
    settlement._take(
        msg.sender, property_id, amount, postings.KIND_RENT_DECLARED, convert(period, bytes32)
    )


@internal
def _declare_final(property_id: uint256, amount: uint256, release_time: uint256):
    self._declare(property_id, FINAL, amount, release_time)
    terms.slots[property_id] |= terms.ENDING


@internal
def _release(property_id: uint256, period: uint256):
    rent: uint256 = self.rents[property_id][period]
    if rent == 0:
        raw_revert(abi_encode(property_id, period, method_id=method_id("UnknownRent(uint256,uint256)")))
    if rent & RELEASED != 0:
        raw_revert(abi_encode(property_id, period, method_id=method_id("RentReleasedBefore(uint256,uint256)")))
    release_time: uint256 = rent >> TIME_BIT
    if block.timestamp < release_time:
        raw_revert(
            abi_encode(
                property_id, period, release_time, method_id=method_id("RentNotDue(uint256,uint256,uint256)")
            )
        )
    slot: uint256 = self.pending[property_id]
    if period == FINAL and slot // ONE_PENDING != 1:
        self._refuse_pending(property_id)
    amount: uint256 = rent & AMOUNT_MASK
    supply: uint256 = properties._supply(property_id)
    scaled: uint256 = (amount << SCALE_BITS) + ((slot >> REMAINDER_BIT) & REMAINDER_MASK)
    remainder: uint256 = scaled % supply
    rent_index: uint256 = terms._rent_index(property_id) + scaled // supply
    self.rents[property_id][period] = rent | RELEASED
    count: uint256 = slot // ONE_PENDING - 1
    self.pending[property_id] = (
        ((slot & AMOUNT_MASK) - amount) | (remainder << REMAINDER_BIT) | (count * ONE_PENDING)
    )
    # The index fits its field, the lowest one: that was seen when the rent was declared.
    terms.slots[property_id] = (terms.slots[property_id] & ~terms.INDEX_MASK) | rent_index
    log RentReleased(
        property_id=property_id, period=period, amount=amount, rent_index=rent_index, remainder=remainder
    )
    if period == FINAL:
        terms.slots[property_id] |= terms.ENDED
        log PropertyEnded(property_id=property_id)


@internal
@view
def _require_none_pending(property_id: uint256):
    if self.pending[property_id] // ONE_PENDING != 0:
        self._refuse_pending(property_id)


@internal
@pure
def _require_period(period: uint256):
    if period == FINAL or period > MAX_PERIOD:
        raw_revert(abi_encode(period, method_id=method_id("InvalidPeriod(uint256)")))


@internal
@pure
def _refuse_amount(property_id: uint256, amount: uint256):
    raw_revert(abi_encode(property_id, amount, method_id=method_id("RentTooLarge(uint256,uint256)")))


@internal
@pure
def _refuse_pending(property_id: uint256):
    raw_revert(abi_encode(property_id, method_id=method_id("RentPending(uint256)")))
