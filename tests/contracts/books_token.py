"""What the FractionToken should do with fractions, in plain Python. Rent is kept by books_rent.

Checks stand in the contract's order. Atomicity is the machine's: on a refusal it takes all books back.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.contracts.books_registry import NOBODY, RegistryModel, RolesModel
from tests.contracts.refusals import Refusal

LARGEST_PROPERTY_ID = 2**32 - 1
LARGEST_SUPPLY = 2**48 - 1

Holding = tuple[int, str]  # property id, holder
Trade = tuple[str, int]  # maker, fractions
Document = tuple[int, bytes, str]  # version, content hash, uri
NO_DOCUMENT: Document = (0, bytes(32), "")


@dataclass
class PropertyModel:
    issuer: str
    supply_cap: int
    registry_list: int
    name: str
    metadata: Document
    proposed_issuer: str = NOBODY
    supply: int = 0
    reserved: int = 0
    uncollected: int = 0
    ending: bool = False
    ended: bool = False
    documents: dict[str, Document] = field(default_factory=dict)


@dataclass
class TokenModel:
    """Balances and locks by property and holder."""

    address: str
    lister_role: bytes
    marketplace: str
    deaf: frozenset[str]  # contracts that cannot receive
    registry: RegistryModel
    roles: RolesModel
    properties: dict[int, PropertyModel] = field(default_factory=dict)
    balances: dict[Holding, int] = field(default_factory=lambda: defaultdict(int))
    locked: dict[Holding, int] = field(default_factory=lambda: defaultdict(int))
    approvals: set[tuple[str, str]] = field(default_factory=set)

    def unissued(self, property_id: int) -> int:
        listed = self.properties.get(property_id)
        return listed.supply_cap - listed.supply - listed.reserved if listed else 0

    def free(self, property_id: int, holder: str) -> int:
        return self.balances[property_id, holder] - self.locked[property_id, holder]

    # -- properties

    def list_property(
        self,
        caller: str,
        property_id: int,
        issuer: str,
        supply_cap: int,
        registry_list: int,
        name: str,
        content_hash: bytes,
        uri: str,
    ) -> None:
        self.roles.require(caller, self.lister_role)
        if registry_list > len(self.registry.registrars):
            raise Refusal("UnknownList", registry_list)
        if not 0 < property_id <= LARGEST_PROPERTY_ID:
            raise Refusal("InvalidPropertyId", property_id)
        if property_id in self.properties:
            raise Refusal("PropertyExists", property_id)
        if not 0 < supply_cap <= LARGEST_SUPPLY:
            raise Refusal("InvalidSupplyCap", supply_cap)
        if issuer == NOBODY:
            raise Refusal("InvalidIssuer", issuer)
        listed = PropertyModel(issuer, supply_cap, registry_list, name, (1, content_hash, uri))
        self.properties[property_id] = listed

    def propose_issuer(self, caller: str, property_id: int, issuer: str) -> None:
        self.require_issuer(property_id, caller).proposed_issuer = issuer

    def accept_issuer(self, caller: str, property_id: int) -> None:
        listed = self.properties.get(property_id)
        if listed is None or listed.proposed_issuer != caller:
            raise Refusal("NotProposedIssuer", property_id, caller)
        listed.issuer, listed.proposed_issuer = caller, NOBODY

    def set_metadata(self, caller: str, property_id: int, content_hash: bytes, uri: str) -> None:
        listed = self.require_issuer(property_id, caller)
        listed.metadata = listed.metadata[0] + 1, content_hash, uri

    def set_document(self, caller: str, property_id: int, name: str, content_hash: bytes, uri: str) -> None:
        listed = self.require_issuer(property_id, caller)
        if not name:
            raise Refusal("InvalidName")
        version = listed.documents.get(name, NO_DOCUMENT)[0]
        listed.documents[name] = version + 1, content_hash, uri

    def require_issuer(self, property_id: int, caller: str) -> PropertyModel:
        listed = self.known(property_id)
        if listed.issuer != caller:
            raise Refusal("NotIssuer", property_id, caller)
        return listed

    def known(self, property_id: int) -> PropertyModel:
        if property_id not in self.properties:
            raise Refusal("UnknownProperty", property_id)
        return self.properties[property_id]

    def require_not_ending(self, property_id: int) -> None:
        if property_id in self.properties and self.properties[property_id].ending:
            raise Refusal("PropertyEnding", property_id)

    # -- fractions come into being

    def allot(self, property_id: int, receiver: str, amount: int) -> None:
        """After the checks of issuer and rent."""
        self.require_not_ending(property_id)
        listed = self.known(property_id)
        available = self.unissued(property_id)
        if amount > available:
            raise Refusal("SupplyCapExceeded", property_id, available, amount)
        listed.supply += amount
        self.mint(property_id, receiver, amount)

    def reserve(self, property_id: int, issuer: str, amount: int) -> int:
        """Gives the property's list."""
        listed = self.require_issuer(property_id, issuer)
        self.require_not_ending(property_id)
        available = listed.supply_cap - listed.supply
        if amount > available:
            raise Refusal("SupplyCapExceeded", property_id, available, amount)
        listed.reserved = amount
        return listed.registry_list

    def settle_sale(self, property_id: int, sold: int) -> str:
        """Gives the property's issuer."""
        listed = self.known(property_id)
        listed.supply += sold
        listed.reserved, listed.uncollected = 0, sold
        return listed.issuer

    def mint(self, property_id: int, receiver: str, amount: int) -> None:
        if receiver == NOBODY:
            raise Refusal("ERC1155InvalidReceiver", receiver)
        self.registry.require_eligible(property_id, self.known(property_id).registry_list, receiver)
        self.balances[property_id, receiver] += amount
        self._require_acceptance(receiver)

    def burn(self, property_id: int, holder: str) -> int:
        """All that is not locked; gives how many."""
        burnt = self.free(property_id, holder)
        self.balances[property_id, holder] -= burnt
        self.known(property_id).supply -= burnt
        return burnt

    # -- movements

    def approve(self, holder: str, operator: str, approved: bool) -> None:
        if operator == NOBODY:
            raise Refusal("ERC1155InvalidOperator", operator)
        if approved:
            self.approvals.add((holder, operator))
        else:
            self.approvals.discard((holder, operator))

    def transfer(self, operator: str, sender: str, receiver: str, ids: list[int], amounts: list[int]) -> None:
        """In order; all or none."""
        if len(ids) != len(amounts):
            raise Refusal("ERC1155InvalidArrayLength", len(ids), len(amounts))
        if operator != sender and (sender, operator) not in self.approvals:
            raise Refusal("ERC1155MissingApprovalForAll", operator, sender)
        if receiver == NOBODY:
            raise Refusal("ERC1155InvalidReceiver", receiver)
        for property_id, amount in zip(ids, amounts, strict=True):
            listed = self.properties.get(property_id)
            self.registry.require_eligible(property_id, listed.registry_list if listed else 0, receiver)
            self._require_free(property_id, sender, amount)
            self.balances[property_id, sender] -= amount
            self.balances[property_id, receiver] += amount
        self._require_acceptance(receiver)

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

    def settle_bid(self, caller: str, property_id: int, buyer: str, trades: list[Trade]) -> None:
        self._require_marketplace(caller)
        for seller, amount in trades:
            self.unlock(caller, property_id, seller, amount)
            self.balances[property_id, seller] -= amount
            self.balances[property_id, buyer] += amount

    def settle_ask(self, caller: str, property_id: int, seller: str, trades: list[Trade]) -> None:
        self._require_marketplace(caller)
        self._require_free(property_id, seller, sum(amount for _, amount in trades))
        for buyer, amount in trades:
            self.balances[property_id, seller] -= amount
            self.balances[property_id, buyer] += amount

    def acknowledge(self, caller: str, receiver: str) -> None:
        self._require_marketplace(caller)
        self._require_acceptance(receiver)

    def _require_free(self, property_id: int, holder: str, amount: int) -> None:
        balance, locked = self.balances[property_id, holder], self.locked[property_id, holder]
        if balance < amount:
            raise Refusal("ERC1155InsufficientBalance", holder, balance, amount, property_id)
        if balance - amount < locked:
            raise Refusal("FractionsLocked", holder, property_id, locked, amount)

    def _require_acceptance(self, receiver: str) -> None:
        if receiver in self.deaf:
            raise Refusal("ERC1155InvalidReceiver", receiver)

    def _require_marketplace(self, caller: str) -> None:
        if caller != self.marketplace:
            raise Refusal("NotMarketplace", caller)
