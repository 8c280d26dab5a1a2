"""The state machine's acts with properties: fractions, rent, documents."""

from itertools import product

from bench.stage import ISSUER_AT, LISTER_AT
from tests.contracts.books_actions import Share, amount_of
from tests.contracts.books_play import Play, aimed
from tests.contracts.books_registry import NOBODY
from tests.contracts.ledger import LARGEST_TRADE, account_of, traded

URI = "https://example.org/1.json"
NO_DATA = b""
PERIODS = (1, 2, 3)


class Fractions(Play):
    # -- properties

    def list_property(self, property_id: int, cap: int, registry_list: int, entitled: bool) -> None:
        caller = LISTER_AT if entitled else self.people[0]
        facts = ISSUER_AT, cap, registry_list, "House", bytes(32), URI
        self.attempt(
            lambda: self.books.token.list_property(caller, property_id, *facts),
            caller, self.stage.token, "list_property", property_id, *facts,
        )  # fmt: skip

    def hand_over(self, property_id: int, accepts: bool, to: int, entitled: bool) -> None:
        """To a person, who may hand it on."""
        receiver, token = self.people[to], self.stage.token
        if accepts:
            self.attempt(
                lambda: self.books.token.accept_issuer(receiver, property_id),
                receiver, token, "accept_issuer", property_id,
            )  # fmt: skip
        else:
            caller = self.issuer_of(property_id, entitled)
            self.attempt(
                lambda: self.books.token.propose_issuer(caller, property_id, receiver),
                caller, token, "propose_issuer", property_id, receiver,
            )  # fmt: skip

    def describe(self, property_id: int, name: str, content_hash: bytes, entitled: bool) -> None:
        """By a document, and by new metadata."""
        caller, token = self.issuer_of(property_id, entitled), self.stage.token
        self.attempt(
            lambda: self.books.token.set_document(caller, property_id, name, content_hash, URI),
            caller, token, "set_document", property_id, name, content_hash, URI,
        )  # fmt: skip
        self.attempt(
            lambda: self.books.token.set_metadata(caller, property_id, content_hash, name),
            caller, token, "set_metadata", property_id, content_hash, name,
        )  # fmt: skip

    # -- fractions

    def allot(self, property_id: int, to: int, share: Share, entitled: bool, sane: bool) -> None:
        caller = self.issuer_of(property_id, entitled)
        receiver = self.holders[to] if sane else self.stage.vault.address
        amount = amount_of(share, self.books.token.unissued(property_id))
        self.attempt(
            lambda: self.books.rent.allot(caller, property_id, receiver, amount),
            caller, self.stage.token, "allot", property_id, receiver, amount,
        )  # fmt: skip

    def approve(self, holder: int, operator: int, approved: bool, sane: bool) -> None:
        caller, trusted = self.people[holder], self.people[operator] if sane else NOBODY
        self.attempt(
            lambda: self.books.token.approve(caller, trusted, approved),
            caller, self.stage.token, "setApprovalForAll", trusted, approved,
        )  # fmt: skip

    def transfer_fractions(
        self, operator: int, sender: int, own: bool, to: int, sane: bool, property_id: int, share: Share
    ) -> None:
        caller, holder = self.people[operator], self.people[operator if own else sender]
        receiver = self.holders[to] if sane else NOBODY
        amount = amount_of(share, self.books.token.free(property_id, holder))
        self.attempt(
            lambda: self.books.token.transfer(caller, holder, receiver, [property_id], [amount]),
            caller, self.stage.token, "safeTransferFrom", holder, receiver, property_id, amount, NO_DATA,
        )  # fmt: skip

    def transfer_batch(
        self, operator: int, sender: int, own: bool, to: int, sane: bool, even: bool, drawn: list[tuple[int, Share]]
    ) -> None:
        caller, holder = self.people[operator], self.people[operator if own else sender]
        receiver = self.holders[to] if sane else self.stage.vault.address
        ids = [property_id for property_id, _ in drawn]
        amounts = [amount_of(share, self.books.token.free(property_id, holder)) for property_id, share in drawn]
        amounts += [] if even else [1]
        self.attempt(
            lambda: self.books.token.transfer(caller, holder, receiver, ids, amounts),
            caller, self.stage.token, "safeBatchTransferFrom", holder, receiver, ids, amounts, NO_DATA,
        )  # fmt: skip

    def escrow(self, aim: bool, locks: bool, property_id: int, holder: int, share: Share, entitled: bool) -> None:
        """By the marketplace, or by one who may not. It moves fractions by its own rules; here it is any sender."""
        token = self.books.token
        held = token.balances if locks else token.locked
        targets = [(of, self.holders.index(who)) for (of, who), amount in held.items() if amount]
        property_id, holder = aimed(aim, (property_id, holder), targets)
        caller, held_by = self.marketplace_or_nobody(entitled), self.holders[holder]
        available = token.free(property_id, held_by) if locks else token.locked[property_id, held_by]
        amount = amount_of(share, available)

        def expect() -> None:
            act = self.books.token.lock if locks else self.books.token.unlock
            act(caller, property_id, held_by, amount)

        self.attempt(expect, caller, self.stage.token, "lock" if locks else "unlock", property_id, held_by, amount)

    def trade(
        self, aim: bool, buys: bool, property_id: int, taker: int, drawn: list[tuple[int, Share]], entitled: bool
    ) -> None:
        """Out of the locks of makers, or out of what a taker may sell. The marketplace asks first who may gain."""
        token, people = self.books.token, self.people
        held = token.locked if buys else token.balances
        ripe = [(of, people.index(who)) for (of, who), amount in held.items() if amount and who in people]
        property_id, first = aimed(aim, (property_id, taker), ripe)
        taker = (first + 1) % len(people) if buys and aim else first
        makers = [people[(taker + 1 + at % 2) % len(people)] for at, _ in drawn]
        gaining = [people[taker]] if buys else makers
        listed = token.properties.get(property_id)
        if not all(self.books.registry.is_eligible(listed.registry_list if listed else 0, who) for who in gaining):
            return
        caller, act = self.marketplace_or_nobody(entitled), token.settle_bid if buys else token.settle_ask
        free = token.free(property_id, people[taker]) // len(drawn)
        trades = [
            (maker, min(amount_of(share, token.locked[property_id, maker] if buys else free), LARGEST_TRADE))
            for maker, (_, share) in zip(makers, drawn, strict=True)
        ]
        self.attempt(
            lambda: act(caller, property_id, people[taker], trades),
            caller, self.stage.token, "settle_bid" if buys else "settle_ask",
            property_id, people[taker], [traded(*trade) for trade in trades],
        )  # fmt: skip

    def acknowledge(self, property_id: int, receiver: int, sane: bool, entitled: bool) -> None:
        caller = self.marketplace_or_nobody(entitled)
        asked = self.holders[receiver] if sane else self.stage.vault.address
        self.attempt(
            lambda: self.books.token.acknowledge(caller, asked),
            caller, self.stage.token, "acknowledge", property_id, asked, 1,
        )  # fmt: skip

    def marketplace_or_nobody(self, entitled: bool) -> str:
        return self.stage.marketplace.address if entitled else self.people[0]

    # -- rent

    def declare_rent(self, aim: bool, property_id: int, period: int, share: Share, wait: int, entitled: bool) -> None:
        rents = self.books.rent.rents
        free = [(of, each) for of in self.books.token.properties for each in PERIODS if (of, each) not in rents]
        property_id, period = aimed(aim, (property_id, period), free)
        caller = self.issuer_of(property_id, entitled)
        amount, release_time = self.money_of(caller, share), self.evm.timestamp + wait
        self.attempt(
            lambda: self.books.rent.declare(caller, property_id, period, amount, release_time),
            caller, self.stage.token, "declare_rent", property_id, period, amount, release_time,
        )  # fmt: skip

    def declare_final(self, property_id: int, share: Share, wait: int, entitled: bool) -> None:
        caller = self.issuer_of(property_id, entitled)
        amount, release_time = self.money_of(caller, share), self.evm.timestamp + wait
        self.attempt(
            lambda: self.books.rent.declare_final(caller, property_id, amount, release_time),
            caller, self.stage.token, "declare_final", property_id, amount, release_time,
        )  # fmt: skip

    def money_of(self, caller: str, share: Share) -> int:
        return amount_of(share, self.books.vault.balances[account_of(caller)])

    def release_rent(self, aim: bool, property_id: int, period: int, who: int) -> None:
        now = self.evm.timestamp
        due = [of for of, rent in self.books.rent.rents.items() if not rent.released and rent.release_time <= now]
        property_id, period = aimed(aim, (property_id, period), due)
        self.attempt(
            lambda: self.books.rent.release(property_id, period),
            self.people[who], self.stage.token, "release_rent", property_id, period,
        )  # fmt: skip

    def claim_rent(self, aim: bool, property_id: int, holder: int, who: int) -> None:
        pairs = product(self.books.token.properties, range(len(self.holders)))
        owed = [(of, each) for of, each in pairs if self.books.rent.claimable((of, self.holders[each]))]
        property_id, holder = aimed(aim, (property_id, holder), owed)
        entitled = self.holders[holder]

        def expect() -> None:
            self.books.rent.claim(property_id, entitled)

        self.attempt(expect, self.people[who], self.stage.token, "claim_rent", property_id, entitled)
