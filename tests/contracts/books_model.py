"""What the vault and the token should do, in plain Python: the oracle of the stateful test.

Every action either changes the books or raises the Refusal that the contract must answer with, checks in
the contract's order. Knows neither chain nor ABI; people and contracts are addresses.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.contracts.ledger import NUMBER_BITS, OUTSIDE
from tests.contracts.refusals import Refusal

NOBODY = "0x0000000000000000000000000000000000000000"
LARGEST_PROPERTY_ID = 2**32 - 1
LARGEST_SUPPLY = 2**48 - 1

Fingerprint = tuple[int, int, int, bytes]
Holding = tuple[int, str]


@dataclass
class VaultModel:
    """Balances by account, the keys that were used, and the wallets outside."""

    vault: str
    dollar: str
    pauser: str
    wallets: dict[str, int]
    balances: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    keys: dict[tuple[str, bytes], Fingerprint] = field(default_factory=dict)
    donated: int = 0
    paused: bool = False

    def deposit(self, caller: str, account: int, amount: int) -> None:
        if self.paused:
            raise Refusal("EnforcedPause")
        self._require_creditable(account)
        if amount > self.wallets[caller]:
            raise Refusal  # checked arithmetic
        self._require_positive(amount)
        self.wallets[caller] -= amount
        self.balances[account] += amount
        self.balances[OUTSIDE] += amount

    def withdraw(self, caller: str, account: int, amount: int, receiver: str) -> None:
        self._require_owner(caller, account)
        if receiver in (NOBODY, self.vault):
            raise Refusal("InvalidReceiver", receiver)
        self._require_positive(amount)
        self._debit(account, amount)
        self.balances[OUTSIDE] -= amount
        self.wallets[receiver] += amount

    def transfer(
        self,
        caller: str,
        from_account: int,
        to_account: int,
        amount: int,
        reference: bytes,
        key: bytes,
        request_id: bytes,
    ) -> bool:
        """Whether money moved."""
        self._require_owner(caller, from_account)
        fingerprint = from_account, to_account, amount, reference
        known = self.keys.get((caller, key))
        if known is not None:
            if known != fingerprint:
                raise Refusal("KeyUsedForAnotherRequest", request_id)
            return False
        self._require_creditable(to_account)
        if from_account == to_account:
            raise Refusal("SameAccount", to_account)
        self._require_positive(amount)
        self._debit(from_account, amount)
        self.balances[to_account] += amount
        self.keys[caller, key] = fingerprint
        return True

    def donate(self, caller: str, amount: int) -> None:
        if amount > self.wallets[caller]:
            raise Refusal  # checked arithmetic
        self.wallets[caller] -= amount
        self.donated += amount

    def switch(self, caller: str, role: bytes, paused: bool) -> None:
        if caller != self.pauser:
            raise Refusal("AccessControlUnauthorizedAccount", caller, role)
        if self.paused == paused:
            raise Refusal("EnforcedPause" if paused else "ExpectedPause")
        self.paused = paused

    def _debit(self, account: int, amount: int) -> None:
        balance = self.balances[account]
        if balance < amount:
            raise Refusal("InsufficientBalance", account, balance, amount)
        self.balances[account] = balance - amount

    def _require_owner(self, caller: str, account: int) -> None:
        if account >> NUMBER_BITS != int(caller, 16):
            raise Refusal("NotAccountOwner", account, caller)

    def _require_creditable(self, account: int) -> None:
        if account >> NUMBER_BITS in (0, int(self.vault, 16), int(self.dollar, 16)):
            raise Refusal("InvalidAccount", account)

    def _require_positive(self, amount: int) -> None:
        if amount == 0:
            raise Refusal("ZeroAmount")


@dataclass
class PropertyModel:
    issuer: str
    supply_cap: int
    supply: int = 0


@dataclass
class TokenModel:
    """Balances and locks by property and holder, and the properties that were listed."""

    lister: str
    marketplace: str
    deaf: frozenset[str]  # contracts that cannot receive
    properties: dict[int, PropertyModel] = field(default_factory=dict)
    balances: dict[Holding, int] = field(default_factory=lambda: defaultdict(int))
    locked: dict[Holding, int] = field(default_factory=lambda: defaultdict(int))
    approvals: set[tuple[str, str]] = field(default_factory=set)

    def unallotted(self, property_id: int) -> int:
        listed = self.properties.get(property_id)
        return listed.supply_cap - listed.supply if listed else 0

    def free(self, property_id: int, holder: str) -> int:
        return self.balances[property_id, holder] - self.locked[property_id, holder]

    def list_property(self, caller: str, role: bytes, property_id: int, issuer: str, supply_cap: int) -> None:
        if caller != self.lister:
            raise Refusal("AccessControlUnauthorizedAccount", caller, role)
        if not 0 < property_id <= LARGEST_PROPERTY_ID:
            raise Refusal("InvalidPropertyId", property_id)
        if property_id in self.properties:
            raise Refusal("PropertyExists", property_id)
        if not 0 < supply_cap <= LARGEST_SUPPLY:
            raise Refusal("InvalidSupplyCap", supply_cap)
        self.properties[property_id] = PropertyModel(issuer, supply_cap)

    def allot(self, caller: str, property_id: int, receiver: str, amount: int) -> None:
        if property_id not in self.properties:
            raise Refusal("UnknownProperty", property_id)
        listed = self.properties[property_id]
        if caller != listed.issuer:
            raise Refusal("NotIssuer", property_id, caller)
        needed = listed.supply + amount
        if needed >= 2**256:
            raise Refusal  # checked arithmetic
        if needed > listed.supply_cap:
            raise Refusal("SupplyCapExceeded", property_id, listed.supply_cap, needed)
        self._require_receiver(receiver)
        listed.supply = needed
        self.balances[property_id, receiver] += amount

    def approve(self, holder: str, operator: str, approved: bool) -> None:
        if approved:
            self.approvals.add((holder, operator))
        else:
            self.approvals.discard((holder, operator))

    def transfer(self, operator: str, sender: str, receiver: str, parts: list[tuple[int, int]]) -> None:
        """Of (property id, amount), in order; all or none."""
        if operator != sender and (sender, operator) not in self.approvals:
            raise Refusal("ERC1155MissingApprovalForAll", operator, sender)
        if receiver == NOBODY:
            raise Refusal("ERC1155InvalidReceiver", receiver)
        balances = defaultdict(int, self.balances)
        for property_id, amount in parts:
            self._require_free(balances[property_id, sender], sender, property_id, amount)
            balances[property_id, sender] -= amount
            balances[property_id, receiver] += amount
        self._require_receiver(receiver)
        self.balances = balances

    def lock(self, caller: str, property_id: int, holder: str, amount: int) -> None:
        self._require_marketplace(caller)
        free = self.free(property_id, holder)
        if free < amount:
            raise Refusal("ERC1155InsufficientBalance", holder, free, amount, property_id)
        self.locked[property_id, holder] += amount

    def unlock(self, caller: str, property_id: int, holder: str, amount: int) -> None:
        self._require_marketplace(caller)
        locked = self.locked[property_id, holder]
        if locked < amount:
            raise Refusal("NotLocked", holder, property_id, locked, amount)
        self.locked[property_id, holder] -= amount

    def _require_free(self, balance: int, holder: str, property_id: int, amount: int) -> None:
        if balance < amount:
            raise Refusal("ERC1155InsufficientBalance", holder, balance, amount, property_id)
        locked = self.locked[property_id, holder]
        if balance - amount < locked:
            raise Refusal("FractionsLocked", holder, property_id, locked, amount)

    def _require_receiver(self, receiver: str) -> None:
        if receiver == NOBODY or receiver in self.deaf:
            raise Refusal("ERC1155InvalidReceiver", receiver)

    def _require_marketplace(self, caller: str) -> None:
        if caller != self.marketplace:
            raise Refusal("NotMarketplace", caller)
