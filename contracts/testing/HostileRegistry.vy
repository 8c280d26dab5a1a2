# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title HostileRegistry
@notice An InvestorRegistry of one list that answers as it is told. For tests of the token; never
        deployed elsewhere.
"""

ANSWERS: constant(uint256) = 0
REVERTS: constant(uint256) = 1
# Spends all gas that it is given.
LOOPS: constant(uint256) = 2
# Says yes where it is given no more gas than the token promises to risk, and no where it is given more.
METERS: constant(uint256) = 3
PROMISED_GAS: constant(uint256) = 20_000

# The word of a wallet that may gain fractions, of no investor.
YES: constant(uint256) = 2**255

list_count: public(constant(uint256)) = 1

conduct: uint256
words: Bytes[2048]


@external
def answer_with(answer: Bytes[2048]):
    """
    @notice Answer every question with these very bytes.
    """
    self.conduct = ANSWERS
    self.words = answer


@external
def revert_with(reason: Bytes[2048]):
    """
    @notice Revert at every question with these very bytes.
    """
    self.conduct = REVERTS
    self.words = reason


@external
def loop():
    self.conduct = LOOPS


@external
def meter():
    self.conduct = METERS


@external
@view
@raw_return
def standing_of(registry_list: uint256, wallet: address) -> Bytes[2048]:
    if self.conduct == METERS:
        return abi_encode(YES if msg.gas <= PROMISED_GAS else 0)
    if self.conduct == LOOPS:
        burnt: bytes32 = empty(bytes32)
        for i: uint256 in range(max_value(uint256)):
            burnt = keccak256(burnt)
    if self.conduct == REVERTS:
        raw_revert(self.words)
    return self.words
