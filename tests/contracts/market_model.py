"""The market as it should be: the oracle of the market's state machine. Knows neither chain nor ABI."""

from dataclasses import dataclass, field

from bench.stage import FEE, FEE_AT, PAUSER, PAUSER_AT, account_of
from tests.contracts.market_book import (
    BID,
    CANCELLED,
    CLOSED,
    EXPIRED,
    HIGHEST_FEE_PPM,
    NOT_ELIGIBLE,
    Order,
    Resting,
    id_of,
)
from tests.contracts.market_placing import Placing, is_quantity
from tests.contracts.refusals import Refusal


@dataclass
class MarketModel(Placing):
    fee_receiver: str = ""
    keys: dict[bytes, Order | None] = field(default_factory=dict)  # by request id; None: burnt

    # -- signed

    def place_signed(self, request_id: bytes, owner: str, order: Order, is_genuine: bool) -> int:
        if request_id in self.keys:
            known = self.keys[request_id]
            if known == order:
                raise Refusal("OrderPlacedBefore", request_id)
            raise Refusal("KeyVoid" if known is None else "KeyUsedForAnotherRequest", request_id)
        if self.clock.now > order.deadline:
            raise Refusal("SignatureExpired", order.deadline)
        if not is_genuine:
            raise Refusal("InvalidSignature", owner)
        self.keys[request_id] = order
        return self.place(owner, order)

    def burn_key(self, request_id: bytes, owner: str, key: bytes) -> None:
        if self.keys.get(request_id):
            raise Refusal("KeyUsedForAnotherRequest", request_id)
        if request_id not in self.keys:
            self.say("KeyBurnt", owner=owner, kind=1, key=key, request_id=request_id)
        self.keys[request_id] = None

    def cancel_signed(self, order_id: int, deadline: int, is_genuine: bool) -> None:
        property_id, order = self.order(order_id)
        if self.clock.now > deadline:
            raise Refusal("SignatureExpired", deadline)
        if not is_genuine:
            raise Refusal("InvalidSignature", order.owner)
        self.take_out(property_id, order, CANCELLED)

    # -- leaving

    def find(self, order_id: int) -> Resting | None:
        book = self.books.get(order_id >> 40)
        orders = book.resting if book else []
        return next((order for order in orders if id_of(order_id >> 40, order.number) == order_id), None)

    def order(self, order_id: int) -> tuple[int, Resting]:
        found = self.find(order_id)
        if found is None:
            raise Refusal("UnknownOrder", order_id)
        return order_id >> 40, found

    def cancel(self, caller: str, order_id: int) -> None:
        property_id, order = self.order(order_id)
        if order.owner != caller:
            raise Refusal("NotOrderOwner", order_id, caller)
        self.take_out(property_id, order, CANCELLED)

    def cancel_many(self, caller: str, order_ids: list[int]) -> int:
        there = 0
        for order_id in order_ids:
            if self.find(order_id):
                self.cancel(caller, order_id)
                there += 1
        return there

    def replace(self, caller: str, order_id: int, order: Order) -> int:
        self.cancel(caller, order_id)
        return self.place(caller, order)

    def reduce(self, caller: str, order_id: int, quantity: int) -> None:
        property_id, order = self.order(order_id)
        book = self.books[property_id]
        if order.owner != caller:
            raise Refusal("NotOrderOwner", order_id, caller)
        if not is_quantity(quantity, book.lot):
            raise Refusal("InvalidQuantity", quantity, book.lot)
        if quantity >= order.remaining:
            raise Refusal("InvalidReduction", order_id, order.remaining, quantity)
        before = book.needed(order)
        order.remaining -= quantity
        refund = before - book.needed(order) if order.side == BID else 0
        self.free(property_id, order, refund, quantity)
        self.say(
            "OrderReduced",
            property_id=property_id,
            owner=caller,
            order_id=order_id,
            quantity=quantity,
            remaining=order.remaining,
            refund=refund,
        )

    def prune(self, order_ids: list[int]) -> int:
        pruned = 0
        for order_id in order_ids:
            order = self.find(order_id)
            reason = self.reason_to_prune(order_id >> 40, order) if order else 0
            if order and reason:
                self.take_out(order_id >> 40, order, reason)
                pruned += 1
        return pruned

    def reason_to_prune(self, property_id: int, order: Resting) -> int:
        book = self.books[property_id]
        if book.closed:
            return CLOSED
        if self.clock.now > order.expiry:
            return EXPIRED
        is_wanted = order.side != BID or not book.registry_list or self.lists.is_eligible(order.owner)
        return 0 if is_wanted else NOT_ELIGIBLE

    # -- rules and fees

    def set_fees(self, caller: str, property_id: int, maker_fee_ppm: int, taker_fee_ppm: int) -> None:
        self.require(caller, FEE_AT, FEE)
        highest = max(maker_fee_ppm, taker_fee_ppm)
        if highest > HIGHEST_FEE_PPM:
            raise Refusal("FeeTooHigh", highest, HIGHEST_FEE_PPM)
        book = self.book(property_id)
        book.maker_fee_ppm, book.taker_fee_ppm = maker_fee_ppm, taker_fee_ppm
        self.say("FeesSet", property_id=property_id, maker_fee_ppm=maker_fee_ppm, taker_fee_ppm=taker_fee_ppm)

    def switch(self, caller: str, property_ids: list[int], halted: bool) -> None:
        self.require(caller, PAUSER_AT, PAUSER)
        for property_id in property_ids:
            book = self.book(property_id)
            if book.halted != halted:
                book.halted = halted
                self.say("BookHalted" if halted else "BookResumed", property_id=property_id, account=caller)

    def set_fee_receiver(self, caller: str, receiver: str) -> None:
        self.require(caller, FEE_AT, FEE)
        if int(receiver, 16) == 0:
            raise Refusal("InvalidFeeReceiver", receiver)
        self.fee_receiver = receiver
        self.say("FeeReceiverSet", receiver=receiver)

    def collect_fees(self) -> int:
        account = account_of(self.address)
        amount = self.money.balances[account]
        self.money.pay(account, account_of(self.fee_receiver), amount)
        return amount

    def declare_final(self, property_id: int, amount: int) -> None:
        self.fractions.declare(property_id, 0, amount)
        if property_id in self.books:
            self.books[property_id].closed = True
            self.say("BookClosed", property_id=property_id)

    def require(self, caller: str, holder: str, role: bytes) -> None:
        if caller != holder:
            raise Refusal("AccessControlUnauthorizedAccount", caller, role)
