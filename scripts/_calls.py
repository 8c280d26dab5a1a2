"""A transaction from its words to its receipt: shown, simulated, asked about, signed by an ape account, waited for."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
from ape import accounts, networks
from ape.exceptions import ApeException
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractLogicError, TimeExhausted
from web3.types import StateOverride, TxParams, TxReceipt

from api.reverts import Revert, explain
from scripts._contracts import NODE_TROUBLE
from scripts._quantities import in_ether, in_gwei

WAIT_SECONDS = 600
POLL_SECONDS = 0.1
GAS_MARGIN_PERCENT = 20
TEST_ACCOUNT = "TEST::"
# Nodes that run on one machine for tests; there the test accounts, whose keys all the world knows, are safe.
TEST_NODES = ("anvil", "hardhat", "ethereumtester")


@dataclass(frozen=True)
class Call:
    """One transaction: what it does in words, where it goes (None creates a contract), and its data."""

    sentence: str
    to: str | None
    data: str
    nonce: int | None = None


class NotSent(click.ClickException):
    """A transaction that was refused before it was sent, or that failed; the message says why."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


def call_of(sentence: str, contract: Contract, function: str, *arguments: Any) -> Call:
    """A call of a contract's function, encoded here and signed as it is."""
    return Call(sentence, str(contract.address), str(contract.encode_abi(function, args=arguments)))


def load_account(alias: str | None, web3: Web3) -> Any:
    """An ape account by its alias; where none is named, or TEST::n is, a test account, on a test's chain only."""
    if alias and not alias.startswith(TEST_ACCOUNT):
        try:
            return accounts.load(alias)
        except (ApeException, KeyError) as error:
            raise click.UsageError(f"--account {alias}: {error}") from error
    node = web3.client_version.lower()
    if not node.startswith(TEST_NODES):
        raise click.UsageError(
            f"name an ape account with --account: the keys of test accounts are public, and this node ({node}) is "
            "not one for tests. `ape accounts list` shows the accounts that there are"
        )
    number = alias.removeprefix(TEST_ACCOUNT) if alias else "0"
    if not (number.isdigit() and int(number) < len(accounts.test_accounts)):
        raise click.UsageError(f"--account {alias}: there is no such test account")
    return accounts.test_accounts[int(number)]


