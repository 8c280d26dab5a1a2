# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Roles
@notice The ABI and events of OpenZeppelin's AccessControl. Every role is administered by
        ADMIN, which is DEFAULT_ADMIN_ROLE (bytes32 of zeros) and may be a timelock.
"""

# Errors:
#   AccessControlUnauthorizedAccount(address account, bytes32 needed_role)
#   AccessControlBadConfirmation()
#   InvalidAdmin()


event RoleGranted:
    role: indexed(bytes32)
    account: indexed(address)
    sender: indexed(address)


event RoleRevoked:
    role: indexed(bytes32)
    account: indexed(address)
    sender: indexed(address)


DEFAULT_ADMIN_ROLE: public(constant(bytes32)) = empty(bytes32)

hasRole: public(HashMap[bytes32, HashMap[address, bool]])


@deploy
def __init__(admin: address):
    """@notice The admin holds the only role there is; the deployer holds none, unless he is the admin."""
    if admin == empty(address):
        raw_revert(method_id("InvalidAdmin()"))
    self._grant(DEFAULT_ADMIN_ROLE, admin)


@external
@view
def getRoleAdmin(role: bytes32) -> bytes32:
    return DEFAULT_ADMIN_ROLE


@external
def grantRole(role: bytes32, account: address):
    self._require(DEFAULT_ADMIN_ROLE)
    self._grant(role, account)


@external
def revokeRole(role: bytes32, account: address):
    self._require(DEFAULT_ADMIN_ROLE)
    self._revoke(role, account)


@external
def renounceRole(role: bytes32, caller_confirmation: address):
    if caller_confirmation != msg.sender:
        raw_revert(method_id("AccessControlBadConfirmation()"))
    self._revoke(role, msg.sender)


@internal
@view
def _require(role: bytes32):
    if not self.hasRole[role][msg.sender]:
        raw_revert(
            abi_encode(
                msg.sender, role, method_id=method_id("AccessControlUnauthorizedAccount(address,bytes32)")
            )
        )


@internal
def _grant(role: bytes32, account: address):
    if not self.hasRole[role][account]:
        self.hasRole[role][account] = True
        log RoleGranted(role=role, account=account, sender=msg.sender)


@internal
def _revoke(role: bytes32, account: address):
    if self.hasRole[role][account]:
        self.hasRole[role][account] = False
        log RoleRevoked(role=role, account=account, sender=msg.sender)
