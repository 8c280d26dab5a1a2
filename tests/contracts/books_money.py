"""The state machine's acts with money: vault, stablecoin, treasury."""

from bench.stage import ADMIN_AT, LARGEST, OPERATOR_AT, PAUSER_AT, signer
from bench.typed_data import Signature, permit_signature, transfer_signature
from tests.contracts.books_actions import Share, amount_of
from tests.contracts.books_play import Play
from tests.contracts.books_vault import Leg
from tests.contracts.ledger import LARGEST_TRADE, OUTSIDE, account_of, bytes32, traded

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1
NAMES = ("alice", "bob", "carol")
NO_REFERENCE = bytes(32)


class Money(Play):
    # -- in and out

    def deposit(self, who: int, owner: int, number: int, share: Share, sane: bool) -> None:
        caller = self.people[who]
        account = account_of(self.holders[owner] if sane else self.stage.vault.address, number)
        amount = amount_of(share, self.books.coins.balances[caller])
        self.attempt(
            lambda: self.books.vault.deposit(caller, account, amount),
            caller, self.stage.vault, "deposit", account, amount,
        )  # fmt: skip

    def deposit_with_permit(self, who: int, share: Share, how: str, allowed: bool) -> None:
        """The allowance is set before it, and after it is as always."""
        caller, vault = self.people[who], self.stage.vault
        amount = amount_of(share, self.books.coins.balances[caller])
        deadline = self.evm.timestamp - (how == "expired")
        nonce = self.books.coins.nonces[caller] + (how == "replayed")
        name = NAMES[(who + (how == "by another")) % len(NAMES)]
        made = permit_signature(signer(name), self.stage.dollar, caller, vault.address, amount, nonce, deadline)
        self.allow(caller, LARGEST if allowed else 0)
        self.attempt(
            lambda: self.books.vault.deposit_with_permit(
                caller, account_of(caller), amount, deadline, signed=how in ("good", "expired")
            ),
            caller, vault, "deposit_with_permit", account_of(caller), amount, deadline, made.v, made.r, made.s,
        )  # fmt: skip
        self.allow(caller, LARGEST)

    def allow(self, owner: str, amount: int) -> None:
        def expect() -> None:
            self.books.coins.allowance[owner] = amount

        self.attempt(expect, owner, self.stage.dollar, "approve", self.stage.vault, amount)

    def mint(self, owner: str, amount: int) -> None:
        def expect() -> None:
            self.books.coins.balances[owner] += amount

        self.attempt(expect, owner, self.stage.dollar, "mint", owner, amount)

    def withdraw(self, who: int, owner: int, own: bool, number: int, share: Share, to: int, sane: bool) -> None:
        caller = self.people[who]
        account = account_of(self.people[who if own else owner], number)
        amount = amount_of(share, self.books.vault.balances[account])
        receiver = self.people[to] if sane else (self.stage.vault, self.stage.token, self.stage.dollar)[to].address
        self.attempt(
            lambda: self.books.vault.withdraw(caller, account, amount, receiver),
            caller, self.stage.vault, "withdraw", account, amount, receiver,
        )  # fmt: skip

    def donate(self, who: int, share: Share) -> None:
        donor = self.people[who]
        amount = amount_of(share, self.books.coins.balances[donor] // 10)
        self.attempt(
            lambda: self.books.vault.donate(donor, amount),
            donor, self.stage.dollar, "transfer", self.stage.vault, amount,
        )  # fmt: skip

    def switch(self, where: str, paused: bool, entitled: bool) -> None:
        caller = PAUSER_AT if entitled else self.people[0]
        contract = self.stage.vault if where == "vault" else self.stage.offering

        def expect() -> None:
            model = self.books.vault if where == "vault" else self.books.offering
            model.pausing.switch(caller, paused)

        self.attempt(expect, caller, contract, "pause" if paused else "unpause")

    # -- transfers

    def transfer(
        self,
        who: int,
        own: bool,
        number: int,
        to: int,
        to_number: int,
        sane: bool,
        share: Share,
        reference: bytes,
        key: bytes | None,
    ) -> None:
        caller = self.people[who]
        leg = self.leg(
            self.people[who if own else (who + 1) % 3], number, other(who, to), to_number, sane, share, reference
        )
        key = self.key_of(caller, 3, key)
        self.made.append((caller, leg, key))
        self.request(caller, leg, key)

    def transfer_again(self, made: int, how: str, somebody: int) -> None:
        caller, leg, key = self.made[made % len(self.made)]
        from_account, to_account, amount, reference = leg
        if how == "other amount":
            amount = 1 + amount // 2
        if how == "other reference":
            reference = bytes32("another")
        by = self.people[somebody] if how == "as somebody" else caller
        self.request(by, (from_account, to_account, amount, reference), key)

    def request(self, caller: str, leg: Leg, key: bytes) -> None:
        self.attempt(
            lambda: self.books.vault.transfer(caller, leg, key),
            caller, self.stage.vault, "transfer", *leg, key,
        )  # fmt: skip

    def leg(self, owner: str, number: int, to: int, to_number: int, sane: bool, share: Share, reference: bytes) -> Leg:
        from_account = account_of(owner, number)
        to_account = account_of(self.holders[to], to_number) if sane else OUTSIDE
        return from_account, to_account, amount_of(share, self.books.vault.balances[from_account]), reference

    def transfer_legs(self, who: int, legs: list[tuple[bool, int, int, int, Share]], key: bytes | None) -> None:
        """Each leg: whether it is of an own account, that account's number, receiver, the number there, share."""
        caller, another = self.people[who], self.people[(who + 1) % 3]
        key = self.key_of(caller, 4, key)
        made = tuple(
            self.leg(caller if own else another, number, other(who, to), to_number, True, share, NO_REFERENCE)
            for own, number, to, to_number, share in legs
        )
        self.attempt(
            lambda: self.books.vault.transfer_batch(caller, made, key),
            caller, self.stage.vault, "transfer_batch", list(made), key,
        )  # fmt: skip

    def transfer_signed(
        self,
        who: int,
        number: int,
        to: int,
        to_number: int,
        sane: bool,
        share: Share,
        key: bytes | None,
        how: str,
        submitter: int,
        late: int,
    ) -> None:
        owner, vault = self.people[who], self.stage.vault
        leg = self.leg(owner, number, other(who, to), to_number, sane, share, NO_REFERENCE)
        key = self.key_of(owner, 3, key)
        deadline = self.evm.timestamp - (late if how == "expired" else -late)
        name = NAMES[(who + (how == "by another")) % len(NAMES)]
        signed_key = bytes32("another key") if how == "for another" else key
        made = transfer_signature(signer(name), vault, *leg, signed_key, deadline)
        signature = {"malleable": mirrored(made).bytes, "short": made.bytes[:64]}.get(how, made.bytes)
        self.made.append((owner, leg, key))
        self.attempt(
            lambda: self.books.vault.transfer_signed(leg, key, deadline, signed=how in ("good", "expired")),
            self.people[submitter], vault, "transfer_signed", *leg, key, deadline, signature,
            mover=owner,
        )  # fmt: skip

    def burn_key(self, who: int, kind: int, key: bytes | None) -> None:
        caller = self.people[who]
        key = self.key_of(caller, kind, key)
        self.attempt(
            lambda: self.books.vault.burn_key(caller, kind, key), caller, self.stage.vault, "burn_key", kind, key
        )

    # -- agents and the treasury

    def post(self, entitled: bool, sides: tuple[str, int, str, int], share: Share, kind: int) -> None:
        """As the marketplace, or as one who is no agent."""
        caller = self.stage.marketplace.address if entitled else self.people[0]
        debit, credit = self.side(*sides[:2]), self.side(*sides[2:])
        entry = debit, credit, amount_of(share, self.books.vault.balances[debit]), kind, NO_REFERENCE
        self.attempt(lambda: self.books.vault.post(caller, entry), caller, self.stage.vault, "post", *entry)

    def settle(
        self, entitled: bool, debited: tuple[str, int], drawn: list[tuple[int, Share]], rest: tuple[Share, Share],
        escrow_side: str,
    ) -> None:  # fmt: skip
        """As the marketplace does: nobody is paid by himself, and an escrow is not debited for itself."""
        caller, vault = self.stage.marketplace.address if entitled else self.people[0], self.books.vault
        debit, escrow = self.side(*debited), self.side(escrow_side, debited[1])
        makers = [holder for holder in self.holders if account_of(holder) != debit]
        balance = vault.balances[debit] // (len(drawn) + 1)
        trades = [(makers[at % len(makers)], min(amount_of(share, balance), LARGEST_TRADE)) for at, share in drawn]
        fees, escrowed = (amount_of(share, balance // 4) for share in rest)
        escrowed = 0 if debit == escrow else escrowed
        self.attempt(
            lambda: vault.settle(caller, debit, trades, fees, escrow, escrowed),
            caller, self.stage.vault, "settle",
            debit, [traded(*trade) for trade in trades], fees, escrow, escrowed, NO_REFERENCE,
        )  # fmt: skip

    def side(self, side: str, who: int) -> int:
        return {
            "main": account_of(self.people[who]),
            "sub": account_of(self.people[who], 1),
            "own": account_of(self.stage.marketplace.address, 1),
            "other agent": account_of(self.stage.token.address, 1 + who),
            "outside": OUTSIDE,
            "vault": account_of(self.stage.vault.address),
        }[side]

    def treasury_pays(self, to: int, share: Share, key: bytes | None, entitled: bool) -> None:
        caller, treasury = OPERATOR_AT if entitled else self.people[0], self.stage.treasury
        to_account, key = account_of(self.holders[to]), self.key_of(treasury.address, 3, key)
        amount = amount_of(share, self.books.vault.balances[account_of(treasury.address)])
        self.attempt(
            lambda: self.books.treasury.pay(caller, to_account, amount, NO_REFERENCE, key),
            caller, treasury, "pay", to_account, amount, NO_REFERENCE, key,
        )  # fmt: skip

    def treasury_changes(self, share: Share, withdraws: bool, to: int, entitled: bool) -> None:
        caller, treasury = ADMIN_AT if entitled else OPERATOR_AT, self.stage.treasury
        amount = amount_of(share, self.books.vault.balances[account_of(treasury.address)])
        if withdraws:
            self.attempt(
                lambda: self.books.treasury.withdraw(caller, amount, self.people[to]),
                caller, treasury, "withdraw", amount, self.people[to], NO_REFERENCE,
            )  # fmt: skip
        else:
            self.attempt(
                lambda: self.books.treasury.set_daily_limit(caller, amount),
                caller, treasury, "set_daily_limit", amount,
            )  # fmt: skip


def other(who: int, to: int) -> int:
    """Somebody else, or oneself when the last is drawn; people are holders 0 to 2."""
    return (who + 1 + to) % 4


def mirrored(made: Signature) -> Signature:
    """The other signature that verifies for the same key and content (EIP-2)."""
    high = ORDER - int.from_bytes(made.s, "big")
    return Signature(55 - made.v, made.r, high.to_bytes(32, "big"))
