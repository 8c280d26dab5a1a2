# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Signatures
@notice Typed data (EIP-712, with the domain readable as ERC-5267) signed by an externally owned
        account, by an account with delegated code (EIP-7702), or approved by a contract wallet
        (ERC-1271).
@dev ECDSA is tried first, so that a key keeps its word whatever code its account carries. The
     domain is made anew each time: after a fork of the chain no signature holds on both sides.
"""

# Errors:
#   InvalidSignature(address signer)
#   SignatureExpired(uint256 deadline)

DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
VERSION: constant(String[1]) = "1"
# ERC-1271: bytes4(keccak256("isValidSignature(bytes32,bytes)"))
IS_VALID_SIGNATURE: constant(bytes4) = 0x1626ba7e
# Half of the order of secp256k1: of the two values that verify, only the low one is taken (EIP-2).
HIGHEST_S: constant(uint256) = 57896044618658097711785492504343953926418782139537452191302581570759080747168

NAME: immutable(String[32])
NAME_HASH: immutable(bytes32)


@deploy
def __init__(name: String[32]):
    NAME = name
    NAME_HASH = keccak256(name)


@external
@view
def DOMAIN_SEPARATOR() -> bytes32:
    return self._domain_separator()


@external
@view
def eip712Domain() -> (bytes1, String[32], String[1], uint256, address, bytes32, DynArray[uint256, 1]):
    """
    @return Fields present (name, version, chain id, contract), then each of them; no salt, no extensions.
    """
    return 0x0f, NAME, VERSION, chain.id, self, empty(bytes32), []


@internal
@view
def _domain_separator() -> bytes32:
    return keccak256(abi_encode(DOMAIN_TYPE, NAME_HASH, keccak256(VERSION), chain.id, self))


@internal
@view
def _require_signed(signer: address, struct_hash: bytes32, deadline: uint256, signature: Bytes[1024]):
    if block.timestamp > deadline:
        raw_revert(abi_encode(deadline, method_id=method_id("SignatureExpired(uint256)")))
    digest: bytes32 = keccak256(concat(0x1901, self._domain_separator(), struct_hash))
    if signer != empty(address):
        if self._recovered(digest, signature) == signer or self._approved(signer, digest, signature):
            return
    raw_revert(abi_encode(signer, method_id=method_id("InvalidSignature(address)")))


@internal
@pure
def _recovered(digest: bytes32, signature: Bytes[1024]) -> address:
    """@return The signer; address 0 for what is no ECDSA signature of r, s and v, or has the high s."""
    if len(signature) != 65:
        return empty(address)
    s: uint256 = convert(slice(signature, 32, 32), uint256)
    if s > HIGHEST_S:
        return empty(address)
    r: uint256 = convert(slice(signature, 0, 32), uint256)
    v: uint256 = convert(slice(signature, 64, 1), uint256)
    return ecrecover(digest, v, r, s)


@internal
@view
def _approved(signer: address, digest: bytes32, signature: Bytes[1024]) -> bool:
    """@dev A static call: the wallet can refuse, lie or burn the submitter's gas, and change nothing."""
    if not signer.is_contract:
        return False
    answered: bool = False
    answer: Bytes[32] = b""
    answered, answer = raw_call(
        signer,
        abi_encode(digest, signature, method_id=IS_VALID_SIGNATURE),
        max_outsize=32,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not answered or len(answer) != 32:
        return False
    return convert(answer, bytes32) == convert(IS_VALID_SIGNATURE, bytes32)
