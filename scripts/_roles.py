"""Who holds which role, as the logs of the contracts tell."""

from collections import defaultdict

from eth_utils.crypto import keccak
from web3 import Web3

from scripts._contracts import ROLES
from scripts._logs import logs_of
from scripts._manifest import Manifest

GRANTED = keccak(text="RoleGranted(bytes32,address,address)")
REVOKED = keccak(text="RoleRevoked(bytes32,address,address)")

Holders = dict[tuple[str, str], set[str]]
"""By contract and role: wallets, with their checksums."""


def role_id(role: str) -> bytes:
    return bytes(32) if role == "DEFAULT_ADMIN_ROLE" else keccak(text=role)


def role_name(identifier: bytes) -> str:
    known = {role_id(role): role for roles in ROLES.values() for role in roles}
    return known.get(identifier, "0x" + identifier.hex())


def holders_on(web3: Web3, manifest: Manifest) -> Holders:
    """Everybody who was granted a role since the first block and not deprived of it."""
    names = {Web3.to_checksum_address(getattr(manifest.contracts, name).address): name for name in ROLES}
    found: Holders = defaultdict(set)
    topics = [[Web3.to_hex(GRANTED), Web3.to_hex(REVOKED)]]
    for log in logs_of(web3, list(names), topics, manifest.first_block):
        happened, role, account = (bytes(topic) for topic in log["topics"][:3])
        held = found[names[log["address"]], role_name(role)]
        wallet = Web3.to_checksum_address(account[12:])
        held.add(wallet) if happened == GRANTED else held.discard(wallet)
    return {key: wallets for key, wallets in found.items() if wallets}


def holders_expected(manifest: Manifest, more: list[tuple[str, str, str]]) -> Holders:
    """What the manifest lists, and (contract, role, wallet) beyond it."""
    found: Holders = {}
    for contract, roles in ROLES.items():
        named = set(roles) | set(manifest.roles.get(contract, {}))
        for role in named:
            found[contract, role] = {Web3.to_checksum_address(w) for w in manifest.holders(contract, role)}
    for contract, role, wallet in more:
        found.setdefault((contract, role), set()).add(Web3.to_checksum_address(wallet))
    return found
