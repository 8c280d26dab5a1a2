# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title HostileReceiver
@notice A contract wallet that calls what it is told, and answers a token's callbacks as it is told.
        For tests of the token and the vault; never deployed elsewhere.
"""

interface Token:
    def balanceOf(account: address, id: uint256) -> uint256: view


event Asked:
    operator: address
    sender: address
    ids: DynArray[uint256, 128]
    amounts: DynArray[uint256, 128]
    data: Bytes[1024]
    sender_balance: uint256
    own_balance: uint256


event CalledBack:
    succeeded: bool
    response: Bytes[1024]


ACCEPTS: constant(uint256) = 0
ANSWERS: constant(uint256) = 1
REVERTS: constant(uint256) = 2
# Calls what it was told before it accepts, the first time that it is asked.
CALLS_BACK: constant(uint256) = 3

ON_RECEIVED: constant(bytes4) = 0xf23a6e61
ON_BATCH_RECEIVED: constant(bytes4) = 0xbc197c81

conduct: uint256
words: Bytes[2048]
target: address
request: Bytes[1024]


@external
def answer_with(answer: Bytes[2048]):
    """
    @notice Answer every callback with these very bytes.
    """
    self.conduct = ANSWERS
    self.words = answer


@external
def revert_with(reason: Bytes[2048]):
    """
    @notice Revert in every callback with these very bytes.
    """
    self.conduct = REVERTS
    self.words = reason


@external
def call_back(target: address, request: Bytes[1024]):
    """
    @notice Call `target` with `request` when asked the next time.
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
def onERC1155Received(
    operator: address, sender: address, id: uint256, amount: uint256, data: Bytes[1024]
) -> Bytes[2048]:
    self._note(operator, sender, [id], [amount], data)
    return self._answer(ON_RECEIVED)


@external
@raw_return
def onERC1155BatchReceived(
    operator: address,
    sender: address,
    ids: DynArray[uint256, 128],
    amounts: DynArray[uint256, 128],
    data: Bytes[1024],
) -> Bytes[2048]:
    self._note(operator, sender, ids, amounts, data)
    return self._answer(ON_BATCH_RECEIVED)


@internal
def _note(
    operator: address,
    sender: address,
    ids: DynArray[uint256, 128],
    amounts: DynArray[uint256, 128],
    data: Bytes[1024],
):
    """@dev The balances are those of the first id, as the token shows them during the callback."""
    id: uint256 = 0
    if len(ids) > 0:
        id = ids[0]
    log Asked(
        operator=operator,
        sender=sender,
        ids=ids,
        amounts=amounts,
        data=data,
        sender_balance=staticcall Token(msg.sender).balanceOf(sender, id),
        own_balance=staticcall Token(msg.sender).balanceOf(self, id),
    )


@internal
def _answer(expected: bytes4) -> Bytes[2048]:
    if self.conduct == ANSWERS:
        return self.words
    if self.conduct == REVERTS:
        raw_revert(self.words)
    if self.conduct == CALLS_BACK:
        self._call_back()
    return abi_encode(expected)


@internal
def _call_back():
    self.conduct = ACCEPTS
    succeeded: bool = False
    response: Bytes[1024] = b""
    succeeded, response = raw_call(self.target, self.request, max_outsize=1024, revert_on_failure=False)
    log CalledBack(succeeded=succeeded, response=response)
