"""What headers commit to: hashes and roots beside other implementations and real chains, and that no change passes."""

import itertools
import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
import rlp
from eth.rlp.headers import BlockHeader
from eth.vm.forks.cancun.blocks import CancunBlockHeader
from eth.vm.forks.london.blocks import LondonBlockHeader
from eth.vm.forks.prague.blocks import PragueBlockHeader
from eth.vm.forks.shanghai.blocks import ShanghaiBlockHeader
from eth_bloom.bloom import BloomFilter
from eth_tester import EthereumTester, PyEVMBackend

from indexer import proof
from indexer.chain import Address, Block, BlockHash, BlockNumber
from indexer.node import Node
from indexer.replies import ReceiptReply, SealedHeaderReply
from tests.conftest import World
from tests.indexer.test_trie import reference_root

FIELDS = {
    "parent_hash": "parentHash", "uncles_hash": "sha3Uncles", "coinbase": "miner", "state_root": "stateRoot",
    "transaction_root": "transactionsRoot", "receipt_root": "receiptsRoot", "bloom": "logsBloom",
    "difficulty": "difficulty", "block_number": "number", "gas_limit": "gasLimit", "gas_used": "gasUsed",
    "timestamp": "timestamp", "extra_data": "extraData", "mix_hash": "mixHash", "nonce": "nonce",
    "base_fee_per_gas": "baseFeePerGas", "withdrawals_root": "withdrawalsRoot", "blob_gas_used": "blobGasUsed",
    "excess_blob_gas": "excessBlobGas", "parent_beacon_block_root": "parentBeaconBlockRoot",
    "requests_hash": "requestsHash",
}  # fmt: skip
FORKS = [BlockHeader, LondonBlockHeader, ShanghaiBlockHeader, CancunBlockHeader, PragueBlockHeader]
LOGGING_TWICE = "60026001602060" + "00a2" + "600360206000a100"
"""A constructor that logs twice: with two topics, and with one."""
Log = dict[str, Any]
Receipt = dict[str, Any]


def written(value: bytes | int) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else hex(value)


def header_reply(header: Any) -> SealedHeaderReply:
    """A header of py-evm as a node would answer it."""
    fields = {FIELDS[name]: written(value) for name, value in header.as_dict().items()}
    fields |= {"logsBloom": f"0x{header.bloom:0512x}", "hash": written(header.hash)}
    return msgspec.convert(fields, SealedHeaderReply)


def random_header(kind: type[Any], chance: random.Random) -> Any:
    numbers = {"bloom": 2**2048, "difficulty": 2**70, "base_fee_per_gas": 2**70}
    sizes = {"coinbase": 20, "nonce": 8, "extra_data": chance.randint(0, 32)}
    values: dict[str, Any] = {}
    for name in kind._meta.field_names:
        if name in numbers or name in ("gas_limit", "gas_used", "timestamp", "block_number") or "blob_gas" in name:
            values[name] = chance.choice([0, 1, 127, 128, chance.randrange(numbers.get(name, 2**60))])
        else:
            values[name] = chance.randbytes(sizes.get(name, 32))
    return kind(**values)


@pytest.mark.parametrize("kind", FORKS, ids=lambda kind: kind.__name__)
def test_a_header_of_every_fork_has_the_hash_that_py_evm_gives_it(kind: type[Any]) -> None:
    chance = random.Random(kind.__name__)
    for _ in range(50):
        reply = header_reply(random_header(kind, chance))
        assert proof.header_hash(reply) == reply.hash


@pytest.mark.parametrize("name", sorted(set(FIELDS.values())))
def test_no_field_of_a_header_can_be_changed(name: str) -> None:
    chance = random.Random(name)
    reply = header_reply(random_header(PragueBlockHeader, chance))
    text = getattr(reply, name)
    other = "0x" + ("1" if text[2] != "1" else "2") + text[3:] if len(text) > 2 else "0x11"
    assert proof.header_hash(msgspec.structs.replace(reply, **{name: other})) != reply.hash


@pytest.mark.parametrize("missing", ["baseFeePerGas", "withdrawalsRoot", "excessBlobGas", "parentBeaconBlockRoot"])
def test_a_header_with_a_forks_fields_in_part_has_an_unknown_form(missing: str) -> None:
    reply = header_reply(random_header(PragueBlockHeader, random.Random(1)))
    with pytest.raises(proof.UnknownForm, match="it has fields of"):
        proof.header_hash(msgspec.structs.replace(reply, **{missing: None}))


# -- receipts


