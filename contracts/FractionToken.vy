# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title FractionToken
@notice ERC-1155 with one id per property, each with a fixed cap of fractions that earn rent.
        Fractions are escrowed by a lock in place: balanceOf stays true, the holder keeps earning,
        and no callback runs.
"""

# Errors:
#   NotOffering(address caller)
#   NothingToClaim(uint256 property_id, address holder)
#   UnknownList(uint256 registry_list)

# -- modules

from contracts.modules import eligibility
from contracts.modules import erc1155
from contracts.modules import holdings
from contracts.modules import issuance
from contracts.modules import postings
from contracts.modules import properties
from contracts.modules import rent
from contracts.modules import roles
from contracts.modules import settlement
from contracts.modules import terms
from contracts.modules import trading

initializes: roles
initializes: terms
initializes: eligibility
initializes: settlement
initializes: properties[terms := terms]
initializes: holdings
initializes: erc1155[eligibility := eligibility, holdings := holdings, terms := terms]
initializes: trading[holdings := holdings, terms := terms]
initializes: issuance[erc1155 := erc1155, holdings := holdings, properties := properties, terms := terms]
initializes: rent[properties := properties, settlement := settlement, terms := terms]

exports: (
    roles.DEFAULT_ADMIN_ROLE,
    roles.hasRole,
    roles.getRoleAdmin,
    roles.grantRole,
    roles.revokeRole,
    roles.renounceRole,
    erc1155.balanceOf,
    erc1155.balanceOfBatch,
    erc1155.isApprovedForAll,
    erc1155.setApprovalForAll,
    erc1155.safeTransferFrom,
    erc1155.safeBatchTransferFrom,
    eligibility.investor_registry,
    settlement.settlement_vault,
    rent.rent_notice,
    rent.rent_of,
    rent.pending_rent_of,
    trading.marketplace,
    trading.lock,
    trading.unlock,
    trading.settle_bid,
    trading.settle_ask,
    trading.acknowledge,
)


interface Registry:
    def list_count() -> uint256: view


# -- constants

LISTER: public(constant(bytes32)) = keccak256("LISTER")

# The only contract that may sell fractions that do not exist yet.
PRIMARY_OFFERING: immutable(address)


# -- constructor

@deploy
def __init__(
    settlement_vault: address,
    marketplace: address,
    primary_offering: address,
    investor_registry: address,
    rent_notice: uint256,
    admin: address,
):
    """
    @param rent_notice Seconds from declaring a rent to its release, at least.
    """
    trading.__init__(marketplace)
    PRIMARY_OFFERING = primary_offering
    settlement.__init__(settlement_vault)
    eligibility.__init__(investor_registry)
    rent.__init__(rent_notice)
    roles.__init__(admin)


# -- listing

@external
def list_property(
    property_id: uint256,
    issuer: address,
    supply_cap: uint256,
    registry_list: uint256,
    name: String[64],
    content_hash: bytes32,
    uri: String[256],
):
    """
    @notice List a property, once and for ever; LISTER only. Nobody can change its id, cap or list.
    @param property_id 1 to 2^32 - 1.
    @param supply_cap The most fractions that can ever exist, 1 to 2^48 - 1.
    @param registry_list The list of the InvestorRegistry whose wallets may hold it; 0 for anyone.
    @param content_hash Hash of the metadata document at `uri`.
    """
    roles._require(LISTER)
    if registry_list != 0:
        count: uint256 = staticcall Registry(eligibility.REGISTRY).list_count()
        if registry_list > count or registry_list > terms.MAX_LIST:
            raw_revert(abi_encode(registry_list, method_id=method_id("UnknownList(uint256)")))
    properties._list(property_id, issuer, supply_cap, registry_list, name)
    self._set_metadata(property_id, content_hash, uri)


@external
def propose_issuer(property_id: uint256, issuer: address):
    """
    @notice First step of handing a property's rights on, which change when `issuer` accepts; address 0 takes
            the proposal back. The issuer only.
    """
    properties._require_issuer(property_id, msg.sender)
    properties._propose_issuer(property_id, issuer)


@external
def accept_issuer(property_id: uint256):
    """
    @notice Become the issuer of a property; the proposed issuer only.
    """
    properties._accept_issuer(property_id)


@external
def set_metadata(property_id: uint256, content_hash: bytes32, uri: String[256]):
    """
    @notice Bind a new version of the metadata document; the property's issuer only.
    """
    properties._require_issuer(property_id, msg.sender)
    self._set_metadata(property_id, content_hash, uri)


@external
def set_document(property_id: uint256, name: String[64], content_hash: bytes32, uri: String[256]):
    """
    @notice Bind a new version of a named document; the property's issuer only.
    """
    properties._require_issuer(property_id, msg.sender)
    properties._set_document(property_id, name, content_hash, uri)


@internal
def _set_metadata(property_id: uint256, content_hash: bytes32, uri: String[256]):
    properties._set_metadata(property_id, content_hash, uri)
    log erc1155.URI(value=uri, id=property_id)


# -- fractions come into being

@external
def allot(property_id: uint256, receiver: address, amount: uint256):
    """
    @notice Create fractions within the cap for `receiver`; the property's issuer only. Refused while
            rent is declared, which was priced in by those who hold now.
    """
    properties._require_issuer(property_id, msg.sender)
    rent._require_none_pending(property_id)
    issuance._allot(property_id, receiver, amount)


@external
def reserve(property_id: uint256, issuer: address, amount: uint256) -> uint256:
    """
    @notice Set fractions aside for an offering by `issuer`, in place of those reserved before; the offering only.
            Refused while rent is declared, as an allotment is; 0 sets free what was reserved, at any time.
    @return The property's registry list.
    """
    self._require_offering()
    properties._require_issuer(property_id, issuer)
    if amount != 0:
        terms._require_not_ending(property_id)
        rent._require_none_pending(property_id)
    issuance._reserve(property_id, amount)
    return terms._registry_list(property_id)


@external
def settle_sale(property_id: uint256, sold: uint256) -> address:
    """
    @notice Count what an offering sold as supply, and set free what it did not; the offering only.
    @return The property's issuer.
    """
    self._require_offering()
    issuance._settle_sale(property_id, sold)
    return properties._issuer(property_id)


@external
def collect(property_id: uint256, holder: address, amount: uint256):
    """
    @notice Turn sold fractions into a holder's balance, with the rent since the sale; the offering only.
    """
    self._require_offering()
    issuance._collect(property_id, holder, amount)


@internal
@view
def _require_offering():
    if msg.sender != PRIMARY_OFFERING:
        raw_revert(abi_encode(msg.sender, method_id=method_id("NotOffering(address)")))


# -- rent

@external
def declare_rent(property_id: uint256, period: uint256, amount: uint256, release_time: uint256):
    """
    @notice Escrow a period's rent, from the issuer's main account; the property's issuer only.
    @param period 1 to 2^32 - 1, once for each property; by convention year and month, as in 202611.
    @param release_time Second from which on anyone may release it, at least the notice ahead.
    """
    properties._require_issuer(property_id, msg.sender)
    rent._require_period(period)
    rent._declare(property_id, period, amount, release_time)


@external
def declare_final(property_id: uint256, amount: uint256, release_time: uint256):
    """
    @notice Escrow the final distribution, period 0: from here on no more rent, no more fractions and no new
            orders, and after its release fractions are burnt as their holders collect. The issuer only.
    """
    properties._require_issuer(property_id, msg.sender)
    issuance._require_no_offering(property_id)
    rent._declare_final(property_id, amount, release_time)
    trading._close_book(property_id)


@external
def release_rent(property_id: uint256, period: uint256):
    """
    @notice Make a declared rent claimable by who holds at this moment; anyone, from its release time on.
    """
    rent._release(property_id, period)


@external
def claim_rent(property_id: uint256, holder: address) -> uint256:
    """
    @notice Pay what a holder has earned into his own main account, and after the end of the property burn
            his fractions, but for those in escrow; anyone.
    @return Units paid; less than one unit stays owed.
    """
    units: uint256 = holdings._collect_owed(property_id, holder, terms._rent_index(property_id))
    burnt: uint256 = 0
    if terms._has_ended(property_id):
        burnt = holdings._balance(property_id, holder) - holdings._locked(property_id, holder)
        if burnt != 0:
            properties._decrease_supply(property_id, burnt)
            erc1155._burn(holder, property_id, burnt)
    if units == 0 and burnt == 0:
        raw_revert(abi_encode(property_id, holder, method_id=method_id("NothingToClaim(uint256,address)")))
    if units != 0:
        log rent.RentClaimed(
            property_id=property_id, holder=holder, amount=units, owed=holdings.owed[property_id][holder]
        )
        settlement._pay(holder, property_id, units, postings.KIND_RENT_CLAIMED, empty(bytes32))
    return units


# -- views

@external
@view
def locked_of(holder: address, property_id: uint256) -> uint256:
    """
    @notice Fractions of `holder` that rest in escrow; they are part of balanceOf.
    """
    return holdings._locked(property_id, holder)


@external
@view
def totalSupply(id: uint256) -> uint256:
    """
    @notice Fractions that there are: all balances, and what was sold and not yet collected.
    """
    return properties._supply(id)


@external
@view
def property_of(property_id: uint256) -> properties.Property:
    return properties._get(property_id)


@external
@view
def document_of(property_id: uint256, name: String[64]) -> properties.Document:
    """
    @notice The newest version of a named document; version 0 where there is none.
    """
    return properties.documents[property_id][name]


@external
@view
def uri(id: uint256) -> String[256]:
    return properties.metadata[id].uri


@external
@view
def sale_of(property_id: uint256) -> (uint256, uint256, uint256):
    """
    @return Fractions reserved for an offering, fractions sold and not collected, rent index at the sale.
    """
    sale: uint256 = issuance.sales[property_id]
    return issuance._reserved(property_id), issuance._uncollected(property_id), sale >> issuance.MARK_BIT


@external
@view
def rent_index_of(property_id: uint256) -> uint256:
    """
    @notice Units that one fraction has earned since the property was listed, scaled by 2^48.
    """
    return terms._rent_index(property_id)


@external
@view
def rent_position_of(holder: address, property_id: uint256) -> (uint256, uint256):
    """
    @return Rent index up to which the holder is settled, and what is owed up to there, scaled by 2^48.
    """
    return holdings.slots[property_id][holder] >> holdings.MARK_BIT, holdings.owed[property_id][holder]


@external
@view
def claimable_rent(holder: address, property_id: uint256) -> uint256:
    """
    @notice Units that claim_rent would pay now.
    """
    return holdings._claimable(property_id, holder, terms._rent_index(property_id))


@external
@view
def listing_of(property_id: uint256) -> (uint256, bool):
    """
    @return The property's registry list, and whether its final distribution was declared.
    """
    properties._issuer(property_id)
    return terms._registry_list(property_id), terms._is_ending(property_id)


@external
@view
def primary_offering() -> address:
    return PRIMARY_OFFERING


@external
@pure
def supportsInterface(interface_id: bytes4) -> bool:
    """@notice ERC-165: itself, ERC-1155, its metadata URI extension, AccessControl."""
    return interface_id in [0x01ffc9a7, 0xd9b67a26, 0x0e89341c, 0x7965db0b]
