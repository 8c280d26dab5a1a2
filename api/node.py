"""The chain's node as the API uses it: to simulate, to estimate, to prove and to look at a transaction.

What an answer of the index says never comes from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import msgspec
from aiohttp import ClientError
from eth_typing import BlockNumber
from web3 import AsyncHTTPProvider, AsyncWeb3
from web3.exceptions import ContractLogicError, TransactionNotFound, Web3Exception, Web3RPCError
from web3.types import RPCEndpoint, TxParams

from api.problems import Problem
from api.state_proof import ProofReply
from indexer.replies import SealedHeaderReply

Shape = TypeVar("Shape", bound=msgspec.Struct)
TIMEOUT_SECONDS = 5
# A sick node, or a proxy before it, answers with HTML as well: that is a ValueError of the JSON decoder.
AWAY = (ClientError, TimeoutError, OSError, Web3Exception, ValueError)
MALFORMED = (TypeError, KeyError, IndexError, AttributeError)
# JSON-RPC's and EIP-1474's ways to say that a node has no such method.
NO_SUCH_METHOD = (-32601, -32004)


@dataclass(frozen=True)
class Reverted:
    """A call that the contract refused, with the data of its error."""

    data: str


class Head(NamedTuple):
    """The node's newest block."""

    number: int
    timestamp: int


class LogOut(NamedTuple):
    """What a simulated call would write: all in lower-case 0x text."""

    address: str
    topics: list[str]
    data: str


@dataclass(frozen=True)
class Outcome:
    """One call of a simulated sequence. data: what it returns, or its error's where it is refused."""

    succeeds: bool
    data: str
    logs: list[LogOut]
    gas_used: int


class ChainNode:
    """Raises Problem `node-away` where the node does not answer."""

    def __init__(self, url: str) -> None:
        self.web3 = AsyncWeb3(AsyncHTTPProvider(url, {"timeout": TIMEOUT_SECONDS}, exception_retry_configuration=None))

    async def close(self) -> None:
        provider = self.web3.provider
        if isinstance(provider, AsyncHTTPProvider):
            await provider.disconnect()

    async def block_of(self, transaction: str) -> tuple[int, str]:
        """Number and hash of the block of a mined transaction."""
        found = await self.look_at(transaction)
        if found is None or found[1] is None:
            raise Problem("unknown-transaction", f"The node has not mined transaction {transaction}, or never saw it.")
        return int(found[1]["blockNumber"]), "0x" + bytes(found[1]["blockHash"]).hex()

    async def look_at(self, transaction: str) -> tuple[dict[str, Any], dict[str, Any] | None] | None:
        """(transaction, receipt or None), or None where the node knows nothing of it."""
        try:
            sent = await self.web3.eth.get_transaction(transaction)  # type: ignore[arg-type]
        except TransactionNotFound:
            return None
        except AWAY as error:
            raise away() from error
        try:
            receipt = await self.web3.eth.get_transaction_receipt(transaction)  # type: ignore[arg-type]
        except TransactionNotFound:
            return dict(sent), None
        except AWAY as error:
            raise away() from error
        return dict(sent), dict(receipt)

    async def simulate(self, call: TxParams, at_block: int | None = None) -> bytes | Reverted:
        """What a call would return as of a block, the newest if none is named, or how the contract would refuse it."""
        try:
            return bytes(await self.web3.eth.call(call, "latest" if at_block is None else BlockNumber(at_block)))
        except ContractLogicError as error:
            return Reverted(error.data if isinstance(error.data, str) else "0x")
        except Web3RPCError as error:
            raise Problem("node-away", f"The node could not simulate the call: {error.message}") from error
        except AWAY as error:
            raise away() from error

    async def head(self) -> Head:
        """The newest block."""
        try:
            block = await self.web3.eth.get_block("latest")
            return Head(int(block["number"]), int(block["timestamp"]))
        except (*AWAY, *MALFORMED) as error:
            raise away() from error

    async def simulate_all(self, calls: Sequence[TxParams], after: Head, timestamp: int) -> list[Outcome] | None:
        """What calls would do one after another, in a block of that time after another (eth_simulateV1, as the
        execution APIs describe it). None where the node has no such method."""
        block = {"calls": list(calls), "blockOverrides": {"time": hex(timestamp)}}
        asked = [{"blockStateCalls": [block], "validation": False}, hex(after.number)]
        try:
            reply = await self.web3.provider.make_request(RPCEndpoint("eth_simulateV1"), asked)
            if "error" in reply:
                if reply["error"]["code"] in NO_SUCH_METHOD:
                    return None
                raise Problem("node-away", f"The node could not simulate: {str(reply['error'])[:200]}")
            (simulated,) = reply["result"]
            outcomes = [outcome_of(call) for call in simulated["calls"]]
        except (*AWAY, *MALFORMED) as error:
            raise away() from error
        if len(outcomes) != len(calls):
            raise away()
        return outcomes

    async def header(self, block_hash: str) -> SealedHeaderReply | None:
        """The header of a block, as the node tells it; None where the node does not have the block."""
        found = await self._asked("eth_getBlockByHash", [block_hash, False])
        return None if found is None else shaped(found, SealedHeaderReply)

    async def prove(self, contract: str, keys: Sequence[str], block_hash: str) -> ProofReply:
        """The way from a block's state root to words of a contract's storage (EIP-1186), as the node tells it. Raises
        Problem `state-not-kept` where it gives none."""
        return shaped(await self._asked("eth_getProof", [contract, keys, {"blockHash": block_hash}]), ProofReply)

    async def _asked(self, method: str, parameters: list[Any]) -> Any:
        """What a node answers about its state. Raises Problem `state-not-kept` where it refuses."""
        try:
            reply = await self.web3.provider.make_request(RPCEndpoint(method), parameters)
            refusal = reply["error"]["message"] if reply.get("error") else None
        except (*AWAY, *MALFORMED) as error:
            raise away() from error
        if refusal is not None:
            raise Problem("state-not-kept", f"The node answers to {method}: {str(refusal)[:200]}")
        return reply.get("result")

    async def has_code(self, address: str) -> bool:
        """Whether there is a contract."""
        try:
            return bool(await self.web3.eth.get_code(address))  # type: ignore[arg-type]
        except (*AWAY, *MALFORMED) as error:
            raise away() from error

    async def estimate_gas(self, call: TxParams) -> int | None:
        """Gas of a call, None where it would fail."""
        try:
            return int(await self.web3.eth.estimate_gas(call))
        except Web3Exception:
            return None
        except AWAY as error:
            raise away() from error


def outcome_of(call: dict[str, Any]) -> Outcome:
    """Of a node's reply. The data of an error stands in `error` with some, and with others in `returnData`."""
    said = call.get("error") or {}
    data = said.get("data") or call["returnData"]
    logs = [
        LogOut(log["address"].lower(), [t.lower() for t in log["topics"]], log["data"]) for log in call.get("logs", [])
    ]
    return Outcome(int(call["status"], 16) == 1, str(data), logs, int(call["gasUsed"], 16))


def shaped(found: Any, form: type[Shape]) -> Shape:
    """A node's answer, if it has the form that it should. Raises Problem `node-away` where it has not."""
    try:
        return msgspec.convert(found, form)
    except msgspec.ValidationError as error:
        raise away() from error


def away() -> Problem:
    return Problem("node-away", "The chain's node does not answer. Reads go on; try again.", {"Retry-After": "2"})