class Sender:
    """Whoever pays and signs. Sends nothing that was not shown, simulated and agreed to."""

    def __init__(self, account: Any, web3: Web3, *, asks: bool) -> None:
        self.account, self.web3, self.asks = account, web3, asks
        self.address = str(account.address)

    def perform(self, calls: Sequence[Call]) -> list[TxReceipt]:
        """Show, simulate, ask, send, wait. Raises ClickException where a call would fail or the answer is no."""
        self.introduce(calls)
        gas = 0
        for call in calls:
            refusal = self.refusal_of(call)
            if refusal is not None:
                raise click.ClickException(f"It would be refused, so nothing was sent. {words_of(refusal)}")
            gas += self.estimate(call)
        self.require_balance(gas)
        self.agree(f"{numbered(len(calls), 'transaction')}, {self.cost_text(gas)}")
        return self.send_all(calls)

    def introduce(self, calls: Sequence[Call]) -> None:
        click.echo(f"{self.address} on chain {self.web3.eth.chain_id}:")
        for call in calls:
            click.echo(f"  {call.sentence}")

    def refusal_of(self, call: Call) -> Revert | None:
        """How the contract would refuse a call at the newest block; None where it would not."""
        try:
            self.web3.eth.call(self.parameters(call))
        except ContractLogicError as error:
            return explain(error.data if isinstance(error.data, str) else "0x")
        except NODE_TROUBLE as error:
            raise click.ClickException(f"the node could not simulate it, so nothing was sent: {error}") from error
        return None

    def estimate(self, call: Call, override: StateOverride | None = None) -> int:
        """Gas that a call takes."""
        try:
            return int(self.web3.eth.estimate_gas(self.parameters(call), "latest", override))
        except NODE_TROUBLE as error:
            raise click.ClickException(f"the node could not estimate its gas, so nothing was sent: {error}") from error

    def cost_text(self, gas: int) -> str:
        price = self.web3.eth.gas_price
        return f"about {gas:,} gas, {in_ether(gas * price)} at {in_gwei(price)} for one"

    def require_balance(self, gas: int) -> None:
        """Raises ClickException where the sender could not pay for the gas at today's price."""
        balance = self.web3.eth.get_balance(Web3.to_checksum_address(self.address))
        needed = gas * self.web3.eth.gas_price
        if balance < needed:
            raise click.ClickException(f"{self.address} has {in_ether(balance)}, and {in_ether(needed)} are needed")

    def agree(self, cost: str) -> None:
        """Ask before spending, and have a locked account opened. Raises Exit where the answer is no."""
        click.echo(f"This takes {cost}.")
        if self.asks:
            try:
                agreed = click.confirm("Send?")
            except click.Abort:
                click.echo()
                agreed = False
            if not agreed:
                click.echo("Nothing was sent.")
                raise click.exceptions.Exit(1)
        # The question was asked and answered; an account that would ask again is told so.
        if hasattr(self.account, "set_autosign"):
            self.account.set_autosign(True)

    def send_all(self, calls: Sequence[Call]) -> list[TxReceipt]:
        receipts: list[TxReceipt] = []
        for call in calls:
            try:
                receipts.append(self.send(call))
            except NotSent as failure:
                if len(calls) > 1:
                    failure.message += f" {len(receipts)} of {len(calls)} were sent before it, and they stand."
                raise
        return receipts

    def send(self, call: Call) -> TxReceipt:
        """Sign, send and wait; say block and hash. Raises NotSent."""
        try:
            signed = self.signed(call)
            sent = self.web3.eth.send_raw_transaction(signed)
        except (ApeException, *NODE_TROUBLE) as error:
            raise NotSent(f"not sent: {call.sentence} {error}", refused=True) from error
        try:
            receipt = self.web3.eth.wait_for_transaction_receipt(sent, WAIT_SECONDS, POLL_SECONDS)
        except TimeExhausted as error:
            raise NotSent(
                f"{sent.to_0x_hex()} was sent, and not mined in {WAIT_SECONDS} s; it may still be."
            ) from error
        block, gas = receipt["blockNumber"], receipt["gasUsed"]
        if receipt["status"] != 1:
            raise NotSent(f"{sent.to_0x_hex()} failed in block {block}. {self.reason(call, block)}")
        click.echo(f"  done in block {block}, transaction {sent.to_0x_hex()}, {gas:,} gas")
        return receipt

    def signed(self, call: Call) -> bytes:
        ecosystem = networks.active_provider.network.ecosystem
        given: dict[str, Any] = {"receiver": call.to} if call.to else {}
        if call.nonce is not None:
            given["nonce"] = call.nonce
        gas = self.estimate(call) * (100 + GAS_MARGIN_PERCENT) // 100
        unsigned = ecosystem.create_transaction(sender=self.address, data=call.data, gas_limit=gas, **given)
        signed = self.account.sign_transaction(self.account.prepare_transaction(unsigned))
        if signed is None:
            raise NotSent(f"not signed: {call.sentence}")
        return bytes(signed.serialize_transaction())

    def reason(self, call: Call, block: int) -> str:
        with contextlib.suppress(click.ClickException):
            refusal = self.refusal_of(call)
            if refusal is not None:
                return words_of(refusal)
        return f"It may have run out of gas, or the chain changed before block {block}."

    def parameters(self, call: Call) -> TxParams:
        found: TxParams = {"from": Web3.to_checksum_address(self.address), "data": call.data}  # type: ignore[typeddict-item]
        if call.to:
            found["to"] = Web3.to_checksum_address(call.to)
        return found


def words_of(refusal: Revert) -> str:
    return f"{refusal.sentence} ({refusal.error})"


def numbered(count: int, noun: str) -> str:
    """1 transaction, 2 transactions."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
