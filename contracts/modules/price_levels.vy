# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Price levels
@notice Which prices of a side have orders: a tree of 256 x 256 x 256 bits by index. A bit is set exactly where
        something below it is set, at all three depths, so that the lowest index above any other is three
        reads away.
@dev A node's key is property, side, depth (1 root, 2 branch, 3 leaf) and the part of the index above it.
"""

from contracts.modules import packing

ROOT: constant(uint256) = 1 << 24
BRANCH: constant(uint256) = 2 << 24
LEAF: constant(uint256) = 3 << 24
KEY_BITS: constant(uint256) = 26

nodes: HashMap[uint256, uint256]


@internal
@pure
def _side_key(property_id: uint256, side: uint256) -> uint256:
    return ((property_id << 1) | side) << KEY_BITS


@internal
def _set(side_key: uint256, index: uint256):
    """@dev A node that had a bit is known above it already."""
    leaf: uint256 = self.nodes[side_key | LEAF | (index >> 8)]
    self.nodes[side_key | LEAF | (index >> 8)] = leaf | (1 << (index & 255))
    if leaf != 0:
        return
    branch: uint256 = self.nodes[side_key | BRANCH | (index >> 16)]
    self.nodes[side_key | BRANCH | (index >> 16)] = branch | (1 << ((index >> 8) & 255))
    if branch != 0:
        return
    self.nodes[side_key | ROOT] |= 1 << (index >> 16)


@internal
def _clear(side_key: uint256, index: uint256):
    leaf: uint256 = self.nodes[side_key | LEAF | (index >> 8)] ^ (1 << (index & 255))
    self.nodes[side_key | LEAF | (index >> 8)] = leaf
    if leaf != 0:
        return
    branch: uint256 = self.nodes[side_key | BRANCH | (index >> 16)] ^ (1 << ((index >> 8) & 255))
    self.nodes[side_key | BRANCH | (index >> 16)] = branch
    if branch != 0:
        return
    self.nodes[side_key | ROOT] ^= 1 << (index >> 16)


@internal
@view
def _lowest_from(side_key: uint256, index: uint256) -> uint256:
    """@return The lowest index with orders that is not below `index`; packing.NO_INDEX where there is none."""
    bits: uint256 = (self.nodes[side_key | LEAF | (index >> 8)] >> (index & 255)) << (index & 255)
    if bits != 0:
        return (index & ~convert(255, uint256)) | self._lowest_bit(bits)
    node: uint256 = (index >> 8) + 1
    # Past the last child of a branch there is nothing in it: the shift would otherwise wrap.
    if node & 255 != 0:
        bits = (self.nodes[side_key | BRANCH | (node >> 8)] >> (node & 255)) << (node & 255)
        if bits != 0:
            node = (node & ~convert(255, uint256)) | self._lowest_bit(bits)
            return (node << 8) | self._lowest_bit(self.nodes[side_key | LEAF | node])
        node = (node >> 8) + 1
    else:
        node = node >> 8
    if node == 256:
        return packing.NO_INDEX
    bits = (self.nodes[side_key | ROOT] >> node) << node
    if bits == 0:
        return packing.NO_INDEX
    node = self._lowest_bit(bits)
    node = (node << 8) | self._lowest_bit(self.nodes[side_key | BRANCH | node])
    return (node << 8) | self._lowest_bit(self.nodes[side_key | LEAF | node])


@internal
@pure
def _lowest_bit(bits: uint256) -> uint256:
    """@dev By halves; `bits` is not 0."""
    rest: uint256 = bits
    found: uint256 = 0
    if rest & (2**128 - 1) == 0:
        rest = rest >> 128
        found = 128
    if rest & (2**64 - 1) == 0:
        rest = rest >> 64
        found |= 64
    if rest & (2**32 - 1) == 0:
        rest = rest >> 32
        found |= 32
    if rest & (2**16 - 1) == 0:
        rest = rest >> 16
        found |= 16
    if rest & 255 == 0:
        rest = rest >> 8
        found |= 8
    if rest & 15 == 0:
        rest = rest >> 4
        found |= 4
    if rest & 3 == 0:
        rest = rest >> 2
        found |= 2
    if rest & 1 == 0:
        found |= 1
    return found
