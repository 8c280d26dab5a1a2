"""Another implementation of ERC-1155, snekmate's, is told the same: it must hold the same and refuse the same.

It is a partner for this test and nothing else: AGPL-3.0, never deployed, compiled here from the installed package.
"""

import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from vyper.compiler import compile_code
from vyper.compiler.input_bundle import FilesystemInputBundle

from bench.compiled import Compiled, Contract
from bench.evm import Evm, Moment, Reverted
from bench.stage import DEPLOYER_AT, ISSUER_AT, LISTER_AT, ROOT, address_of, ours, set_up
from tests.contracts.books_machine import PATIENT
from tests.contracts.books_registry import NOBODY

IMPORTER = """
# pragma version ~=0.4.3
from snekmate.auth import ownable
from snekmate.tokens import erc1155

initializes: ownable
initializes: erc1155[ownable := ownable]
exports: erc1155.__interface__


@deploy
def __init__():
    ownable.__init__()
    erc1155.__init__("")
"""
LISTED, UNKNOWN = (1, 2), 9
CAP = 2**48 - 1

Call = tuple[str, str, tuple[Any, ...]]  # sender, function, arguments; `mint` is called differently
Said = list[tuple[str, tuple[Any, ...]]]


@dataclass(frozen=True)
class Pair:
    """Both tokens on one chain, and who may hold: people, contracts that accept, refuse, lie or know nothing of it."""

    evm: Evm
    ours: Contract
    theirs: Contract
    accepting: str
    refusing: str
    lying: str
    deaf: str
    start: Moment

    @property
    def parties(self) -> tuple[str, ...]:
        return *PEOPLE, self.accepting, self.refusing, self.lying, self.deaf, NOBODY


PEOPLE = tuple(address_of(name) for name in ("alice", "bob", "carol"))
ids = st.sampled_from([*LISTED * 4, UNKNOWN])
amounts = st.sampled_from([0, 1, 1, 1, 1, 2, 2, 3, 5, 2**48, 2**256 - 1])
callers = st.integers(0, 2)
owners = st.sampled_from([None, None, None, None, 0, 1, 2])  # None: the caller himself
receivers = st.sampled_from([0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7])
data = st.sampled_from([b"", b"words"])
transfers = st.tuples(st.just("safeTransferFrom"), callers, owners, receivers, ids, amounts, data)
batches = st.tuples(
    st.just("safeBatchTransferFrom"),
    callers,
    owners,
    receivers,
    st.lists(ids, max_size=4),
    st.lists(st.sampled_from([0, 1, 1, 2]), max_size=4),
    data,
)
even_batches = st.lists(st.tuples(ids, st.sampled_from([0, 1, 1, 2, 5])), max_size=4).flatmap(
    lambda pairs: st.tuples(
        st.just("safeBatchTransferFrom"),
        callers,
        owners,
        receivers,
        st.just([each for each, _ in pairs]),
        st.just([amount for _, amount in pairs]),
        data,
    )
)
approvals = st.tuples(st.just("setApprovalForAll"), callers, st.integers(1, 2), st.booleans())
mints = st.tuples(st.just("mint"), st.sampled_from([0, 0, 0, 1]), receivers, st.sampled_from(LISTED), st.integers(0, 9))
calls = st.lists(
    st.one_of(transfers, transfers, even_batches, even_batches, batches, approvals, mints), min_size=10, max_size=30
)


