"""A chain of one block that never ends, on py-evm: the engine under eth-tester, without its keys, queues and blocks.

What it says of gas is what a receipt would say: the whole transaction, its base and refunds included.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eth.abc import ComputationAPI
from eth.constants import BLANK_ROOT_HASH, CREATE_CONTRACT_ADDRESS, ZERO_ADDRESS, ZERO_HASH32
from eth.db.atomic import AtomicDB
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.frontier.transaction_context import FrontierTransactionContext
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.state import PragueState
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth.vm.message import Message
from eth.vm.spoof import SpoofTransaction
from eth_typing import Address, BlockNumber, Hash32
from eth_utils.address import to_canonical_address

from bench.compiled import Compiled, Contract, Event

CHAIN_ID = 131277322940537  # eth-tester's
GENESIS_TIME = 1_800_000_000
GAS_LIMIT = 30_000_000


Logged = tuple[str, Event]  # with the address of its contract


class Reverted(Exception):
    """A call was refused; the argument is its revert data."""

    @property
    def data(self) -> bytes:
        return bytes(self.args[0])


@dataclass(frozen=True)
class Receipt:
    """Of a transaction that succeeded. Events come with the address of their contract, in order."""

    gas: int
    output: bytes
    called: frozenset[str]  # addresses whose code ran: of no other contract can anything have changed
    events: list[Logged]


@dataclass(frozen=True)
class Moment:
    """A state to come back to."""

    root: bytes
    timestamp: int
    journal: tuple[Logged, ...]


class Evm:
    """Any address may send. The clock stands until it is moved. The journal holds all events, constructors' too."""

    def __init__(self) -> None:
        self.database = AtomicDB()
        self.known: dict[str, Contract] = {}
        self.restore(Moment(BLANK_ROOT_HASH, GENESIS_TIME, journal=()))

    @property
    def timestamp(self) -> int:
        return self.state.timestamp

    def travel(self, seconds: int) -> None:
        self.state.execution_context = context_at(self.timestamp + seconds)

    def moment(self) -> Moment:
        root = self.state.make_state_root()
        self.state.persist()
        return Moment(root, self.timestamp, tuple(self.journal))

    def restore(self, moment: Moment) -> None:
        self.state = PragueState(self.database, context_at(moment.timestamp), Hash32(moment.root))
        self.journal = list(moment.journal)

    def nonce_of(self, account: str) -> int:
        return self.state.get_nonce(Address(to_canonical_address(account)))

    def code_of(self, contract: Contract) -> bytes:
        return self.state.get_code(Address(to_canonical_address(contract.address)))

    def deploy(self, sender: str, source: Compiled, *arguments: Any) -> Contract:
        data = source.bytecode + Contract("", source.abi).constructed(arguments)
        _, computation = self._apply(sender, CREATE_CONTRACT_ADDRESS, data)
        contract = Contract("0x" + computation.msg.storage_address.hex(), source.abi)
        self.known[contract.address] = contract
        self._events(computation)
        return contract

    def send(self, sender: str, contract: Contract, function: str, *arguments: Any) -> Receipt:
        """Raises Reverted."""
        to = Address(to_canonical_address(contract.address))
        gas, computation = self._apply(sender, to, contract.calldata(function, arguments))
        return Receipt(gas, computation.output, frozenset(called_in(computation)), self._events(computation))

    def ask(self, contract: Contract, function: str, *arguments: Any) -> Any:
        """What a view answers. Raises Reverted."""
        to = Address(to_canonical_address(contract.address))
        message = Message(
            gas=GAS_LIMIT,
            to=to,
            sender=ZERO_ADDRESS,
            value=0,
            data=contract.calldata(function, arguments),
            code=self.state.get_code(to),
            is_static=True,
        )
        context = FrontierTransactionContext(gas_price=0, origin=ZERO_ADDRESS)
        computation = self.state.computation_class.apply_message(self.state, message, context)
        if computation.is_error:
            raise Reverted(computation.output)
        return contract.answer(function, arguments, computation.output)

    def _apply(self, sender: str, to: Address, data: bytes) -> tuple[int, ComputationAPI]:
        # Refunds and warm slots are counted from here on.
        self.state.lock_changes()
        return self._execute(sender, to, data)

    def _execute(self, sender: str, to: Address, data: bytes) -> tuple[int, ComputationAPI]:
        """Gas that a receipt would name, and what came of it."""
        origin = Address(to_canonical_address(sender))
        unsigned = PragueTransactionBuilder.create_unsigned_transaction(
            nonce=self.state.get_nonce(origin), gas_price=0, gas=GAS_LIMIT, to=to, value=0, data=data
        )
        transaction: Any = SpoofTransaction(unsigned, from_=origin)
        computation = self.state.apply_transaction(transaction)
        if computation.is_error:
            raise Reverted(computation.output)
        return PragueVM.finalize_gas_used(transaction, computation), computation

    def _events(self, computation: ComputationAPI) -> list[Logged]:
        logs = (("0x" + address.hex(), topics, data) for address, topics, data in computation.get_log_entries())
        events = [(address, self.known[address].event(topics, data)) for address, topics, data in logs]
        self.journal += events
        return events


def called_in(computation: ComputationAPI) -> Iterator[str]:
    yield "0x" + computation.msg.storage_address.hex()
    for child in computation.children:
        yield from called_in(child)


def context_at(timestamp: int) -> ExecutionContext:
    return ExecutionContext(
        coinbase=ZERO_ADDRESS,
        timestamp=timestamp,
        block_number=BlockNumber(1),
        difficulty=0,
        mix_hash=ZERO_HASH32,
        gas_limit=GAS_LIMIT,
        prev_hashes=[],
        chain_id=CHAIN_ID,
        base_fee_per_gas=0,
        excess_blob_gas=0,
    )
