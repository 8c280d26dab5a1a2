"""What a block's state root commits to, read out of the Merkle proofs that a node gives (EIP-1186). Pure.

The root stands in the header, and the header's hash is the block's: who trusts the hash need not trust the node. A key
that is not in the trie is proven as well; its word is 0.
"""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
import rlp
from rlp.exceptions import RLPException
from trie import HexaryTrie
from trie.exceptions import BadTrieProof, InvalidNode, ValidationError

from indexer.keccak import keccak
from indexer.replies import Data

NODES_MAX = 64
"""A key has as many digits, and each node on the way to it takes one at least."""
WORD_BYTES = 32
STATE_ROOT, NUMBER, TIMESTAMP = 3, 8, 11
"""Fields of a header."""
HEADER = rlp.sedes.CountableList(rlp.sedes.binary)
Nodes = Annotated[list[Data], msgspec.Meta(max_length=NODES_MAX + 1)]
BROKEN = (BadTrieProof, InvalidNode, ValidationError, RLPException, ValueError, TypeError, IndexError, AssertionError)
"""What reading a proof may run into; it may hold anything."""


class NotProven(ValueError):
    """A proof that does not lead from its root to what it should show."""


class StorageReply(msgspec.Struct):
    proof: Nodes


class ProofReply(msgspec.Struct):
    """What eth_getProof answers, as far as it is read: values are taken out of the proofs."""

    accountProof: Nodes  # noqa: N815
    storageProof: list[StorageReply]  # noqa: N815


class Contract(NamedTuple):
    """A contract as the state has it."""

    storage_root: bytes
    code_hash: bytes


class Followed(NamedTuple):
    """What a proof leads to. timestamp: of the block, in seconds since 1970."""

    number: int
    timestamp: int
    contract: Contract
    words: list[int]


def follow(
    header: bytes,
    block_hash: str,
    address: str,
    contract_nodes: Sequence[str],
    words: Sequence[tuple[bytes, Sequence[str]]],
) -> Followed:
    """From a block's hash down to words of a contract's storage. Raises NotProven at the first step that fails.

    header: in RLP. words: of each its key and the nodes of its proof.
    """
    if "0x" + keccak(header).hex() != block_hash:
        raise NotProven("its header has another hash than the block")
    try:
        fields = rlp.decode(header, HEADER)
    except RLPException as error:
        raise NotProven("its header is none") from error
    if len(fields) <= TIMESTAMP:
        raise NotProven("its header has too few fields")
    state_root, number, timestamp = fields[STATE_ROOT], integer(fields[NUMBER]), integer(fields[TIMESTAMP])
    contract = contract_at(state_root, raw(address), contract_nodes)
    return Followed(number, timestamp, contract, [word_at(contract.storage_root, key, nodes) for key, nodes in words])


def contract_at(state_root: bytes, address: bytes, nodes: Sequence[str]) -> Contract:
    """The contract at an address of 20 bytes. Raises NotProven, also where there is none."""
    found = value_at(state_root, address, nodes)
    if found is None:
        raise NotProven(f"the state has nothing at 0x{address.hex()}")
    _, _, storage_root, code_hash = found
    return Contract(storage_root, code_hash)


def word_at(storage_root: bytes, key: bytes, nodes: Sequence[str]) -> int:
    """The word of a contract's storage under a key of 32 bytes; 0 where there is none. Raises NotProven."""
    return integer(value_at(storage_root, key, nodes) or b"")


def value_at(root: bytes, key: bytes, nodes: Sequence[str]) -> Any:
    """What a trie has under the hash of a key, decoded; None where it has nothing. Raises NotProven."""
    try:
        found = HexaryTrie.get_from_proof(root, keccak(key), [rlp.decode(raw(node)) for node in nodes])
        return rlp.decode(found) if found else None
    except BROKEN as error:
        raise NotProven(f"no way leads from the root 0x{root.hex()} to the key 0x{key.hex()}") from error


def key_of(slot: int, *keys: int) -> bytes:
    """Where Vyper keeps a mapping's value: under the hash of slot and key; of that and the next key where it nests.
    keys: 256-bit words; an address is one by its number. 32 bytes."""
    place = word(slot)
    for key in keys:
        place = keccak(place + word(key))
    return place


def integer(content: bytes) -> int:
    return int.from_bytes(content, "big")


def word(value: int) -> bytes:
    return value.to_bytes(WORD_BYTES, "big")


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])
