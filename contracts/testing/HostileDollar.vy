# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title HostileDollar
@notice A stablecoin that misbehaves as it is told. For tests of the vault; never deployed elsewhere.
@dev Allowances can be set and bind nobody: whoever asks moves anyone's units. Permits it has none;
     what asks for one meets the fallback.
"""

HONEST: constant(uint256) = 0
# One unit of every movement does not arrive.
KEEPS_A_UNIT: constant(uint256) = 1
# Nothing moves, and the answer says so.
RETURNS_FALSE: constant(uint256) = 2
# All moves, and the answer is empty, as with USDT.
RETURNS_NOTHING: constant(uint256) = 3
# All moves, and the answer is no boolean.
RETURNS_JUNK: constant(uint256) = 4
# Reverts with a reason, as a coin that can freeze its holders.
FREEZES: constant(uint256) = 5
# Calls what it was told before it moves anything, or instead, and is honest from then on.
CALLS_BACK: constant(uint256) = 6

decimals: public(uint8)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
conduct: public(uint256)
target: address
request: Bytes[2048]
moves: bool

# What became of the last call back.
called_back: public(bool)
call_succeeded: public(bool)


@external
def set_balance(holder: address, amount: uint256):
    self.balanceOf[holder] = amount


@external
def set_decimals(decimals: uint8):
    self.decimals = decimals


@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    return True


@external
def behave(conduct: uint256):
    self.conduct = conduct


@external
def call_back(target: address, request: Bytes[2048], moves: bool):
    """
    @notice Call `target` with `request` when the vault calls next; then move what was asked, or do not.
    """
    self.conduct = CALLS_BACK
    self.target = target
    self.request = request
    self.moves = moves


@external
def __default__():
    """
    @notice Where a permit would be.
    """
    assert self.conduct == CALLS_BACK
    self._call_back()


@external
@raw_return
def transfer(to: address, amount: uint256) -> Bytes[32]:
    return self._move(msg.sender, to, amount)


@external
@raw_return
def transferFrom(owner: address, to: address, amount: uint256) -> Bytes[32]:
    return self._move(owner, to, amount)


@internal
def _move(owner: address, to: address, amount: uint256) -> Bytes[32]:
    if self.conduct == FREEZES:
        raise "frozen"
    if self.conduct == RETURNS_FALSE:
        return abi_encode(False)
    if self.conduct == CALLS_BACK:
        self._call_back()
        if not self.moves:
            return abi_encode(True)
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    if self.conduct == KEEPS_A_UNIT:
        self.balanceOf[to] -= 1
    if self.conduct == RETURNS_NOTHING:
        return b""
    if self.conduct == RETURNS_JUNK:
        return abi_encode(convert(2, uint256))
    return abi_encode(True)


@internal
def _call_back():
    self.conduct = HONEST
    self.called_back = True
    self.call_succeeded = raw_call(self.target, self.request, revert_on_failure=False)
