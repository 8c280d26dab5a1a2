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
    if registry_list == 0:
        return True
    if msg.gas < NEEDED_GAS:
        raw_revert(method_id("NotEnoughGas()"))
    answered: bool = False
    # One byte more than an answer has, so that a longer one is seen to be none.
    answer: Bytes[33] = b""
    answered, answer = raw_call(
        REGISTRY,
        abi_encode(registry_list, account, method_id=method_id("is_eligible(uint256,address)")),
        max_outsize=33,
        gas=REGISTRY_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    return answered and len(answer) == 32 and convert(slice(answer, 0, 32), uint256) == 1


@internal
@view
def _require_eligible(property_id: uint256, registry_list: uint256, account: address):
    if not self._is_eligible(registry_list, account):
        raw_revert(abi_encode(property_id, account, method_id=method_id("NotEligible(uint256,address)")))