@cache
def pair() -> Pair:
    stage = set_up()
    evm = stage.evm
    theirs = evm.deploy(ISSUER_AT, snekmate())
    receivers = [evm.deploy(DEPLOYER_AT, ours("testing/HostileReceiver")) for _ in range(3)]
    evm.send(DEPLOYER_AT, receivers[1], "revert_with", b"never")
    evm.send(DEPLOYER_AT, receivers[2], "answer_with", b"\1" * 32)
    for property_id in LISTED:
        evm.send(LISTER_AT, stage.token, "list_property", property_id, ISSUER_AT, CAP, 0, "House", bytes(32), "")
        for holder in (*PEOPLE, receivers[0].address):
            evm.send(ISSUER_AT, stage.token, "allot", property_id, holder, 6)
            evm.send(ISSUER_AT, theirs, "safe_mint", holder, property_id, 6, b"")
    accepting, refusing, lying = (receiver.address for receiver in receivers)
    return Pair(evm, stage.token, theirs, accepting, refusing, lying, stage.registry.address, evm.moment())


def snekmate() -> Compiled:
    packages = Path(sysconfig.get_path("purelib"))
    assert not list((ROOT / "contracts").rglob("*snekmate*"))
    formats = ["abi", "bytecode", "bytecode_runtime"]
    made = compile_code(IMPORTER, input_bundle=FilesystemInputBundle([packages]), output_formats=formats)
    return Compiled(made["abi"], bytes.fromhex(made["bytecode"][2:]), bytes.fromhex(made["bytecode_runtime"][2:]))


@given(calls)
@settings(PATIENT, max_examples=40, derandomize=True, phases=[Phase.generate])
def test_both_tokens_say_and_hold_the_same_after_any_calls(drawn: list[tuple[Any, ...]]) -> None:
    both = pair()
    both.evm.restore(both.start)
    for call in drawn:
        name, *arguments = call
        said = outcome(both, both.ours, name, arguments), outcome(both, both.theirs, name, arguments)
        assert said[0] == said[1], call
    assert books(both, both.ours) == books(both, both.theirs)


def outcome(both: Pair, token: Contract, name: str, drawn: list[Any]) -> Said | None:
    """What its events said, or None where it refused."""
    sender, function, arguments = call_of(both, token, name, drawn)
    try:
        events = both.evm.send(sender, token, function, *arguments).events
    except Reverted:
        return None
    return [(event, tuple(values.values())) for address, (event, values) in events if address == token.address]


def call_of(both: Pair, token: Contract, name: str, drawn: list[Any]) -> Call:
    party = both.parties
    if name == "mint":
        caller, receiver, property_id, amount = drawn
        sender = ISSUER_AT if caller == 0 else PEOPLE[0]
        if token is both.ours:
            return sender, "allot", (property_id, party[receiver], amount)
        return sender, "safe_mint", (party[receiver], property_id, amount, b"")
    if name == "setApprovalForAll":
        owner, step, approved = drawn
        return PEOPLE[owner], name, (PEOPLE[(owner + step) % 3], approved)
    caller, owner, receiver, *rest = drawn
    holder = PEOPLE[caller if owner is None else owner]
    return PEOPLE[caller], name, (holder, party[receiver], *rest)


def books(both: Pair, token: Contract) -> list[Any]:
    ask, holders = both.evm.ask, both.parties[:-1]
    supply = "totalSupply" if token is both.ours else "total_supply"
    pairs = [(owner, operator) for owner in PEOPLE for operator in PEOPLE]
    return [
        [ask(token, "balanceOf", holder, each) for holder in holders for each in (*LISTED, UNKNOWN)],
        [ask(token, supply, each) for each in (*LISTED, UNKNOWN)],
        [ask(token, "isApprovedForAll", owner, operator) for owner, operator in pairs],
    ]


def test_where_the_two_differ() -> None:
    """Ours does as OpenZeppelin's: one may approve oneself, which changes nothing, and not address 0."""
    both = pair()
    both.evm.restore(both.start)
    assert approves(both, both.ours, PEOPLE[0])
    assert not approves(both, both.theirs, PEOPLE[0])
    assert not approves(both, both.ours, NOBODY)
    assert approves(both, both.theirs, NOBODY)


def approves(both: Pair, token: Contract, operator: str) -> bool:
    try:
        both.evm.send(PEOPLE[0], token, "setApprovalForAll", operator, True)
    except Reverted:
        return False
    return True
