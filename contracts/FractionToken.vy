# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title FractionToken
@notice ERC-1155 with one id per property, each with a fixed cap of fractions. Fractions are
        escrowed by a lock in place: balanceOf stays true and no callback runs.
"""

# Errors:
#   NotMarketplace(address caller)

# -- modules

from contracts.modules import erc1155
from contracts.modules import holdings
from contracts.modules import properties
from contracts.modules import roles

initializes: roles
initializes: properties
initializes: holdings
initializes: erc1155[holdings := holdings]

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
)

# -- constants

LISTER: public(constant(bytes32)) = keccak256("LISTER")

# The only contract that may lock and unlock; address 0 while there is none.
MARKETPLACE: immutable(address)


# -- constructor

@deploy
def __init__(marketplace: address, admin: address):
    MARKETPLACE = marketplace
    roles.__init__(admin)


# -- listing

@external
def list_property(
    property_id: uint256,
    issuer: address,
    supply_cap: uint256,
    name: String[64],
    content_hash: bytes32,
    uri: String[256],
):
    """
    @notice List a property, once and for ever; LISTER only. Nobody can change its id, issuer or cap.
    @param property_id 1 to 2^32 - 1.
    @param supply_cap The most fractions that can ever exist, 1 to 2^48 - 1.
    @param content_hash Hash of the metadata document at `uri`.
    """
    roles._require(LISTER)
    properties._list(property_id, issuer, supply_cap, name)
    self._set_metadata(property_id, content_hash, uri)


@external
def set_metadata(property_id: uint256, content_hash: bytes32, uri: String[256]):
    """
    @notice Bind a new version of the metadata document; the property's issuer only.
    """
    properties._require_issuer(property_id)
    self._set_metadata(property_id, content_hash, uri)


@external
def allot(property_id: uint256, receiver: address, amount: uint256):
    """
    @notice Create fractions within the cap for `receiver`; the property's issuer only.
    """
    properties._require_issuer(property_id)
    properties._increase_supply(property_id, amount)
    erc1155._mint(receiver, property_id, amount)


@internal
def _set_metadata(property_id: uint256, content_hash: bytes32, uri: String[256]):
    properties._set_metadata(property_id, content_hash, uri)
    log erc1155.URI(value=uri, id=property_id)


# -- escrow in place

@external
def lock(property_id: uint256, holder: address, amount: uint256):
    self._require_marketplace()
    holdings._lock(property_id, holder, amount)


@external
def unlock(property_id: uint256, holder: address, amount: uint256):
    self._require_marketplace()
    holdings._unlock(property_id, holder, amount)


@internal
@view
def _require_marketplace():
    if msg.sender != MARKETPLACE:
        raw_revert(abi_encode(msg.sender, method_id=method_id("NotMarketplace(address)")))


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
    return properties._supply(id)


@external
@view
def property_of(property_id: uint256) -> properties.Property:
    return properties._get(property_id)


@external
@view
def uri(id: uint256) -> String[256]:
    return properties.metadata[id].uri


@external
@view
def marketplace() -> address:
    return MARKETPLACE


@external
@pure
def supportsInterface(interface_id: bytes4) -> bool:
    """@notice ERC-165: itself, ERC-1155, its metadata URI extension, AccessControl."""
    return interface_id in [0x01ffc9a7, 0xd9b67a26, 0x0e89341c, 0x7965db0b]
