# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Idempotency keys
@notice A key acts once. It lives in the namespace of an owner and a kind of request; what it was
        used for is kept as a fingerprint, so that a retry is told from a misuse. A burnt key
        never acts.
"""

# Errors:
#   KeyUsedForAnotherRequest(bytes32 request_id)
#   KeyVoid(bytes32 request_id)


event KeyBurnt:
    owner: indexed(address)
    kind: uint8
    key: bytes32
    request_id: bytes32


# Stands in place of a fingerprint; no request is known that has it as its hash.
BURNT: constant(bytes32) = 0x0000000000000000000000000000000000000000000000000000000000000001

fingerprints: HashMap[bytes32, bytes32]


@internal
@pure
def _request_id(owner: address, kind: uint8, key: bytes32) -> bytes32:
    return keccak256(abi_encode(owner, kind, key))


@internal
def _first_use(request_id: bytes32, fingerprint: bytes32) -> bool:
    """
    @return True when the key is new and now bound to this request, False on a retry of the
            same one. Another request under the same key reverts.
    """
    known: bytes32 = self.fingerprints[request_id]
    if known != fingerprint:
        if known == BURNT:
            raw_revert(abi_encode(request_id, method_id=method_id("KeyVoid(bytes32)")))
        if known != empty(bytes32):
            raw_revert(abi_encode(request_id, method_id=method_id("KeyUsedForAnotherRequest(bytes32)")))
        self.fingerprints[request_id] = fingerprint
        return True
    return False


@internal
def _burn(owner: address, kind: uint8, key: bytes32):
    """@dev A key that was burnt before stays so, without another event; one that acted is refused."""
    request_id: bytes32 = self._request_id(owner, kind, key)
    if self._first_use(request_id, BURNT):
        log KeyBurnt(owner=owner, kind=kind, key=key, request_id=request_id)
