# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Properties
@notice What is listed, by whom it was issued, how many fractions it may have and has, and which
        metadata is bound to it by content hash and version. One slot holds issuer (bits 0 to
        159), supply cap (160 to 207) and supply (208 to 255).
"""

# Errors:
#   UnknownProperty(uint256 property_id)
#   PropertyExists(uint256 property_id)
#   InvalidPropertyId(uint256 property_id)
#   InvalidSupplyCap(uint256 supply_cap)
#   InvalidIssuer(address issuer)
#   NotIssuer(uint256 property_id, address caller)
#   SupplyCapExceeded(uint256 property_id, uint256 supply_cap, uint256 needed)


event PropertyListed:
    property_id: indexed(uint256)
    issuer: indexed(address)
    supply_cap: uint256
    name: String[64]


event MetadataSet:
    property_id: indexed(uint256)
    version: uint256
    content_hash: bytes32
    uri: String[256]


struct Metadata:
    version: uint256
    content_hash: bytes32
    uri: String[256]


struct Property:
    issuer: address
    supply_cap: uint256
    supply: uint256
    name: String[64]
    metadata: Metadata


MAX_PROPERTY_ID: constant(uint256) = 2**32 - 1
MAX_SUPPLY: constant(uint256) = 2**48 - 1

CAP_BIT: constant(uint256) = 160
SUPPLY_BIT: constant(uint256) = 208
ISSUER_MASK: constant(uint256) = 2**160 - 1

slots: HashMap[uint256, uint256]
names: HashMap[uint256, String[64]]
metadata: HashMap[uint256, Metadata]


@internal
def _list(property_id: uint256, issuer: address, supply_cap: uint256, name: String[64]):
    if property_id == 0 or property_id > MAX_PROPERTY_ID:
        raw_revert(abi_encode(property_id, method_id=method_id("InvalidPropertyId(uint256)")))
    if self.slots[property_id] != 0:
        raw_revert(abi_encode(property_id, method_id=method_id("PropertyExists(uint256)")))
    if supply_cap == 0 or supply_cap > MAX_SUPPLY:
        raw_revert(abi_encode(supply_cap, method_id=method_id("InvalidSupplyCap(uint256)")))
    if issuer == empty(address):
        raw_revert(abi_encode(issuer, method_id=method_id("InvalidIssuer(address)")))
    self.slots[property_id] = convert(issuer, uint256) | (supply_cap << CAP_BIT)
    self.names[property_id] = name
    log PropertyListed(property_id=property_id, issuer=issuer, supply_cap=supply_cap, name=name)


@internal
def _set_metadata(property_id: uint256, content_hash: bytes32, uri: String[256]):
    version: uint256 = self.metadata[property_id].version + 1
    self.metadata[property_id] = Metadata(version=version, content_hash=content_hash, uri=uri)
    log MetadataSet(property_id=property_id, version=version, content_hash=content_hash, uri=uri)


@internal
def _increase_supply(property_id: uint256, amount: uint256):
    slot: uint256 = self.slots[property_id]
    supply_cap: uint256 = (slot >> CAP_BIT) & MAX_SUPPLY
    needed: uint256 = (slot >> SUPPLY_BIT) + amount
    if needed > supply_cap:
        raw_revert(
            abi_encode(
                property_id, supply_cap, needed, method_id=method_id("SupplyCapExceeded(uint256,uint256,uint256)")
            )
        )
    # The new supply is at most the cap, so it fits its field, the highest one.
    self.slots[property_id] = unsafe_add(slot, amount << SUPPLY_BIT)


@internal
@view
def _supply(property_id: uint256) -> uint256:
    return self.slots[property_id] >> SUPPLY_BIT


@internal
@view
def _get(property_id: uint256) -> Property:
    slot: uint256 = self._known_slot(property_id)
    return Property(
        issuer=convert(slot & ISSUER_MASK, address),
        supply_cap=(slot >> CAP_BIT) & MAX_SUPPLY,
        supply=slot >> SUPPLY_BIT,
        name=self.names[property_id],
        metadata=self.metadata[property_id],
    )


@internal
@view
def _require_issuer(property_id: uint256):
    if convert(self._known_slot(property_id) & ISSUER_MASK, address) != msg.sender:
        raw_revert(abi_encode(property_id, msg.sender, method_id=method_id("NotIssuer(uint256,address)")))


@internal
@view
def _known_slot(property_id: uint256) -> uint256:
    slot: uint256 = self.slots[property_id]
    if slot == 0:
        raw_revert(abi_encode(property_id, method_id=method_id("UnknownProperty(uint256)")))
    return slot
