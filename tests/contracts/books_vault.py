"""What the SettlementVault, its stablecoin and the Treasury should do, in plain Python.

Checks stand in the contracts' order: a refusal must be the one that the contract answers with.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.contracts.books_registry import ADMIN_ROLE, NOBODY, Clock, PausingModel, RolesModel
from tests.contracts.ledger import NUMBER_BITS, OUTSIDE, account_of
from tests.contracts.refusals import Refusal

TRANSFER, BATCH = 3, 4
DAY = 86_400
BURNT = "burnt"

Leg = tuple[int, int, int, bytes]  # from, to, amount, reference
Entry = tuple[int, int, int, int, bytes]  # debit, credit, amount, kind, reference
Trade = tuple[str, int]  # who is paid, units
KeyId = tuple[str, int, bytes]  # owner, kind, key
Use = Leg | tuple[Leg, ...] | str


@dataclass
class DollarModel:
    balances: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    allowance: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # of the vault
    nonces: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def move(self, owner: str, to: str, amount: int) -> None:
        if self.balances[owner] < amount:
            raise Refusal  # checked arithmetic
        self.balances[owner] -= amount
        self.balances[to] += amount

    def take(self, owner: str, to: str, amount: int) -> None:
        """Out of the allowance; the largest one is for ever."""
        if self.allowance[owner] != 2**256 - 1:
            if self.allowance[owner] < amount:
                raise Refusal
            self.allowance[owner] -= amount
        self.move(owner, to, amount)


@dataclass
class VaultModel:
    """Balances by account, and what each key was used for."""

    address: str
    dollar: str
    agents: tuple[str, ...]  # the marketplace first
    clock: Clock
    coins: DollarModel
    pausing: PausingModel
    balances: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    keys: dict[KeyId, Use] = field(default_factory=dict)
    request_ids: dict[KeyId, bytes] = field(default_factory=dict)
    donated: int = 0

    # -- in and out

    def deposit(self, caller: str, account: int, amount: int) -> None:
        self.pausing.require_running()
        self._require_creditable(account)
        self.coins.take(caller, self.address, amount)
        self._require_positive(amount)
        self.balances[account] += amount
        self.balances[OUTSIDE] += amount

    def deposit_with_permit(self, caller: str, account: int, amount: int, deadline: int, signed: bool) -> None:
        """`signed` says whether the permit was signed by the caller with his next nonce."""
        if signed and deadline >= self.clock.now:
            self.coins.nonces[caller] += 1
            self.coins.allowance[caller] = amount
        elif self.coins.allowance[caller] < amount:
            raise Refusal("PermitRefused")
        self.deposit(caller, account, amount)

    def withdraw(self, caller: str, account: int, amount: int, receiver: str) -> None:
        self._require_owner(caller, account)
        if receiver in (NOBODY, self.address, self.dollar, *self.agents):
            raise Refusal("InvalidReceiver", receiver)
        self._require_positive(amount)
        self._debit(account, amount)
        self.balances[OUTSIDE] -= amount
        self.coins.move(self.address, receiver, amount)

    def donate(self, caller: str, amount: int) -> None:
        self.coins.move(caller, self.address, amount)
        self.donated += amount

    # -- transfers; they answer whether money moved

    def transfer(self, caller: str, leg: Leg, key: bytes) -> bool:
        self._require_owner(caller, leg[0])
        if not self._first_use((caller, TRANSFER, key), leg):
            return False
        self._move(leg)
        return True

    def transfer_batch(self, caller: str, legs: tuple[Leg, ...], key: bytes) -> bool:
        if not legs:
            raise Refusal("EmptyBatch")
        if not self._first_use((caller, BATCH, key), legs):
            return False
        for leg in legs:
            self._require_owner(caller, leg[0])
            self._move(leg)
        return True

    def transfer_signed(self, leg: Leg, key: bytes, deadline: int, signed: bool) -> bool:
        """`signed` says whether the signature is the owner's, for this very request."""
        owner = f"0x{leg[0] >> NUMBER_BITS:040x}"
        if not self._first_use((owner, TRANSFER, key), leg):
            return False
        if self.clock.now > deadline:
            raise Refusal("SignatureExpired", deadline)
        if not signed:
            raise Refusal("InvalidSignature", owner)
        self._move(leg)
        return True

    def burn_key(self, caller: str, kind: int, key: bytes) -> None:
        if kind not in (TRANSFER, BATCH):
            raise Refusal("InvalidKind", kind)
        self._first_use((caller, kind, key), BURNT)

    def _first_use(self, key_id: KeyId, use: Use) -> bool:
        known = self.keys.get(key_id)
        if known is None:
            self.keys[key_id] = use
            return True
        if known != use:
            error = "KeyVoid" if known == BURNT else "KeyUsedForAnotherRequest"
            raise Refusal(error, self.request_ids[key_id])
        return False

    def _move(self, leg: Leg) -> None:
        from_account, to_account, amount, _ = leg
        self._require_creditable(to_account)
        self._require_different(from_account, to_account)
        self._post(from_account, to_account, amount)

    # -- agents

    def post(self, caller: str, entry: Entry) -> None:
        debit, credit, amount, kind, _ = entry
        if caller not in self.agents:
            raise Refusal("NotAgent", caller)
        self._require_debitable(caller, debit)
        if credit >> NUMBER_BITS != int(caller, 16):
            self._require_creditable(credit)
        if kind <= BATCH:
            raise Refusal("InvalidKind", kind)
        self._require_different(debit, credit)
        self._post(debit, credit, amount)

    def settle(self, caller: str, debit: int, trades: list[Trade], fees: int, escrow: int, escrowed: int) -> None:
        if caller != self.agents[0]:
            raise Refusal("NotMarketplace", caller)
        self._require_debitable(caller, debit)
        if escrow >> NUMBER_BITS != int(caller, 16):
            raise Refusal("InvalidAccount", escrow)
        credits = [(account_of(maker), amount) for maker, amount in trades]
        more = [(account, amount) for account, amount in ((account_of(caller), fees), (escrow, escrowed)) if amount]
        for account, amount in credits + more:
            self._debit(debit, amount)
            self.balances[account] += amount

    def _require_debitable(self, agent: str, account: int) -> None:
        owner = account >> NUMBER_BITS
        guarded = [0, *(int(other, 16) for other in self.agents)]
        if owner != int(agent, 16) and (account != owner << NUMBER_BITS or owner in guarded):
            raise Refusal("AgentCannotDebit", account, agent)

    def take(self, agent: str, payer: str, property_id: int, amount: int) -> None:
        """From a user's main account into the agent's of a property."""
        self._post(account_of(payer), account_of(agent, property_id), amount)

    def pay(self, agent: str, receiver: str, property_id: int, amount: int) -> None:
        self._require_creditable(account_of(receiver))
        self._post(account_of(agent, property_id), account_of(receiver), amount)

    # -- checks

    def _post(self, debit: int, credit: int, amount: int) -> None:
        self._require_positive(amount)
        self._debit(debit, amount)
        self.balances[credit] += amount

    def _debit(self, account: int, amount: int) -> None:
        balance = self.balances[account]
        if balance < amount:
            raise Refusal("InsufficientBalance", account, balance, amount)
        self.balances[account] = balance - amount

    def _require_owner(self, caller: str, account: int) -> None:
        if account >> NUMBER_BITS != int(caller, 16):
            raise Refusal("NotAccountOwner", account, caller)

    def _require_creditable(self, account: int) -> None:
        closed = (NOBODY, self.address, self.dollar, *self.agents)
        if account >> NUMBER_BITS in [int(owner, 16) for owner in closed]:
            raise Refusal("InvalidAccount", account)

    def _require_different(self, debit: int, credit: int) -> None:
        if debit == credit:
            raise Refusal("SameAccount", credit)

    def _require_positive(self, amount: int) -> None:
        if amount == 0:
            raise Refusal("ZeroAmount")


@dataclass
class TreasuryModel:
    address: str
    operator_role: bytes
    clock: Clock
    vault: VaultModel
    roles: RolesModel
    daily_limit: int
    paid_on: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def pay(self, caller: str, to_account: int, amount: int, reference: bytes, key: bytes) -> bool:
        self.roles.require(caller, self.operator_role)
        if not self.vault.transfer(self.address, (account_of(self.address), to_account, amount, reference), key):
            return False
        day = self.clock.now // DAY
        paid_today = self.paid_on[day] + amount
        if paid_today > self.daily_limit:
            raise Refusal("DailyLimitExceeded", self.daily_limit, paid_today)
        self.paid_on[day] = paid_today
        return True

    def set_daily_limit(self, caller: str, daily_limit: int) -> None:
        self.roles.require(caller, ADMIN_ROLE)
        self.daily_limit = daily_limit

    def withdraw(self, caller: str, amount: int, receiver: str) -> None:
        self.roles.require(caller, ADMIN_ROLE)
        self.vault.withdraw(self.address, account_of(self.address), amount, receiver)
