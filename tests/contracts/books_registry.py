"""What the InvestorRegistry and the roles should do, in plain Python: a part of the stateful test's oracle."""

from dataclasses import dataclass, field

from tests.contracts.refusals import Refusal

NOBODY = "0x" + "00" * 20
ADMIN_ROLE = bytes(32)

Entry = tuple[str, int, int, bool]  # wallet, investor id, expiry, frozen


@dataclass
class Clock:
    """Seconds since 1970, for all models."""

    now: int


@dataclass
class RolesModel:
    """Of one contract."""

    held: set[tuple[bytes, str]]

    def require(self, caller: str, role: bytes) -> None:
        if (role, caller) not in self.held:
            raise Refusal("AccessControlUnauthorizedAccount", caller, role)

    def grant(self, caller: str, role: bytes, account: str) -> None:
        self.require(caller, ADMIN_ROLE)
        self.held.add((role, account))

    def revoke(self, caller: str, role: bytes, account: str) -> None:
        self.require(caller, ADMIN_ROLE)
        self.held.discard((role, account))

    def renounce(self, caller: str, role: bytes, confirmation: str) -> None:
        if confirmation != caller:
            raise Refusal("AccessControlBadConfirmation")
        self.held.discard((role, caller))


@dataclass
class PausingModel:
    pauser_role: bytes
    roles: RolesModel
    paused: bool = False

    def switch(self, caller: str, paused: bool) -> None:
        self.roles.require(caller, self.pauser_role)
        if self.paused == paused:
            raise Refusal("EnforcedPause" if paused else "ExpectedPause")
        self.paused = paused

    def require_running(self) -> None:
        if self.paused:
            raise Refusal("EnforcedPause")


@dataclass
class RegistryModel:
    clock: Clock
    roles: RolesModel
    registrars: dict[int, str] = field(default_factory=dict)
    entries: dict[tuple[int, str], Entry] = field(default_factory=dict)

    def is_eligible(self, registry_list: int, wallet: str) -> bool:
        """As a property with this list sees it; list 0 lets everybody in."""
        if registry_list == 0:
            return True
        _, _, expiry, frozen = self.entry_of(registry_list, wallet)
        return not frozen and expiry > self.clock.now

    def require_eligible(self, property_id: int, registry_list: int, wallet: str) -> None:
        if not self.is_eligible(registry_list, wallet):
            raise Refusal("NotEligible", property_id, wallet)

    def entry_of(self, registry_list: int, wallet: str) -> Entry:
        return self.entries.get((registry_list, wallet), (wallet, 0, 0, False))

    def create_list(self, caller: str, registrar: str) -> None:
        self.roles.require(caller, ADMIN_ROLE)
        if registrar == NOBODY:
            raise Refusal("InvalidRegistrar")
        self.registrars[len(self.registrars) + 1] = registrar

    def set_registrar(self, caller: str, registry_list: int, registrar: str) -> None:
        if self._registrar(registry_list) != caller:
            self.roles.require(caller, ADMIN_ROLE)
        if registrar == NOBODY:
            raise Refusal("InvalidRegistrar")
        self.registrars[registry_list] = registrar

    def set_entries(self, caller: str, registry_list: int, entries: list[Entry]) -> None:
        if self._registrar(registry_list) != caller:
            raise Refusal("NotRegistrar", registry_list, caller)
        for wallet, investor_id, expiry, frozen in entries:
            if wallet == NOBODY:
                raise Refusal("InvalidWallet", wallet)
            if investor_id >= 2**128:
                raise Refusal("InvalidInvestorId", investor_id)
            if expiry >= 2**64:
                raise Refusal("InvalidExpiry", expiry)
            self.entries[registry_list, wallet] = wallet, investor_id, expiry, frozen

    def _registrar(self, registry_list: int) -> str:
        if registry_list not in self.registrars:
            raise Refusal("UnknownList", registry_list)
        return self.registrars[registry_list]