def random_log(chance: random.Random) -> Log:
    size = chance.choice([0, 1, 1, 31, 32, 55, 56, 64, 255, 256, 2000])
    data = chance.randbytes(size) if size != 1 else bytes([chance.choice([0, 1, 127, 128, 255])])
    return {
        "address": written(chance.randbytes(20)),
        "topics": [written(chance.randbytes(32)) for _ in range(chance.randint(0, 4))],
        "data": written(data),
    }


def random_receipt(chance: random.Random, logs_max: int = 4) -> Receipt:
    outcome = chance.choice([{"status": "0x1"}, {"status": "0x0"}, {"root": written(chance.randbytes(32))}])
    kind = chance.choice([None, 0, 1, 2, 3, 4, 0x7F])
    return {
        **outcome,
        **({} if kind is None else {"type": hex(kind)}),
        "cumulativeGasUsed": hex(chance.choice([0, 1, 127, 128, 21_000, 2**40])),
        "transactionHash": written(chance.randbytes(32)),
        "logs": [random_log(chance) for _ in range(chance.randint(0, logs_max))],
    }


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def reference_receipt(receipt: Receipt) -> bytes:
    """By rlp and eth-bloom."""
    bloom = BloomFilter()
    for log in receipt["logs"]:
        for item in [log["address"], *log["topics"]]:
            bloom.add(raw(item))
    outcome = raw(receipt["root"]) if "root" in receipt else b"\1" if receipt["status"] == "0x1" else b""
    logs = [[raw(log["address"]), [raw(topic) for topic in log["topics"]], raw(log["data"])] for log in receipt["logs"]]
    fields = [outcome, int(receipt["cumulativeGasUsed"], 16), int(bloom).to_bytes(256, "big"), logs]
    kind = int(receipt.get("type", "0x0"), 16)
    return (bytes([kind]) if kind else b"") + bytes(rlp.encode(fields))


def replies(receipts: Sequence[Receipt]) -> list[ReceiptReply]:
    return msgspec.convert(list(receipts), list[ReceiptReply])


def root(receipts: Sequence[Receipt]) -> str:
    return proof.receipts_root(replies(receipts))


@pytest.mark.parametrize("count", [0, 1, 2, 17, 128, 200])
def test_random_receipts_of_every_type_have_the_root_that_rlp_and_trie_give_them(count: int) -> None:
    chance = random.Random(count)
    receipts = [random_receipt(chance) for _ in range(count)]
    assert [proof.encoded(reply) for reply in replies(receipts)] == [reference_receipt(r) for r in receipts]
    assert raw(root(receipts)) == reference_root([reference_receipt(receipt) for receipt in receipts])


def test_no_log_and_no_receipt_can_be_changed_left_out_added_or_moved() -> None:
    chance = random.Random(7)
    receipts = [random_receipt(chance, logs_max=6) for _ in range(20)]
    true = root(receipts)
    changed = itertools.chain(lists_but_one(receipts, random_receipt(chance)), with_other_logs(receipts, chance))
    assert {root(other) == true for other in changed} == {False}


def lists_but_one(items: list[Any], stranger: Any) -> list[list[Any]]:
    """Every list in which one thing is left out, doubled, added, or exchanged with the next."""
    places = range(len(items))
    return [
        *(items[:at] + items[at + 1 :] for at in places),
        *(items[: at + 1] + items[at:] for at in places),
        *([*items[:at], stranger, *items[at:]] for at in places),
        *([*items[:at], items[at + 1], items[at], *items[at + 2 :]] for at in places[:-1]),
    ]


def with_other_logs(receipts: list[Receipt], chance: random.Random) -> list[list[Receipt]]:
    found = []
    for at, receipt in enumerate(receipts):
        logs = lists_but_one(receipt["logs"], random_log(chance))
        for place, log in enumerate(receipt["logs"]):
            logs += [[*receipt["logs"][:place], other, *receipt["logs"][place + 1 :]] for other in other_logs(log)]
        found += [[*receipts[:at], receipt | {"logs": other}, *receipts[at + 1 :]] for other in logs]
    return found


def other_logs(log: Log) -> list[Log]:
    """One thing altered, one digit of it."""
    other = [log | {"address": flipped(log["address"])}, log | {"data": log["data"] + "00"}]
    other += [log | {"topics": [*log["topics"][:at], flipped(t), *log["topics"][at + 1 :]]}
              for at, t in enumerate(log["topics"])]  # fmt: skip
    return other + ([log | {"data": flipped(log["data"])}] if log["data"] != "0x" else [])


