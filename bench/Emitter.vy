# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Emitter
@notice Stands in for the token in benchmarks: valid history without its storage. Fractions are
        created for one wallet, which then passes some of them on to another.
"""

event TransferSingle:
    operator: indexed(address)
    sender: indexed(address)
    receiver: indexed(address)
    id: uint256
    amount: uint256


@external
def burst(pairs: uint256, salt: uint256):
    """@param pairs Creations, each followed by one transfer that its receiver can afford."""
    x: uint256 = salt
    for _: uint256 in range(pairs, bound=4096):
        x = convert(keccak256(convert(x, bytes32)), uint256)
        first: address = convert(convert((x & 65535) + 1_000_000, uint160), address)
        second: address = convert(convert(((x >> 16) & 65535) + 1_000_000, uint160), address)
        property_id: uint256 = ((x >> 32) & 63) + 1
        amount: uint256 = ((x >> 40) & 1023) + 2
        log TransferSingle(operator=msg.sender, sender=empty(address), receiver=first, id=property_id, amount=amount)
        log TransferSingle(operator=msg.sender, sender=first, receiver=second, id=property_id, amount=amount // 2)
