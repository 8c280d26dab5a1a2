"""An order flow to try replay with: market makers who quote and cancel, people who wait, people who take."""

import random
from collections.abc import Iterator

from local.order_flow import COLUMNS

BEGINS = 1_796_112_000
PRICE_CENTS = 3_400
MAKERS, PEOPLE = 4, 40
MOST_QUOTES = 60


def sample_flow(count: int, seed: int) -> Iterator[str]:
    """Lines of a CSV, its heading first; the same for the same seed. Prices are whole cents."""
    chance = random.Random(seed)
    yield ",".join(COLUMNS)
    fair, moment = PRICE_CENTS, BEGINS
    quotes: list[tuple[str, str]] = []
    for number in range(1, count + 1):
        moment += chance.choice((0, 0, 0, 1))
        fair = max(PRICE_CENTS // 2, fair + chance.choice((-1, 0, 0, 0, 1)))
        side, draw = chance.choice(("bid", "ask")), chance.random()
        away = -1 if side == "bid" else 1
        maker, person = f"maker {chance.randint(1, MAKERS)}", f"person {chance.randint(1, PEOPLE)}"
        if len(quotes) > MOST_QUOTES or (quotes and draw < 0.25):
            owner, reference = quotes.pop(chance.randrange(len(quotes)))
            yield line(moment, owner, "cancel", reference=reference)
        elif draw < 0.65:
            price = fair + away * chance.randint(1, 20)
            quotes.append((maker, f"o{number}"))
            yield line(moment, maker, "limit", side, price, chance.randint(5, 80), f"o{number}")
        elif draw < 0.8:
            price = fair + away * chance.randint(0, 60)
            yield line(moment, person, chance.choice(("limit", "post_only")), side, price, chance.randint(1, 50))
        elif draw < 0.9:
            yield line(moment, person, "immediate_or_cancel", side, fair - away * 5, chance.randint(1, 120))
        else:
            yield line(moment, person, "market", side, None, chance.randint(1, 60))


def line(
    moment: int,
    account: str,
    operation: str,
    side: str = "",
    price: int | None = None,
    quantity: int | None = None,
    reference: str = "",
) -> str:
    shown = "" if price is None else f"{price // 100}.{price % 100:02}"
    return f"{moment},{account},{operation},{side},{shown},{'' if quantity is None else quantity},{reference}"
