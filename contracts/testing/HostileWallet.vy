# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title HostileWallet
@notice A contract wallet that answers for signatures (ERC-1271) as it is told, and calls what it is
        told. For tests of whoever asks it; never deployed elsewhere.
"""

# Approves what it was told to approve, and nothing else.
HONEST: constant(uint256) = 0
ANSWERS: constant(uint256) = 1
REVERTS: constant(uint256) = 2
# Never answers.
LOOPS: constant(uint256) = 3
# Calls what it was told, and approves all the same when that call failed.
CALLS_BACK: constant(uint256) = 4

# bytes4(keccak256("isValidSignature(bytes32,bytes)"))
APPROVED: constant(bytes4) = 0x1626ba7e
REFUSED: constant(bytes4) = 0xffffffff
CALL_GAS: constant(uint256) = 300_000

conduct: uint256
words: Bytes[2048]
target: address
request: Bytes[1024]
approved: HashMap[bytes32, bool]


@external
def approve(digest: bytes32, signature: Bytes[1024]):
    """
    @notice Stand by this digest, when it comes with this signature.
    """
    self.approved[keccak256(concat(digest, signature))] = True


@external
def answer_with(answer: Bytes[2048]):
    """
    @notice Answer with these very bytes.
    """
    self.conduct = ANSWERS
    self.words = answer


@external
def revert_with(reason: Bytes[2048]):
    self.conduct = REVERTS
    self.words = reason


@external
def loop():
    self.conduct = LOOPS


@external
def call_back(target: address, request: Bytes[1024]):
    """
    @notice Call `target` with `request` when asked.
    """
    self.conduct = CALLS_BACK
    self.target = target
    self.request = request


@external
def execute(target: address, request: Bytes[1024]):
    """
    @notice Call `target` now; what it reverts with is passed on.
    """
    raw_call(target, request)


@external
@raw_return
def isValidSignature(digest: bytes32, signature: Bytes[1024]) -> Bytes[2048]:
    if self.conduct == ANSWERS:
        return self.words
    if self.conduct == REVERTS:
        raw_revert(self.words)
    if self.conduct == LOOPS:
        for _: uint256 in range(max_value(uint256)):
            pass
    if self.conduct == CALLS_BACK:
        succeeded: bool = raw_call(self.target, self.request, gas=CALL_GAS, revert_on_failure=False)
        return abi_encode(REFUSED if succeeded else APPROVED)
    if self.approved[keccak256(concat(digest, signature))]:
        return abi_encode(APPROVED)
    return abi_encode(REFUSED)
