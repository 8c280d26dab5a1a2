"""What may happen to the vault and the token, drawn so that most of it is accepted and some of it is not."""

from typing import Any

from hypothesis import strategies as st

from tests.contracts.ledger import bytes32

Action = tuple[str, dict[str, Any]]  # a method of the machine, and what to call it with
Share = str | int

CAP = 60  # of fractions of a property

people = st.integers(0, 2)
owners = st.integers(0, 3)  # people, and a contract that accepts fractions
numbers = st.sampled_from([0, 0, 0, 1])  # of an owner's account
properties = st.sampled_from([1, 1, 1, 2, 2, 3])  # the third is not listed at first
keys = st.sampled_from([bytes32(f"key {number}") for number in range(12)])
uses = st.sampled_from(["again", "again", "other amount", "other reference", "as somebody"])
references = st.sampled_from([bytes(32), bytes32("invoice")])
often = st.sampled_from([True] * 3 + [False])
mostly = st.sampled_from([True] * 9 + [False])

# Of what there is: mostly a part; or all, one too many, nothing, and what would spill from a packed field.
shares = st.sampled_from(["part"] * 10 + ["all"] * 3 + ["more"] * 4 + [0, 2**48, 2**96, 2**208, 2**256 - 1])


def amount_of(share: Share, available: int) -> int:
    if isinstance(share, int):
        return share
    return {"part": (available + 2) // 3, "all": available, "more": available + 1}[share]


def movement(**arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Of fractions, by an operator who is often their holder."""
    return st.fixed_dictionaries({"operator": people, "sender": people, "own": often, "to": owners} | arguments)


ARGUMENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "transfer_fractions": movement(sane=mostly, property_id=properties, share=shares),
    "transfer_batch": movement(sane=mostly, drawn=st.lists(st.tuples(properties, shares), max_size=3)),
    "escrow": st.fixed_dictionaries(
        {"locks": st.booleans(), "property_id": properties, "holder": owners, "share": shares, "entitled": mostly}
    ),
    "allot": st.fixed_dictionaries(
        {"property_id": properties, "to": owners, "share": shares, "entitled": mostly, "sane": mostly}
    ),
    "transfer": st.fixed_dictionaries(
        {
            "who": people,
            "number": numbers,
            "to": owners,
            "to_number": numbers,
            "sane": mostly,
            "share": shares,
            "reference": references,
            "key": keys,
        }
    ),
    "transfer_with_a_known_key": st.fixed_dictionaries({"made": st.integers(0, 20), "how": uses, "somebody": people}),
    "deposit": st.fixed_dictionaries(
        {"who": people, "owner": owners, "number": numbers, "share": shares, "sane": mostly}
    ),
    "withdraw": st.fixed_dictionaries(
        {
            "who": people,
            "owner": people,
            "own": mostly,
            "number": numbers,
            "share": shares,
            "to": people,
            "sane": mostly,
        }
    ),
    "approve": st.fixed_dictionaries({"holder": people, "operator": people, "approved": st.booleans()}),
    "donate": st.fixed_dictionaries({"who": people, "share": shares}),
    "switch": st.fixed_dictionaries({"paused": st.sampled_from([False, False, True]), "entitled": mostly}),
    "list_property": st.fixed_dictionaries(
        {
            "property_id": st.sampled_from([3, 0, 1, 2**32]),
            "cap": st.sampled_from([CAP, 0, 2**48]),
            "entitled": mostly,
        }
    ),
}
WEIGHTS = {
    "transfer_fractions": 4,
    "transfer_batch": 3,
    "escrow": 4,
    "allot": 2,
    "transfer": 4,
    "transfer_with_a_known_key": 3,
    "deposit": 2,
    "withdraw": 2,
    "approve": 1,
    "donate": 1,
    "switch": 1,
    "list_property": 1,
}
names = st.sampled_from([name for name, weight in WEIGHTS.items() for _ in range(weight)])
ACTIONS: st.SearchStrategy[Action] = names.flatmap(lambda name: st.tuples(st.just(name), ARGUMENTS[name]))
