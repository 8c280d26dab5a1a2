# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Holdings
@notice Who holds how many fractions of a property, how many of those are locked, and up to which
        rent index the holder's rent is settled. One slot a property and holder: balance in bits 0
        to 47, locked in 48 to 95, the rent mark in 96 to 223, so that a transfer touches one slot
        a side and one storage proof shows all.
@dev Rent is settled before a balance changes: balance times what the index rose since the mark is
     added to what is owed, which stays scaled by 2^48 and loses nothing.
"""

# Errors:
#   ERC1155InsufficientBalance(address sender, uint256 balance, uint256 needed, uint256 token_id)
#   FractionsLocked(address holder, uint256 property_id, uint256 locked, uint256 needed)
#   NotLocked(address holder, uint256 property_id, uint256 locked, uint256 needed)


event Locked:
    property_id: indexed(uint256)
    holder: indexed(address)
    amount: uint256
    locked: uint256


event Unlocked:
    property_id: indexed(uint256)
    holder: indexed(address)
    amount: uint256
    locked: uint256


AMOUNT_BITS: constant(uint256) = 48
AMOUNT_MASK: constant(uint256) = 2**48 - 1
MARK_BIT: constant(uint256) = 96
BELOW_MARK: constant(uint256) = 2**96 - 1
# Rent is scaled by 2^48.
SCALE_BITS: constant(uint256) = 48

slots: HashMap[uint256, HashMap[address, uint256]]

# Rent that a holder has earned up to his mark and not claimed, in units scaled by 2^48. Balances
# are below 2^48 and the index is below 2^128, so that no sum of their products leaves 176 bits.
owed: HashMap[uint256, HashMap[address, uint256]]


@internal
@view
def _balance(property_id: uint256, holder: address) -> uint256:
    return self.slots[property_id][holder] & AMOUNT_MASK


@internal
@view
def _locked(property_id: uint256, holder: address) -> uint256:
    return (self.slots[property_id][holder] >> AMOUNT_BITS) & AMOUNT_MASK


@internal
def _add(property_id: uint256, holder: address, amount: uint256, rent_index: uint256):
    """@dev No balance exceeds its property's supply, which stays below 2^48: nothing carries over."""
    slot: uint256 = self.slots[property_id][holder]
    if slot >> MARK_BIT != rent_index:
        slot = self._settled(property_id, holder, slot, rent_index)
    self.slots[property_id][holder] = unsafe_add(slot, amount)


@internal
def _subtract(property_id: uint256, holder: address, amount: uint256, rent_index: uint256):
    slot: uint256 = self.slots[property_id][holder]
    balance: uint256 = slot & AMOUNT_MASK
    if balance < amount:
        raw_revert(
            abi_encode(
                holder,
                balance,
                amount,
                property_id,
                method_id=method_id("ERC1155InsufficientBalance(address,uint256,uint256,uint256)"),
            )
        )
    locked: uint256 = (slot >> AMOUNT_BITS) & AMOUNT_MASK
    # The balance is at least the amount, so this cannot wrap.
    if unsafe_sub(balance, amount) < locked:
        raw_revert(
            abi_encode(
                holder,
                property_id,
                locked,
                amount,
                method_id=method_id("FractionsLocked(address,uint256,uint256,uint256)"),
            )
        )
    if slot >> MARK_BIT != rent_index:
        slot = self._settled(property_id, holder, slot, rent_index)
    # The lowest field is at least the amount, so nothing is borrowed from the fields above.
    self.slots[property_id][holder] = unsafe_sub(slot, amount)


@internal
def _subtract_locked(property_id: uint256, holder: address, amount: uint256, rent_index: uint256):
    slot: uint256 = self.slots[property_id][holder]
    locked: uint256 = (slot >> AMOUNT_BITS) & AMOUNT_MASK
    if locked < amount:
        self._refuse_locked(property_id, holder, locked, amount)
    if slot >> MARK_BIT != rent_index:
        slot = self._settled(property_id, holder, slot, rent_index)
    # Both fields are at least the amount, as locked never exceeds the balance: nothing is borrowed.
    self.slots[property_id][holder] = unsafe_sub(slot, amount | (amount << AMOUNT_BITS))


