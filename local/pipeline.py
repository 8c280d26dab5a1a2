"""Transactions sent many at a time and mined together, in the order in which they were given."""

from dataclasses import dataclass, field
from typing import Any

from local.rpc import Rpc

GAS = 12_000_000
GAS_PRICE = 10**10
ETHER_ENOUGH = 10**27


class OrderLost(Exception):
    """The node mined transactions in another order than they were sent in: start it with --order fifo."""

    def __str__(self) -> str:
        return str(self.__doc__)


@dataclass
class Pipeline:
    """A chain that mines when it is told to, and signs for everybody (anvil with --auto-impersonate)."""

    rpc: Rpc
    waiting: list[dict[str, str]] = field(default_factory=list)
    nonces: dict[str, int] = field(default_factory=dict)

    def endow(self, senders: list[str]) -> None:
        """Ether for gas."""
        self.rpc.many("anvil_setBalance", [(sender, hex(ETHER_ENOUGH)) for sender in senders])

    def add(self, sender: str, to: str, data: str) -> None:
        nonce = self.nonces.get(sender)
        if nonce is None:
            nonce = int(self.rpc("eth_getTransactionCount", sender, "latest"), 16)
        self.nonces[sender] = nonce + 1
        fees = {"gas": hex(GAS), "gasPrice": hex(GAS_PRICE)}
        self.waiting.append({"from": sender, "to": to, "data": data, "nonce": hex(nonce), **fees})

    def mine(self, timestamp: int) -> list[dict[str, Any]]:
        """Send what waits, mine it as one block, and give the receipts in the order of sending. Raises OrderLost."""
        sent = self.rpc.many("eth_sendTransaction", [(transaction,) for transaction in self.waiting])
        self.waiting.clear()
        self.rpc("evm_setNextBlockTimestamp", timestamp)
        self.rpc("evm_mine")
        receipts: list[dict[str, Any]] = self.rpc("eth_getBlockReceipts", "latest")
        if [receipt["transactionHash"] for receipt in receipts] != sent:
            raise OrderLost
        return receipts
