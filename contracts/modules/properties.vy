# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Properties
@notice What is listed, who its issuer is, how many fractions it may have and has, and which
        metadata and documents are bound to it by content hash and version. One slot holds issuer
        (bits 0 to 159), supply cap (160 to 207) and supply (208 to 255).
"""

# Errors:
#   UnknownProperty(uint256 property_id)
#   PropertyExists(uint256 property_id)
#   InvalidPropertyId(uint256 property_id)
#   InvalidSupplyCap(uint256 supply_cap)
#   InvalidIssuer(address issuer)
#   InvalidName()
#   NotIssuer(uint256 property_id, address caller)
#   NotProposedIssuer(uint256 property_id, address caller)
#   SupplyCapExceeded(uint256 property_id, uint256 available, uint256 needed)

from contracts.modules import terms

uses: terms


event PropertyListed:
    property_id: indexed(uint256)
    issuer: indexed(address)
    supply_cap: uint256
    registry_list: uint256
    name: String[64]


event IssuerProposed:
    property_id: indexed(uint256)
    issuer: indexed(address)


event IssuerChanged:
    property_id: indexed(uint256)
    issuer: indexed(address)


event MetadataSet:
    property_id: indexed(uint256)
    version: uint256
    content_hash: bytes32
    uri: String[256]


event DocumentSet:
    property_id: indexed(uint256)
    version: uint256
    content_hash: bytes32
    name: String[64]
    uri: String[256]


struct Document:
    version: uint256
    content_hash: bytes32
    uri: String[256]


struct Property:
    issuer: address
    proposed_issuer: address
    supply_cap: uint256
    supply: uint256
    registry_list: uint256
    has_ended: bool
    name: String[64]
    metadata: Document


MAX_PROPERTY_ID: constant(uint256) = 2**32 - 1
MAX_SUPPLY: constant(uint256) = 2**48 - 1

CAP_BIT: constant(uint256) = 160
SUPPLY_BIT: constant(uint256) = 208
ISSUER_MASK: constant(uint256) = 2**160 - 1

slots: HashMap[uint256, uint256]
names: HashMap[uint256, String[64]]
proposed_issuers: HashMap[uint256, address]
metadata: HashMap[uint256, Document]
documents: HashMap[uint256, HashMap[String[64], Document]]


@internal
def _list(property_id: uint256, issuer: address, supply_cap: uint256, registry_list: uint256, name: String[64]):
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
    terms.slots[property_id] = registry_list << terms.LIST_BIT
    log PropertyListed(
        property_id=property_id,
        issuer=issuer,
        supply_cap=supply_cap,
        registry_list=registry_list,
        name=name,
    )


@internal
def _propose_issuer(property_id: uint256, issuer: address):
    """@dev Address 0 takes a proposal back."""
    self.proposed_issuers[property_id] = issuer
    log IssuerProposed(property_id=property_id, issuer=issuer)


@internal
def _accept_issuer(property_id: uint256):
    if self.proposed_issuers[property_id] != msg.sender:
        raw_revert(abi_encode(property_id, msg.sender, method_id=method_id("NotProposedIssuer(uint256,address)")))
    self.proposed_issuers[property_id] = empty(address)
    slot: uint256 = self.slots[property_id]
    self.slots[property_id] = (slot & ~ISSUER_MASK) | convert(msg.sender, uint256)
    log IssuerChanged(property_id=property_id, issuer=msg.sender)


@internal
def _set_metadata(property_id: uint256, content_hash: bytes32, uri: String[256]):
    version: uint256 = self.metadata[property_id].version + 1
    self.metadata[property_id] = Document(version=version, content_hash=content_hash, uri=uri)
    log MetadataSet(property_id=property_id, version=version, content_hash=content_hash, uri=uri)


@internal
def _set_document(property_id: uint256, name: String[64], content_hash: bytes32, uri: String[256]):
    if len(name) == 0:
        raw_revert(method_id("InvalidName()"))
    version: uint256 = self.documents[property_id][name].version + 1
    self.documents[property_id][name] = Document(version=version, content_hash=content_hash, uri=uri)
    log DocumentSet(property_id=property_id, version=version, content_hash=content_hash, name=name, uri=uri)


@internal
def _increase_supply(property_id: uint256, amount: uint256, reserved: uint256):
    """@param reserved Fractions of the cap that stand at the disposal of somebody else."""
    self._require_available(property_id, amount, reserved)
    # The new supply is at most the cap, so it fits its field, the highest one.
    self.slots[property_id] = unsafe_add(self.slots[property_id], amount << SUPPLY_BIT)


@internal
@view
def _require_available(property_id: uint256, amount: uint256, reserved: uint256):
    slot: uint256 = self._known_slot(property_id)
    # Supply and what is reserved together never exceed the cap.
    unissued: uint256 = unsafe_sub((slot >> CAP_BIT) & MAX_SUPPLY, slot >> SUPPLY_BIT)
    available: uint256 = unsafe_sub(unissued, reserved)
    if amount > available:
        raw_revert(
            abi_encode(
                property_id, available, amount, method_id=method_id("SupplyCapExceeded(uint256,uint256,uint256)")
            )
        )


@internal
def _decrease_supply(property_id: uint256, amount: uint256):
    """@dev The amount is some holder's, so the supply is at least that."""
    self.slots[property_id] = unsafe_sub(self.slots[property_id], amount << SUPPLY_BIT)


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
        proposed_issuer=self.proposed_issuers[property_id],
        supply_cap=(slot >> CAP_BIT) & MAX_SUPPLY,
        supply=slot >> SUPPLY_BIT,
        registry_list=terms._registry_list(property_id),
        has_ended=terms._has_ended(property_id),
        name=self.names[property_id],
        metadata=self.metadata[property_id],
    )


@internal
@view
def _require_issuer(property_id: uint256, caller: address):
    if self._issuer(property_id) != caller:
        raw_revert(abi_encode(property_id, caller, method_id=method_id("NotIssuer(uint256,address)")))


@internal
@view
def _issuer(property_id: uint256) -> address:
    return convert(self._known_slot(property_id) & ISSUER_MASK, address)


@internal
@view
def _known_slot(property_id: uint256) -> uint256:
    slot: uint256 = self.slots[property_id]
    if slot == 0:
        raw_revert(abi_encode(property_id, method_id=method_id("UnknownProperty(uint256)")))
    return slot
