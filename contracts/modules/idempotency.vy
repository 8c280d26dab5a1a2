# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Idempotency keys
@notice A key acts once. It lives in the namespace of an owner and a kind of request; what it was
        used for is kept as a fingerprint, so that a retry is told from a misuse.
"""

# Errors:
#   KeyUsedForAnotherRequest(bytes32 request_id)

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
    if known == empty(bytes32):
        self.fingerprints[request_id] = fingerprint
        return True
    if known != fingerprint:
        raw_revert(abi_encode(request_id, method_id=method_id("KeyUsedForAnotherRequest(bytes32)")))
    return False
