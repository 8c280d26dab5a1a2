# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Agents
@notice The contracts that post in the vault for others: marketplace, token and offering, fixed at
        deployment. An agent debits its own accounts, and the main account of a user within that
        user's own call or signature; it reaches no sub-account and no other agent.
"""

# Errors:
#   NotAgent(address caller)

# Address 0 where there is none.
MARKETPLACE: immutable(address)
FRACTION_TOKEN: immutable(address)
PRIMARY_OFFERING: immutable(address)


@deploy
def __init__(marketplace_: address, fraction_token_: address, primary_offering_: address):
    MARKETPLACE = marketplace_
    FRACTION_TOKEN = fraction_token_
    PRIMARY_OFFERING = primary_offering_


@external
@view
def marketplace() -> address:
    return MARKETPLACE


@external
@view
def fraction_token() -> address:
    return FRACTION_TOKEN


@external
@view
def primary_offering() -> address:
    return PRIMARY_OFFERING


@external
@view
def is_agent(account: address) -> bool:
    return account != empty(address) and self._is_agent(account)


@internal
@view
def _is_agent(account: address) -> bool:
    """@dev True for address 0 while an agent is missing: it never calls, and owns no account."""
    return account == MARKETPLACE or account == FRACTION_TOKEN or account == PRIMARY_OFFERING


@internal
@view
def _require_agent():
    if not self._is_agent(msg.sender):
        raw_revert(abi_encode(msg.sender, method_id=method_id("NotAgent(address)")))
