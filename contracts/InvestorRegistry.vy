# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title InvestorRegistry
@notice Numbered lists of wallets that may gain fractions. Each list has a registrar of its own; an
        entry binds a wallet to an investor's id until it expires, and may be frozen.
@dev One slot an entry: investor id in bits 0 to 127, expiry in 128 to 191, frozen in 192. What is
     asked on a transfer reads that slot and nothing else.
"""

# Errors:
#   NotRegistrar(uint256 registry_list, address caller)
#   InvalidRegistrar()
#   InvalidWallet(address wallet)
#   InvalidExpiry(uint256 expiry)
#   InvalidInvestorId(uint256 investor_id)
#   UnknownList(uint256 registry_list)

# -- modules

from contracts.modules import roles

initializes: roles

exports: (
    roles.DEFAULT_ADMIN_ROLE,
    roles.hasRole,
    roles.getRoleAdmin,
    roles.grantRole,
    roles.revokeRole,
    roles.renounceRole,
)


event ListCreated:
    registry_list: indexed(uint256)
    registrar: indexed(address)
    name: String[64]


event RegistrarChanged:
    registry_list: indexed(uint256)
    registrar: indexed(address)


event EntrySet:
    registry_list: indexed(uint256)
    wallet: indexed(address)
    investor_id: uint256
    expiry: uint256
    frozen: bool


struct Entry:
    wallet: address
    investor_id: uint256
    expiry: uint256
    frozen: bool


# -- storage

MAX_ENTRIES: constant(uint256) = 128

INVESTOR_MASK: constant(uint256) = 2**128 - 1
EXPIRY_BIT: constant(uint256) = 128
EXPIRY_MASK: constant(uint256) = 2**64 - 1
FROZEN: constant(uint256) = 2**192
ELIGIBLE: constant(uint256) = 2**255

list_count: public(uint256)
registrars: HashMap[uint256, address]
entries: HashMap[uint256, HashMap[address, uint256]]


# -- constructor

@deploy
def __init__(admin: address):
    roles.__init__(admin)


# -- lists

@external
def create_list(registrar: address, name: String[64]) -> uint256:
    """
    @notice Open a list, numbered from 1 on; ADMIN only.
    """
    roles._require(roles.DEFAULT_ADMIN_ROLE)
    self._require_registrar_named(registrar)
    number: uint256 = self.list_count + 1
    self.list_count = number
    self.registrars[number] = registrar
    log ListCreated(registry_list=number, registrar=registrar, name=name)
    return number


@external
def set_registrar(registry_list: uint256, registrar: address):
    """
    @notice Hand a list on; its registrar, or ADMIN for one whose key is lost.
    """
    if self._registrar(registry_list) != msg.sender:
        roles._require(roles.DEFAULT_ADMIN_ROLE)
    self._require_registrar_named(registrar)
    self.registrars[registry_list] = registrar
    log RegistrarChanged(registry_list=registry_list, registrar=registrar)


# -- entries

@external
def set_entry(registry_list: uint256, wallet: address, investor_id: uint256, expiry: uint256, frozen: bool):
    """
    @notice Enter a wallet, or change its entry; the list's registrar only.
    @param investor_id The registrar's own number for the person, below 2^128: the same for all his wallets.
    @param expiry Second from which on the wallet may gain nothing; 0 takes it off the list.
    @param frozen True stops it from gaining; it can still sell, move, claim and withdraw.
    """
    self._require_registrar(registry_list)
    self._set_entry(registry_list, Entry(wallet=wallet, investor_id=investor_id, expiry=expiry, frozen=frozen))


@external
def set_entries(registry_list: uint256, entries: DynArray[Entry, MAX_ENTRIES]):
    """
    @notice The same for many wallets, all or none.
    """
    self._require_registrar(registry_list)
    for entry: Entry in entries:
        self._set_entry(registry_list, entry)


@internal
def _set_entry(registry_list: uint256, entry: Entry):
    if entry.wallet == empty(address):
        raw_revert(abi_encode(entry.wallet, method_id=method_id("InvalidWallet(address)")))
    if entry.investor_id > INVESTOR_MASK:
        raw_revert(abi_encode(entry.investor_id, method_id=method_id("InvalidInvestorId(uint256)")))
    if entry.expiry > EXPIRY_MASK:
        raw_revert(abi_encode(entry.expiry, method_id=method_id("InvalidExpiry(uint256)")))
    slot: uint256 = entry.investor_id | (entry.expiry << EXPIRY_BIT)
    if entry.frozen:
        slot |= FROZEN
    self.entries[registry_list][entry.wallet] = slot
    log EntrySet(
        registry_list=registry_list,
        wallet=entry.wallet,
        investor_id=entry.investor_id,
        expiry=entry.expiry,
        frozen=entry.frozen,
    )


# -- views

@external
@view
def is_eligible(registry_list: uint256, wallet: address) -> bool:
    """
    @notice True while the wallet may gain fractions of properties with this list.
    """
    return self._standing(registry_list, wallet) >= ELIGIBLE


@external
@view
def standing_of(registry_list: uint256, wallet: address) -> uint256:
    """
    @notice What the other contracts ask, in one word: the wallet's investor id, and the highest bit set while
            it may gain fractions. Wallets with the same investor id, other than 0, are one person's.
    """
    return self._standing(registry_list, wallet)


@external
@view
def entry_of(registry_list: uint256, wallet: address) -> Entry:
    slot: uint256 = self.entries[registry_list][wallet]
    return Entry(
        wallet=wallet,
        investor_id=slot & INVESTOR_MASK,
        expiry=(slot >> EXPIRY_BIT) & EXPIRY_MASK,
        frozen=slot & FROZEN != 0,
    )


@external
@view
def registrar_of(registry_list: uint256) -> address:
    return self._registrar(registry_list)


@internal
@view
def _standing(registry_list: uint256, wallet: address) -> uint256:
    slot: uint256 = self.entries[registry_list][wallet]
    # The frozen bit stands above the expiry.
    if slot < FROZEN and slot >> EXPIRY_BIT > block.timestamp:
        return (slot & INVESTOR_MASK) | ELIGIBLE
    return slot & INVESTOR_MASK


# -- checks

@internal
@view
def _registrar(registry_list: uint256) -> address:
    registrar: address = self.registrars[registry_list]
    if registrar == empty(address):
        raw_revert(abi_encode(registry_list, method_id=method_id("UnknownList(uint256)")))
    return registrar


@internal
@view
def _require_registrar(registry_list: uint256):
    if self._registrar(registry_list) != msg.sender:
        raw_revert(abi_encode(registry_list, msg.sender, method_id=method_id("NotRegistrar(uint256,address)")))


@internal
@pure
def _require_registrar_named(registrar: address):
    if registrar == empty(address):
        raw_revert(method_id("InvalidRegistrar()"))
