# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Eligibility
@notice Asks the InvestorRegistry whether a wallet may gain fractions of a property with a list.
@dev The registry can neither revert nor stall its caller: the question is a static call with a
     gas cap, and no clear yes is a no. Nor can a caller starve the question into a no: with
     less gas than the cap leaves for an honest answer the whole transaction reverts.
"""

# Errors:
#   NotEligible(uint256 property_id, address account)
#   NotEnoughGas()

REGISTRY_GAS: constant(uint256) = 20_000
# A call passes on at most 63 of 64 parts of what is left (EIP-150), after paying for a cold account.
NEEDED_GAS: constant(uint256) = 24_000

# An answer: the investor's id in bits 0 to 127, and this bit while the wallet may gain fractions.
ELIGIBLE: constant(uint256) = 2**255
INVESTOR_MASK: constant(uint256) = 2**128 - 1

REGISTRY: immutable(address)


@deploy
def __init__(investor_registry_: address):
    REGISTRY = investor_registry_


@external
@view
def investor_registry() -> address:
    return REGISTRY


@internal
@view
def _is_eligible(registry_list: uint256, account: address) -> bool:
    return registry_list == 0 or self._standing(registry_list, account) >= ELIGIBLE


@internal
@view
def _standing(registry_list: uint256, account: address) -> uint256:
    """
    @return The wallet's investor id, 0 where it has none, with the highest bit set while it may gain
            fractions; 0 where the registry gives no clear answer.
    """
    if msg.gas < NEEDED_GAS:
        raw_revert(method_id("NotEnoughGas()"))
    answered: bool = False
    # One byte more than an answer has, so that a longer one is seen to be none.
    answer: Bytes[33] = b""
    answered, answer = raw_call(
        REGISTRY,
        abi_encode(registry_list, account, method_id=method_id("standing_of(uint256,address)")),
        max_outsize=33,
        gas=REGISTRY_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not answered or len(answer) != 32:
        return 0
    standing: uint256 = convert(slice(answer, 0, 32), uint256)
    # Any other bit belongs to no answer.
    if standing & ~(ELIGIBLE | INVESTOR_MASK) != 0:
        return 0
    return standing


@internal
@view
def _require_eligible(property_id: uint256, registry_list: uint256, account: address):
    if not self._is_eligible(registry_list, account):
        self._refuse(property_id, account)


@internal
@pure
def _refuse(property_id: uint256, account: address):
    raw_revert(abi_encode(property_id, account, method_id=method_id("NotEligible(uint256,address)")))
