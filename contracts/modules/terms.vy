# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Terms
@notice What a transfer must know of a property, in the one slot that it reads: the rent index
        (bits 0 to 127, units per fraction scaled by 2^48), the registry list whose wallets may
        hold it (128 to 159; 0 means anyone), and whether its end is declared (160) or has come (161).
"""

# Errors:
#   PropertyEnding(uint256 property_id)

INDEX_MASK: constant(uint256) = 2**128 - 1
LIST_BIT: constant(uint256) = 128
MAX_LIST: constant(uint256) = 2**32 - 1
ENDING: constant(uint256) = 2**160
ENDED: constant(uint256) = 2**161

slots: HashMap[uint256, uint256]


@internal
@view
def _rent_index(property_id: uint256) -> uint256:
    return self.slots[property_id] & INDEX_MASK


@internal
@view
def _registry_list(property_id: uint256) -> uint256:
    return self._list_in(self.slots[property_id])


@internal
@pure
def _list_in(slot: uint256) -> uint256:
    return (slot >> LIST_BIT) & MAX_LIST


@internal
@view
def _has_ended(property_id: uint256) -> bool:
    return self.slots[property_id] & ENDED != 0


@internal
@view
def _is_ending(property_id: uint256) -> bool:
    return self.slots[property_id] & ENDING != 0


@internal
@view
def _require_not_ending(property_id: uint256):
    if self._is_ending(property_id):
        raw_revert(abi_encode(property_id, method_id=method_id("PropertyEnding(uint256)")))
