"""The state machine's acts with offerings, registry lists, roles and the clock."""

import dataclasses

from bench.stage import ADMIN_AT, REGISTRAR_AT
from tests.contracts.books_actions import DAY, Share, amount_of
from tests.contracts.books_offering import FAILED, NONE, OPEN, SETTLED, Terms
from tests.contracts.books_picture import ROLES
from tests.contracts.books_play import Play, aimed
from tests.contracts.books_registry import NOBODY, Entry
from tests.contracts.refusals import Refusal

PRICE = 3
FAR = 400 * DAY


class Sales(Play):
    # -- the issuer

    def set_offering(
        self, aim: bool, property_id: int, wrong: str, soft_cap: int, hard_cap: int, entitled: bool
    ) -> None:
        """With one wrong term, or none."""
        now = self.evm.timestamp
        sales = self.books.offering.sales
        unsold = [of for of in self.books.token.properties if sales[of].status == NONE]
        property_id = aimed(aim, property_id, unsold)
        sound = Terms(PRICE, soft_cap, hard_cap, now + DAY // 2, now + DAY, now + 2 * DAY, 2, 10)
        spoilt = {
            "price": 2**80,
            "soft_cap": hard_cap + 1,
            "hard_cap": 2**48,
            "opens": now - 1,
            "firm": sound.opens - 1,
            "deadline": now + 366 * DAY + 1,
            "maximum": hard_cap + 1,
        }
        terms = sound if wrong == "nothing" else dataclasses.replace(sound, **{wrong: spoilt[wrong]})
        self.offer(property_id, terms, entitled)

    def offer(self, property_id: int, terms: Terms, entitled: bool) -> None:
        caller = self.issuer_of(property_id, entitled)
        self.attempt(
            lambda: self.books.offering.set_offering(caller, property_id, terms),
            caller, self.stage.offering, "set_offering", property_id, terms.values,
        )  # fmt: skip

    def cancel_offering(self, property_id: int, entitled: bool) -> None:
        caller = self.issuer_of(property_id, entitled)
        self.attempt(
            lambda: self.books.offering.cancel_offering(caller, property_id),
            caller, self.stage.offering, "cancel_offering", property_id,
        )  # fmt: skip

    # -- subscribers

    def subscribe(self, aim: bool, property_id: int, who: int, share: Share) -> None:
        now = self.evm.timestamp
        running = self.sales_at(lambda sale: sale.status == OPEN and sale.terms.opens <= now < sale.terms.deadline)
        property_id = aimed(aim, property_id, running)
        sale, caller = self.books.offering.sales[property_id], self.people[who]
        available = min(sale.terms.hard_cap - sale.subscribed, sale.terms.maximum)
        amount = amount_of(share, available)
        self.attempt(
            lambda: self.books.offering.subscribe(caller, property_id, amount),
            caller, self.stage.offering, "subscribe", property_id, amount,
        )  # fmt: skip

    def unsubscribe(self, aim: bool, property_id: int, who: int, share: Share) -> None:
        property_id, who = aimed(aim, (property_id, who), self.subscriptions_at(OPEN))
        caller = self.people[who]
        amount = amount_of(share, self.books.offering.subscriptions[property_id, caller])
        self.attempt(
            lambda: self.books.offering.unsubscribe(caller, property_id, amount),
            caller, self.stage.offering, "unsubscribe", property_id, amount,
        )  # fmt: skip

    # -- anyone

    def close_offering(self, aim: bool, property_id: int, who: int) -> None:
        ripe = self.sales_at(lambda sale: sale.status == OPEN and sale.terms.firm <= self.evm.timestamp)
        property_id = aimed(aim, property_id, ripe)
        self.attempt(
            lambda: self.books.offering.close_offering(property_id),
            self.people[who], self.stage.offering, "close_offering", property_id,
        )  # fmt: skip

    def collect(self, aim: bool, property_id: int, subscriber: int, who: int) -> None:
        property_id, subscriber = aimed(aim, (property_id, subscriber), self.subscriptions_at(SETTLED))
        entitled = self.people[subscriber]
        self.attempt(
            lambda: self.books.offering.collect(property_id, entitled),
            self.people[who], self.stage.offering, "collect", property_id, entitled,
        )  # fmt: skip

    def refund(self, aim: bool, property_id: int, subscriber: int, who: int) -> None:
        property_id, subscriber = aimed(aim, (property_id, subscriber), self.subscriptions_at(FAILED))
        entitled = self.people[subscriber]
        self.attempt(
            lambda: self.books.offering.refund(property_id, entitled),
            self.people[who], self.stage.offering, "refund", property_id, entitled,
        )  # fmt: skip

    def usurp(self, property_id: int, how: str, who: int) -> None:
        """What only the offering may ask of the token."""
        caller = self.people[who]
        arguments = {
            "reserve": (property_id, caller, 1),
            "settle_sale": (property_id, 1),
            "collect": (property_id, caller, 1),
        }[how]
        self.attempt(
            lambda: refuse("NotOffering", caller),
            caller, self.stage.token, how, *arguments,
        )  # fmt: skip

    # -- the registry

    def enter(self, registry_list: int, entered: list[tuple[int, int, bool]], wrong: str, entitled: bool) -> None:
        """Each entry: a holder, seconds until it expires, whether it is frozen; the last may have something wrong."""
        registrar = self.books.registry.registrars.get(registry_list, REGISTRAR_AT)
        caller = registrar if entitled else self.people[0]
        now = self.evm.timestamp
        entries: list[Entry] = [(self.holders[who], 7 + who, now + left, frozen) for who, left, frozen in entered]
        spoilt: dict[str, list[Entry]] = {
            "nothing": [],
            "wallet": [(NOBODY, 7, now, False)],
            "investor": [(self.people[0], 2**128, now, False)],
            "expiry": [(self.people[0], 7, 2**64, False)],
        }
        entries += spoilt[wrong]
        self.attempt(
            lambda: self.books.registry.set_entries(caller, registry_list, entries),
            caller, self.stage.registry, "set_entries", registry_list, entries,
        )  # fmt: skip

    def hand_list_over(self, registry_list: int, to: int, how: int) -> None:
        """By its registrar, by the admin, by nobody entitled, to nobody; a new list is made by the way."""
        registrar = self.books.registry.registrars.get(registry_list, REGISTRAR_AT)
        caller = (registrar, ADMIN_AT, self.people[(to + 1) % 3], ADMIN_AT)[how]
        receiver, registry = self.people[to] if how != 3 else NOBODY, self.stage.registry
        self.attempt(
            lambda: self.books.registry.set_registrar(caller, registry_list, receiver),
            caller, registry, "set_registrar", registry_list, receiver,
        )  # fmt: skip
        self.attempt(
            lambda: self.books.registry.create_list(caller, receiver),
            caller, registry, "create_list", receiver, "Residents",
        )  # fmt: skip

    # -- roles and time

    def give_role(self, where: str, how: str, who: int, entitled: bool) -> None:
        """The last role of a contract, which the first person may get and lose."""
        role, person = ROLES[where][-1], self.people[who]
        caller = ADMIN_AT if entitled else person
        function = {"grant": "grantRole", "revoke": "revokeRole"}.get(how, "renounceRole")
        if function == "renounceRole":
            caller, person = person, person if how == "renounce" else ADMIN_AT

        def expect() -> None:
            roles = self.books.roles[where]
            act = {"grantRole": roles.grant, "revokeRole": roles.revoke, "renounceRole": roles.renounce}[function]
            act(caller, role, person)

        self.attempt(expect, caller, getattr(self.stage, where), function, role, person)

    def wait(self, until: int, offset: int) -> None:
        """For something that is to come, or a second less or more."""
        now = self.evm.timestamp
        coming = [time for time in self.times() if now < time < now + FAR]
        target = coming[until % len(coming)] if until and coming else now + DAY // 3
        self.evm.travel(max(target + offset - now, 0))
        self.books.clock.now = self.evm.timestamp

    def times(self) -> list[int]:
        releases = [rent.release_time for rent in self.books.rent.rents.values() if not rent.released]
        terms = [sale.terms for sale in self.books.offering.sales.values()]
        of_sales = [time for each in terms for time in (each.opens, each.firm, each.deadline)]
        expiries = [expiry for _, _, expiry, _ in self.books.registry.entries.values()]
        return sorted({*releases, *of_sales, *expiries})


def refuse(error: str, *arguments: object) -> None:
    raise Refusal(error, *arguments)
