"""What may happen to the vault and the token, drawn so that most of it is accepted and some of it is not."""

from typing import Any

from hypothesis import strategies as st

from tests.contracts.ledger import bytes32

Action = tuple[str, dict[str, Any]]
Share = str | int

CAP = 60  # of fractions of a property
REASONABLE = [True] * 9 + [False]

people = st.integers(0, 2)
owners = st.integers(0, 3)  # people, and a contract that accepts fractions
numbers = st.sampled_from([0, 0, 0, 1])  # of an owner's account
properties = st.sampled_from([1, 1, 1, 2, 2, 3])  # the third is not listed at first
keys = st.sampled_from([bytes32(f"key {number}") for number in range(12)])
uses = st.sampled_from(["again", "again", "otherwise", "as somebody"])
references = st.sampled_from([bytes(32), bytes32("invoice")])
mostly = st.sampled_from(REASONABLE)

# Of what there is: mostly a part; or all, one too many, nothing, and what would spill from a packed field.
shares = st.sampled_from(["part"] * 12 + ["all", "all", "more", 0, 2**48, 2**96, 2**208, 2**256 - 1])


def amount_of(share: Share, available: int) -> int:
    if isinstance(share, int):
        return share
    return {"part": (available + 2) // 3, "all": available, "more": available + 1}[share]


def action(name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Action]:
    """A method of the machine, and what to call it with."""
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


def movement(name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Action]:
    """Of fractions, by an operator who is mostly their holder."""
    return action(name, operator=people, sender=people, own=mostly, to=owners, sane=mostly, **arguments)


ACTIONS = st.one_of(
    action("deposit", who=people, owner=owners, number=numbers, share=shares, sane=mostly),
    action("withdraw", who=people, owner=people, own=mostly, number=numbers, share=shares, to=people, sane=mostly),
    action(
        "transfer",
        who=people,
        number=numbers,
        to=owners,
        to_number=numbers,
        sane=mostly,
        share=shares,
        reference=references,
        key=keys,
    ),
    action("transfer_with_a_known_key", made=st.integers(0, 20), how=uses, somebody=people),
    action("allot", property_id=properties, to=owners, share=shares, entitled=mostly, sane=mostly),
    movement("transfer_fractions", property_id=properties, share=shares),
    movement("transfer_batch", drawn=st.lists(st.tuples(properties, shares), max_size=3)),
    action("escrow", locks=st.booleans(), property_id=properties, holder=owners, share=shares, entitled=mostly),
    action("approve", holder=people, operator=people, approved=st.booleans()),
    action("donate", who=people, share=shares),
    action("switch", paused=st.sampled_from([False, False, True]), entitled=mostly),
    action(
        "list_property",
        property_id=st.sampled_from([3, 0, 1, 2**32]),
        cap=st.sampled_from([CAP, 0, 2**48]),
        entitled=mostly,
    ),
)