def flipped(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def capitals(log: Log) -> Log:
    return log | {"address": "0x" + log["address"][2:].upper()}


def blank(log: Log) -> Log:
    return log | {"data": log["data"] + "  "}


def other_prefix(log: Log) -> Log:
    return log | {"topics": [topic[:20] + "0x" + topic[22:] for topic in log["topics"]]}


def half_a_byte(log: Log) -> Log:
    return log | {"data": log["data"] + "0"}


@pytest.mark.parametrize("change", [capitals, blank, other_prefix, half_a_byte])
def test_a_text_that_means_the_same_bytes_in_other_letters_is_refused(change: Any) -> None:
    """Its root would be right, but our own address in capitals would be nobody's whom we look for."""
    log = {"address": "0x" + 40 * "a", "topics": ["0x" + 64 * "b"], "data": "0xcc"}
    receipt = random_receipt(random.Random(1)) | {"logs": [change(log)]}
    with pytest.raises(ValueError, match=r"hex|half a byte"):
        root([receipt])


def test_logs_are_taken_in_their_order_and_numbered_through_the_block() -> None:
    chance = random.Random(3)
    ours = Address("0x" + 40 * "5")
    receipts = [random_receipt(chance, 5) for _ in range(6)]
    for receipt in receipts[1::2]:
        receipt["logs"] = [random_log(chance), random_log(chance) | {"address": ours}]
    block = Block(BlockNumber(9), BlockHash("0x" + 64 * "9"), BlockHash("0x" + 64 * "8"), 0)
    everything = [(r, log) for r in receipts for log in r["logs"]]
    places = [(at, receipt["transactionHash"], log) for at, (receipt, log) in enumerate(everything)]
    expected = [(at, transaction, log["data"]) for at, transaction, log in places if log["address"] == ours]
    found = proof.logs_of(block, replies(receipts), [ours])
    assert [(log.log_index, log.transaction_hash, log.data) for log in found] == expected
    assert [log.transaction_index for log in found] == [1, 3, 5]


# -- real chains


def test_every_block_of_a_real_anvil_is_proven_and_has_the_logs_that_it_says(shared_world: World) -> None:
    """Blocks of a chain with a past, from its state file: all our events, foreign ones, failed transactions."""
    node, addresses = Node(shared_world.chain.url), shared_world.deployment.followed
    head = node.tip()[0].number
    said = node.logs_in_range(node.headers(BlockNumber(0), head), addresses)
    node.proves = True
    blocks = node.headers(BlockNumber(0), head)
    assert node.proven_logs(blocks, addresses) == said
    assert len(said) > 300
    assert sum(len(receipts) for block in blocks for receipts in node.receipts([block])) > 100


def test_every_block_of_py_evm_is_proven() -> None:
    tester = EthereumTester(PyEVMBackend())
    sender, other = tester.get_accounts()[:2]
    prices: tuple[dict[str, Any], ...] = ({}, {"gas_price": 10**10}, {"gas_price": 10**10, "access_list": []})
    nonces = itertools.count()
    for count in (1, 3, 20):
        for number, price in zip(range(count), itertools.cycle(prices)):
            sent = {"from": sender, "nonce": next(nonces), "gas": 200_000, **price}
            log, pay = {"to": "", "data": "0x" + LOGGING_TWICE}, {"to": other, "value": 1}
            found = tester.normalizer.normalize_inbound_transaction(sent | (log if number % 2 else pay))
            tester.backend.send_transaction(found)  # the tester itself would mine a block for each
        tester.backend.mine_blocks(1)
    chain = tester.backend.chain
    logs = 0
    for number in range(chain.get_canonical_head().block_number + 1):
        block = chain.get_canonical_block_by_number(number)
        header, receipts = header_reply(block.header), [receipt_reply(r) for r in block.get_receipts(chain.chaindb)]
        assert proof.header_hash(header) == header.hash
        assert root(receipts) == header.receiptsRoot
        assert proof.bloom_of_logs(replies(receipts)) == int(header.logsBloom, 16)
        logs += sum(len(receipt["logs"]) for receipt in receipts)
    assert logs > 15


def receipt_reply(receipt: Any) -> Receipt:
    """A receipt of py-evm as a node would answer it."""
    return {
        "type": hex(getattr(receipt, "type_id", None) or 0),
        "status": "0x1" if receipt.state_root == b"\1" else "0x0",
        "cumulativeGasUsed": hex(receipt.gas_used),
        "transactionHash": "0x" + 64 * "0",
        "logs": [
            {"address": written(log.address), "topics": [f"0x{t:064x}" for t in log.topics], "data": written(log.data)}
            for log in receipt.logs
        ],
    }
