# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Pausing
@notice PAUSER stops what brings new value in, and nothing that lets anyone leave.
"""

# Errors:
#   EnforcedPause()
#   ExpectedPause()

from contracts.modules import roles

uses: roles


event Paused:
    account: address


event Unpaused:
    account: address


PAUSER: public(constant(bytes32)) = keccak256("PAUSER")

paused: public(bool)


@external
def pause():
    roles._require(PAUSER)
    self._require_running()
    self.paused = True
    log Paused(account=msg.sender)


@external
def unpause():
    roles._require(PAUSER)
    if not self.paused:
        raw_revert(method_id("ExpectedPause()"))
    self.paused = False
    log Unpaused(account=msg.sender)


@internal
@view
def _require_running():
    if self.paused:
        raw_revert(method_id("EnforcedPause()"))
