# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Issuance
@notice How fractions come into being: allotted by the issuer, or sold by the offering. What an
        offering may sell is reserved within the cap while it runs; what it sold counts in the
        supply at once, and becomes a holder's balance when it is collected.
@dev One slot a property: reserved (bits 0 to 47), sold and not collected (48 to 95), and the rent
     index at the sale (96 to 223), from which on uncollected fractions earn.
"""

# Errors:
#   OfferingRuns(uint256 property_id)
#   NotUncollected(uint256 property_id, uint256 uncollected, uint256 needed)

from contracts.modules import erc1155
from contracts.modules import holdings
from contracts.modules import properties
from contracts.modules import terms

uses: erc1155
uses: holdings
uses: properties
uses: terms


event FractionsReserved:
    property_id: indexed(uint256)
    reserved: uint256


event SaleSettled:
    property_id: indexed(uint256)
    sold: uint256
    supply: uint256
    rent_index: uint256


event FractionsCollected:
    property_id: indexed(uint256)
    holder: indexed(address)
    amount: uint256
    uncollected: uint256


AMOUNT_MASK: constant(uint256) = 2**48 - 1
UNCOLLECTED_BIT: constant(uint256) = 48
MARK_BIT: constant(uint256) = 96

sales: HashMap[uint256, uint256]


@internal
def _allot(property_id: uint256, receiver: address, amount: uint256):
    terms._require_not_ending(property_id)
    properties._increase_supply(property_id, amount, self._reserved(property_id))
    erc1155._mint(receiver, property_id, amount)


@internal
def _reserve(property_id: uint256, amount: uint256):
    """@dev Replaces what was reserved before; 0 sets it free. There is no sale before that."""
    properties._require_available(property_id, amount, 0)
    self.sales[property_id] = amount
    log FractionsReserved(property_id=property_id, reserved=amount)


@internal
def _settle_sale(property_id: uint256, sold: uint256):
    """@dev `sold` is at most what was reserved, so that this cannot exceed the cap."""
    rent_index: uint256 = terms._rent_index(property_id)
    properties._increase_supply(property_id, sold, 0)
    self.sales[property_id] = (sold << UNCOLLECTED_BIT) | (rent_index << MARK_BIT)
    log SaleSettled(
        property_id=property_id, sold=sold, supply=properties._supply(property_id), rent_index=rent_index
    )


@internal
def _collect(property_id: uint256, holder: address, amount: uint256):
    sale: uint256 = self.sales[property_id]
    uncollected: uint256 = self._uncollected(property_id)
    if amount > uncollected:
        raw_revert(
            abi_encode(
                property_id, uncollected, amount, method_id=method_id("NotUncollected(uint256,uint256,uint256)")
            )
        )
    self.sales[property_id] = unsafe_sub(sale, amount << UNCOLLECTED_BIT)
    risen: uint256 = unsafe_sub(terms._rent_index(property_id), sale >> MARK_BIT)
    if risen != 0:
        holdings._owe(property_id, holder, unsafe_mul(amount, risen))
    log FractionsCollected(
        property_id=property_id, holder=holder, amount=amount, uncollected=unsafe_sub(uncollected, amount)
    )
    erc1155._mint(holder, property_id, amount)


@internal
@view
def _reserved(property_id: uint256) -> uint256:
    return self.sales[property_id] & AMOUNT_MASK


@internal
@view
def _uncollected(property_id: uint256) -> uint256:
    return (self.sales[property_id] >> UNCOLLECTED_BIT) & AMOUNT_MASK


@internal
@view
def _require_no_offering(property_id: uint256):
    if self._reserved(property_id) != 0:
        raw_revert(abi_encode(property_id, method_id=method_id("OfferingRuns(uint256)")))
