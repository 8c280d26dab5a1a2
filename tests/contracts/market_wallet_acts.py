"""What people and the issuer do beside the market, in between: it must disturb no order."""

from bench.stage import ISSUER_AT, REGISTRAR_AT, RENT_NOTICE, account_of
from tests.contracts.market_book import BID
from tests.contracts.market_draw import DAY, LISTED, Dice
from tests.contracts.market_play import Play

MOST_RENT = 100_000


class WalletActs(Play):
    focus: tuple[int, int]
    transfers = 0

    def enter(self, dice: Dice) -> None:
        """Of the list, mostly for good; half of the time somebody whose bid rests."""
        bidders = [order.owner for order in self.model.books[LISTED].resting if order.side == BID]
        wallet, now = dice.one(bidders if bidders and dice.happens(50) else self.people), self.model.clock.now
        expiry = now + dice.one([400 * DAY] * 4 + [3, 0])
        self.set_entry(wallet, (dice.one([1, 1, 2, 3, 0]), expiry, dice.happens(20)))

    def freeze(self, wallet: str) -> None:
        investor, expiry, _ = self.model.lists.entries[wallet]
        self.set_entry(wallet, (investor, expiry, True))

    def set_entry(self, wallet: str, entry: tuple[int, int, bool]) -> None:
        def change(_: object) -> None:
            self.model.lists.entries[wallet] = entry

        self.attempt(change, REGISTRAR_AT, self.stage.registry, "set_entry", 1, wallet, *entry)

    def move_fractions(self, dice: Dice) -> None:
        property_id = self.focus[0]
        sender, receiver = dice.one(self.people), dice.one(self.people)
        balance = self.model.fractions.balances[property_id, sender]
        free = balance - self.model.fractions.locked[property_id, sender]
        amount = dice.one([1, 1, 2, free, free + 1, balance, balance + 1])
        self.attempt(
            lambda model: model.fractions.transfer(property_id, sender, receiver, amount),
            sender, self.stage.token, "safeTransferFrom", sender, receiver, property_id, amount, b"",
        )  # fmt: skip

    def move_money(self, dice: Dice) -> None:
        """Between people, or to one's savings and back, where no order reaches."""
        sender = dice.one(self.people)
        receiver = dice.one([sender, *self.people])
        numbers = dice.one([(0, 1), (1, 0)]) if sender == receiver else (0, 0)
        debit, credit = account_of(sender, numbers[0]), account_of(receiver, numbers[1])
        balance = self.model.money.balances[debit]
        amount = dice.one([1, balance // 2, balance, balance + 1])
        self.transfers += 1
        key = self.transfers.to_bytes(32, "big")

        def move(_: object) -> None:
            self.model.money.pay(debit, credit, amount)

        self.attempt(move, sender, self.stage.vault, "transfer", debit, credit, amount, bytes(32), key)

    def withdraw(self, dice: Dice) -> None:
        owner, number = dice.one(self.people), dice.one([0, 0, 1])
        balance = self.model.money.balances[account_of(owner, number)]
        amount = dice.one([1, balance // 2, balance, balance + 1])
        self.attempt(
            lambda model: model.money.withdraw(owner, number, amount, owner),
            owner, self.stage.vault, "withdraw", account_of(owner, number), amount, owner,
        )  # fmt: skip

    def deposit(self, dice: Dice) -> None:
        owner = dice.one(self.people)
        amount = min(self.model.money.dollars[owner], dice.one([1, 10**5, 10**7]))
        if amount:
            self.attempt(
                lambda model: model.money.deposit(owner, amount),
                owner, self.stage.vault, "deposit", account_of(owner), amount,
            )  # fmt: skip

    def declare_rent(self, dice: Dice) -> None:
        property_id, amount = self.focus[0], dice.random.randint(1, MOST_RENT)
        period = sum(each[0] == property_id for each in self.model.fractions.rents) + 1
        release_time = self.model.clock.now + RENT_NOTICE
        self.attempt(
            lambda model: model.fractions.declare(property_id, period, amount),
            ISSUER_AT, self.stage.token, "declare_rent", property_id, period, amount, release_time,
        )  # fmt: skip

    def declare_final(self, dice: Dice) -> None:
        """Rarely, and of one property: a book that is closed is of no use here."""
        if not dice.happens(30) or (self.model.fractions.ending and dice.happens(90)):
            return
        property_id, amount = self.focus[0], dice.random.randint(1, MOST_RENT)
        release_time = self.model.clock.now + RENT_NOTICE
        self.attempt(
            lambda model: model.declare_final(property_id, amount),
            ISSUER_AT, self.stage.token, "declare_final", property_id, amount, release_time,
        )  # fmt: skip

    def release_rent(self, dice: Dice) -> None:
        declared = list(self.model.fractions.rents)
        if declared:
            property_id, period = dice.one(declared)
            self.attempt(
                lambda model: model.fractions.release(property_id, period),
                dice.one(self.people), self.stage.token, "release_rent", property_id, period,
            )  # fmt: skip

    def claim_rent(self, dice: Dice) -> None:
        property_id, holder = self.focus[0], dice.one(self.people)
        self.attempt(
            lambda model: model.fractions.claim(property_id, holder),
            dice.one(self.people), self.stage.token, "claim_rent", property_id, holder,
        )  # fmt: skip
