"""What happens on the chain while it is indexed: the everyday, the odd, and what our contracts would never do."""

import itertools
import random
from collections.abc import Sequence
from contextlib import suppress
from gzip import decompress
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from web3 import Web3
from web3.exceptions import Web3Exception
from web3.types import TxParams

from local.chain import Chain, keep_first_genesis
from local.people import SAVINGS_NUMBER, People, habits
from tests.indexer.bazaar import ASK, FAIR, NUMBER_BITS, SPREAD, order
from tests.indexer.estate import BROKEN_TEXT, NASTY_NAME, errand, list_property, send_raw, settle_estate

GAS = 1_000_000
NEVER_ALLOTTED = 100
ERRANDS = 0.4
ESTATE = 4
"""The number with which the estate of the past was settled."""
Place = tuple[int, int]
"""Block number and log index."""


def live(people: People, chance: random.Random, times: int) -> None:
    """Somebody does something, so many times; who cannot afford it is refused, and life goes on."""
    for who, call in itertools.islice(habits(people, chance), times):
        with suppress(Web3Exception):
            if chance.random() < ERRANDS:
                who, call = errand(people, chance, ESTATE)
            people.send(call, who)


def odd_things(chain: Chain, people: People, property_id: int) -> None:
    """Whatever the contracts allow and habit does not do: empty, zero, to oneself, broken text, many in a block."""
    issuer = people.accounts[1]
    anna, bruno = people.persons[:2]
    token = people.token.functions
    people.send(token.safeBatchTransferFrom(anna, bruno, [1, 2, 3, 1], [3, 0, 2, 4], b""), anna)
    people.send(token.safeBatchTransferFrom(anna, bruno, [], [], b""), anna)
    people.send(token.safeBatchTransferFrom(anna, anna, [1, 1], [5, 6], b""), anna)
    people.send(token.safeTransferFrom(anna, bruno, 2**200, 0, b""), anna)
    people.send(token.safeTransferFrom(anna, anna, 1, 9, b""), anna)
    people.send(token.setApprovalForAll(bruno, True), anna)
    people.send(token.safeTransferFrom(anna, people.persons[2], 1, 8, b""), bruno)
    list_property(people, property_id, NASTY_NAME, cap=2**48 - 1)
    list_property(people, NEVER_ALLOTTED + property_id, "", cap=1)
    people.send(token.set_metadata(1, b"\1" * 32, NASTY_NAME), issuer)
    set_broken_metadata(people, 1)
    sell_everything(people, property_id)
    lock_some(people)
    several_in_a_block(chain, people)
    settle_estate(chain, people, property_id)


def set_broken_metadata(people: People, property_id: int) -> None:
    """A URI that is no UTF-8 and holds NUL: the contract takes any bytes."""
    call = people.token.functions.set_metadata(property_id, b"\2" * 32, "")
    arguments = encode(["uint256", "bytes32", "bytes"], [property_id, b"\2" * 32, BROKEN_TEXT])
    send_raw(people, people.accounts[1], people.token.address, call.selector, arguments)


def sell_everything(people: People, property_id: int) -> None:
    """All that one has of a property, and the savings too: a holding and an account that fall to zero."""
    greta, hugo = people.persons[-2:]
    people.send(people.token.functions.allot(property_id, hugo, 10), people.accounts[1])
    people.send(people.token.functions.safeTransferFrom(hugo, greta, property_id, 10, b""), hugo)
    savings = (int(hugo, 16) << 96) + SAVINGS_NUMBER
    saved = people.vault.functions.balance_of(savings).call()
    if saved:
        people.send(people.vault.functions.withdraw(savings, saved, hugo), hugo)


def lock_some(people: People) -> None:
    """Asks that rest, get smaller and go: what is locked rises and falls."""
    market, (anna, bruno) = people.market.functions, people.persons[:2]
    for quantity in (50, 25):
        people.send(market.place(order(1, ASK, FAIR + 2 * SPREAD, quantity)), anna)
    people.send(market.place(order(1, ASK, FAIR + 2 * SPREAD, 1)), bruno)
    first = (1 << NUMBER_BITS) + market.book_of(1).call()[2] - 2
    people.send(market.reduce(first, 30), anna)
    people.send(market.cancel(first + 2), bruno)


def several_in_a_block(chain: Chain, people: People) -> None:
    """One block in which the same holdings and accounts change again and again."""
    anna, bruno = people.persons[:2]
    accounts = [int(person, 16) << 96 for person in (anna, bruno)]
    chain.call("evm_setAutomine", False)
    for amount in (1, 2, 3):
        transact(people.token.functions.safeTransferFrom(anna, bruno, 1, amount, b""), anna)
        transact(people.token.functions.safeTransferFrom(bruno, anna, 1, amount, b""), bruno)
        transact(people.vault.functions.transfer(*accounts, amount, bytes(32), bytes(31) + bytes([amount])), anna)
        transact(people.vault.functions.withdraw(accounts[1], amount, anna), bruno)
    chain.call("evm_mine")
    chain.call("evm_setAutomine", True)


def transact(call: Any, sender: str) -> None:
    """Send without waiting. The node mines it when it mines."""
    call.transact({"from": sender, "gas": GAS})


def transfer(people: People, amount: int, property_id: int = 1) -> TxParams:
    """A transfer of fractions as a transaction that anvil_reorg can put on a new branch."""
    anna, bruno = people.persons[:2]
    data = people.token.encode_abi("safeTransferFrom", args=[anna, bruno, property_id, amount, b""])
    return {"from": anna, "to": people.token.address, "data": data, "gas": hex(GAS)}  # type: ignore[typeddict-item]


def move_fractions(chain: Chain, people: People, times: int, amount: int = 1) -> None:
    """Blocks with a transfer each, fast: only the last receipt is waited for."""
    sent = dict(transfer(people, amount))
    transactions = [chain.call("eth_sendTransaction", sent) for _ in range(times)]
    people.web3.eth.wait_for_transaction_receipt(transactions[-1], poll_latency=0.005)


def emit(chain: Chain, sender: str, address: str, topics: Sequence[bytes], data: bytes) -> Place:
    """Have an address log what its contract never would; the place of that log."""
    code = chain.call("eth_getCode", address, "latest")
    chain.call("anvil_setCode", address, emitter(len(topics)))
    sent = {"from": sender, "to": address, "data": "0x" + (b"".join(topics) + data).hex(), "gas": hex(20_000_000)}
    transaction = chain.call("eth_sendTransaction", sent)
    receipt = chain.web3().eth.wait_for_transaction_receipt(transaction, poll_latency=0.005)
    chain.call("anvil_setCode", address, code)
    assert receipt["status"] == 1
    return receipt["blockNumber"], receipt["logs"][0]["logIndex"]


def emitter(topics: int) -> str:
    """Code that logs its calldata: so many topics, the rest as data."""
    push_topics = "".join(f"61{32 * number:04x}35" for number in reversed(range(topics)))
    size = f"61{32 * topics:04x}3603"  # calldatasize - 32 * topics
    copy = f"8061{32 * topics:04x}600037"  # to memory 0
    return f"0x{push_topics}{size}{copy}6000{0xA0 + topics:x}00"


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def topic(signature: str) -> bytes:
    return bytes(Web3.keccak(text=signature))


def dump(chain: Chain, path: Path) -> Path:
    """What a node needs to be the same one again."""
    state: str = chain.call("anvil_dumpState", True)
    path.write_bytes(decompress(bytes.fromhex(state[2:])))
    keep_first_genesis(path)
    return path