@internal
def _settled(property_id: uint256, holder: address, slot: uint256, rent_index: uint256) -> uint256:
    """
    @dev The slot's mark is not at the index.
    @return The slot with its mark at the index; what was earned since the old mark is owed now.
    """
    balance: uint256 = slot & AMOUNT_MASK
    if balance != 0:
        earned: uint256 = unsafe_mul(balance, unsafe_sub(rent_index, slot >> MARK_BIT))
        self.owed[property_id][holder] = unsafe_add(self.owed[property_id][holder], earned)
    return (slot & BELOW_MARK) | (rent_index << MARK_BIT)


@internal
def _owe(property_id: uint256, holder: address, scaled: uint256):
    self.owed[property_id][holder] = unsafe_add(self.owed[property_id][holder], scaled)


@internal
def _collect_owed(property_id: uint256, holder: address, rent_index: uint256) -> uint256:
    """
    @dev Floored here and nowhere else: the part of a unit that is left stays owed.
    @return Whole units that the holder is to be paid now.
    """
    slot: uint256 = self.slots[property_id][holder]
    if slot >> MARK_BIT != rent_index:
        self.slots[property_id][holder] = self._settled(property_id, holder, slot, rent_index)
    scaled: uint256 = self.owed[property_id][holder]
    if scaled >> SCALE_BITS != 0:
        self.owed[property_id][holder] = scaled & AMOUNT_MASK
    return scaled >> SCALE_BITS


@internal
@view
def _claimable(property_id: uint256, holder: address, rent_index: uint256) -> uint256:
    slot: uint256 = self.slots[property_id][holder]
    earned: uint256 = unsafe_mul(slot & AMOUNT_MASK, unsafe_sub(rent_index, slot >> MARK_BIT))
    return unsafe_add(self.owed[property_id][holder], earned) >> SCALE_BITS


@internal
def _lock(property_id: uint256, holder: address, amount: uint256):
    slot: uint256 = self.slots[property_id][holder]
    balance: uint256 = slot & AMOUNT_MASK
    locked: uint256 = (slot >> AMOUNT_BITS) & AMOUNT_MASK
    # Locked never exceeds the balance.
    free: uint256 = unsafe_sub(balance, locked)
    if free < amount:
        raw_revert(
            abi_encode(
                holder,
                free,
                amount,
                property_id,
                method_id=method_id("ERC1155InsufficientBalance(address,uint256,uint256,uint256)"),
            )
        )
    # The amount is at most free, so the field stays at most the balance, below 2^48.
    self.slots[property_id][holder] = unsafe_add(slot, amount << AMOUNT_BITS)
    log Locked(property_id=property_id, holder=holder, amount=amount, locked=unsafe_add(locked, amount))


@internal
def _unlock(property_id: uint256, holder: address, amount: uint256):
    slot: uint256 = self.slots[property_id][holder]
    locked: uint256 = (slot >> AMOUNT_BITS) & AMOUNT_MASK
    if locked < amount:
        self._refuse_locked(property_id, holder, locked, amount)
    # The field is at least the amount: nothing is borrowed from the rent mark above it.
    self.slots[property_id][holder] = unsafe_sub(slot, amount << AMOUNT_BITS)
    log Unlocked(property_id=property_id, holder=holder, amount=amount, locked=unsafe_sub(locked, amount))


@internal
@pure
def _refuse_locked(property_id: uint256, holder: address, locked: uint256, needed: uint256):
    raw_revert(
        abi_encode(
            holder, property_id, locked, needed, method_id=method_id("NotLocked(address,uint256,uint256,uint256)")
        )
    )
