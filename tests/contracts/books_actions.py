"""What may happen, drawn so that most of it is accepted and some of it is not.

Drawn by plain random numbers from one seed a step: hypothesis likes to repeat and to mutate what it drew before,
so that in a short run most acts would be the same few. It still chooses the seeds, and drops steps that do not matter.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from bench.stage import RENT_NOTICE
from tests.contracts.ledger import bytes32

Drawn = dict[str, Any]
Action = tuple[str, Drawn]  # a method of the machine, and what to call it with
Share = str | int
Draw = Callable[[Random], Any]

CAP = 60  # of fractions of a property
KEYS = [bytes32(f"key {number}") for number in range(16)]
DAY = 86_400


def one(choices: Sequence[Any]) -> Draw:
    return lambda random: random.choice(choices)


def between(least: int, most: int) -> Draw:
    return lambda random: random.randint(least, most)


def tuples(*parts: Draw) -> Draw:
    return lambda random: tuple(part(random) for part in parts)


def lists(part: Draw, sizes: Sequence[int]) -> Draw:
    return lambda random: [part(random) for _ in range(random.choice(sizes))]


def drawn(**arguments: Draw) -> Draw:
    return lambda random: {name: argument(random) for name, argument in arguments.items()}


people = between(0, 2)
owners = between(0, 3)  # people, and a contract that accepts fractions
numbers = one([0, 0, 0, 1])  # of an owner's account
properties = one([1, 1, 2, 2, 3, 3, 4])  # the fourth is not listed at first
keys = one([None, None, None, *KEYS])  # None: one that was not used yet
references = one([bytes(32), bytes32("invoice")])
# Whether the act is led to where it can succeed.
aims = often = one([True] * 3 + [False])
mostly = one([True] * 9 + [False])
flags = one([True, False])

# Of what there is: mostly a part; or all, one too many, nothing, and what would spill from a packed field.
shares = one(["part"] * 10 + ["all"] * 3 + ["more"] * 4 + [0, 2**48, 2**96, 2**128, 2**208, 2**256 - 1])
hashes = one([bytes32("one hash"), bytes32("another hash")])


def amount_of(share: Share, available: int) -> int:
    if isinstance(share, int):
        return share
    return {"part": (available + 2) // 3, "all": available, "more": available + 1}[share]


def movement(**arguments: Draw) -> Draw:
    """Of fractions, by an operator who is often their holder."""
    return drawn(operator=people, sender=people, own=often, to=owners, **arguments)


def payment(**arguments: Draw) -> Draw:
    return drawn(
        who=people, number=numbers, to=owners, to_number=numbers, sane=mostly, share=shares, key=keys, **arguments
    )


leg = tuples(mostly, numbers, owners, numbers, one(["part"] * 6 + ["all", "more", 0]))
legs = lists(leg, [0, 1, 2, 2, 3, 3, 4])
wrong_terms = one(["nothing"] * 8 + ["price", "soft_cap", "hard_cap", "opens", "firm", "deadline", "maximum"])
sides = one(["main", "main", "main", "sub", "own", "own", "other agent", "outside", "vault"])
trades = lists(tuples(owners, shares), range(4))
offsets = one([-1, 0, 0, 1])

MONEY: dict[str, Draw] = {
    "transfer": payment(own=mostly, reference=references),
    "transfer_again": drawn(
        made=between(0, 20),
        how=one(["again", "again", "other amount", "other reference", "as somebody"]),
        somebody=people,
    ),
    "transfer_legs": drawn(who=people, legs=legs, key=keys),
    "transfer_signed": payment(
        how=one(["good"] * 8 + ["malleable", "by another", "for another", "short"] + ["expired"] * 3),
        submitter=people,
        late=one([0, 1, 1, 2]),
    ),
    "burn_key": drawn(who=people, kind=one([3, 3, 4, 2, 5]), key=keys),
    "deposit": drawn(who=people, owner=owners, number=numbers, share=shares, sane=mostly),
    "deposit_with_permit": drawn(
        who=people,
        share=shares,
        how=one(["good", "good", "replayed", "expired", "by another"]),
        allowed=flags,
    ),
    "withdraw": drawn(who=people, owner=people, own=often, number=numbers, share=shares, to=people, sane=mostly),
    "post": drawn(
        entitled=mostly, sides=tuples(sides, people, sides, people), share=shares, kind=one([5, 6, 11, 4, 0])
    ),
    "settle": drawn(
        entitled=mostly,
        debited=tuples(one(["main"] * 4 + ["own", "own", "sub", "other agent", "outside", "vault"]), people),
        drawn=trades,
        rest=tuples(shares, shares),
        escrow_side=one(["own"] * 5 + ["main", "outside"]),
    ),
    "donate": drawn(who=people, share=shares),
    "switch": drawn(where=one(["vault", "offering"]), paused=flags, entitled=mostly),
    "treasury_pays": drawn(to=owners, share=shares, key=keys, entitled=mostly),
    "treasury_changes": drawn(share=shares, withdraws=flags, to=people, entitled=mostly),
}
PROPERTY: dict[str, Draw] = {
    "transfer_fractions": movement(sane=mostly, property_id=properties, share=shares),
    "transfer_batch": movement(sane=mostly, even=mostly, drawn=lists(tuples(properties, shares), range(4))),
    "approve": drawn(holder=people, operator=people, approved=flags, sane=mostly),
    "escrow": drawn(aim=aims, locks=flags, property_id=properties, holder=owners, share=shares, entitled=mostly),
    "trade": drawn(
        aim=aims,
        buys=flags,
        property_id=properties,
        taker=people,
        drawn=lists(tuples(owners, shares), [1, 1, 2, 3]),
        entitled=mostly,
    ),
    "acknowledge": drawn(property_id=properties, receiver=owners, sane=mostly, entitled=mostly),
    "allot": drawn(property_id=properties, to=owners, share=shares, entitled=mostly, sane=mostly),
    "list_property": drawn(
        property_id=one([4, 4, 0, 1, 2**32]),
        cap=one([CAP, CAP, 0, 2**48]),
        registry_list=one([0, 1, 1, 9, 2**32]),
        entitled=mostly,
    ),
    "hand_over": drawn(property_id=properties, accepts=flags, to=people, entitled=mostly),
    "describe": drawn(
        property_id=properties, name=one(["", "Appraisal", "Lease"]), content_hash=hashes, entitled=mostly
    ),
    "usurp": drawn(property_id=properties, how=one(["reserve", "settle_sale", "collect"]), who=people),
    "declare_rent": drawn(
        aim=aims,
        property_id=properties,
        period=one([1, 2, 3, 3, 0, 2**32]),
        share=shares,
        wait=one([RENT_NOTICE] * 4 + [RENT_NOTICE - 1, RENT_NOTICE + DAY, RENT_NOTICE + 367 * DAY]),
        entitled=mostly,
    ),
    "declare_final": drawn(
        property_id=properties,
        share=shares,
        wait=one([RENT_NOTICE, RENT_NOTICE - 1]),
        entitled=mostly,
    ),
    "release_rent": drawn(aim=aims, property_id=properties, period=between(0, 3), who=people),
    "claim_rent": drawn(aim=aims, property_id=properties, holder=owners, who=people),
    "set_offering": drawn(
        aim=aims,
        property_id=properties,
        wrong=one(["nothing"] * 8 + ["price", "soft_cap", "hard_cap", "opens", "firm", "deadline", "maximum"]),
        soft_cap=between(1, 12),
        hard_cap=one([12, 20, CAP, CAP + 1]),
        entitled=mostly,
    ),
    "cancel_offering": drawn(property_id=properties, entitled=mostly),
    "subscribe": drawn(aim=aims, property_id=properties, who=people, share=shares),
    "unsubscribe": drawn(aim=aims, property_id=properties, who=people, share=shares),
    "close_offering": drawn(aim=aims, property_id=properties, who=people),
    "collect": drawn(aim=aims, property_id=properties, subscriber=people, who=people),
    "refund": drawn(aim=aims, property_id=properties, subscriber=people, who=people),
    "enter": drawn(
        registry_list=one([1, 1, 1, 2, 9]),
        entered=lists(tuples(owners, one([DAY, 30 * DAY, 0, -DAY]), one([True, False])), range(3)),
        wrong=one(["nothing"] * 6 + ["wallet", "investor", "expiry"]),
        entitled=mostly,
    ),
    "hand_list_over": drawn(registry_list=one([1, 2, 9]), to=people, how=between(0, 3)),
    "give_role": drawn(
        where=one(["vault", "token", "marketplace", "offering", "registry", "treasury"]),
        how=one(["grant", "revoke", "renounce", "renounce for"]),
        who=people,
        entitled=mostly,
    ),
    "wait": drawn(until=one([0, 1, 1, 1, 2, 2, 3, 4, 8]), offset=offsets),
}
ARGUMENTS = MONEY | PROPERTY
WEIGHTS = {
    "transfer": 3,
    "transfer_legs": 2,
    "transfer_signed": 3,
    "transfer_fractions": 6,
    "transfer_batch": 3,
    "escrow": 4,
    "trade": 3,
    "post": 2,
    "claim_rent": 6,
    "release_rent": 4,
    "declare_rent": 3,
    "subscribe": 7,
    "allot": 4,
    "withdraw": 2,
    "treasury_pays": 2,
    "set_offering": 2,
    "unsubscribe": 3,
    "close_offering": 3,
    "collect": 3,
    "refund": 3,
    "settle": 2,
    "enter": 2,
    "wait": 8,
}
NAMES = [name for name in ARGUMENTS for _ in range(WEIGHTS.get(name, 1))]


def action_of(seed: int, step: int) -> Action:
    """Of a step: a seed that hypothesis repeats is another act there."""
    random = Random(f"{seed} {step}")
    name = random.choice(NAMES)
    return name, ARGUMENTS[name](random)
