"""What every command has before it: the contracts of the chain, who acts, and the words for amounts."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click
from ape import networks
from web3 import Web3
from web3.contract import Contract
from web3.types import TxReceipt

from scripts._calls import Call, Sender, call_of, load_account
from scripts._contracts import Contracts, find_contracts
from scripts._manifest import place_of
from scripts._quantities import base_units, in_units

Options = ParamSpec("Options")

manifest_option = click.option(
    "--manifest",
    type=click.Path(path_type=Path),
    envvar="FREEHOLD_MANIFEST",
    show_envvar=True,
    help="Where the contracts are; deployments/<chain id>.json.",
)
account_option = click.option(
    "--account", "alias", help="The ape account that signs; on a test's chain TEST::n, and TEST::0 if none is named."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask before sending.")


@dataclass(frozen=True)
class Desk:
    """Contracts, and a sender for them."""

    contracts: Contracts
    sender: Sender

    @property
    def web3(self) -> Web3:
        return self.contracts.web3

    def units(self, text: str, what: str) -> int:
        """Base units of the stablecoin, from what somebody typed. Raises BadParameter."""
        return base_units(text, self.contracts.decimals, what)

    def money(self, amount: int) -> str:
        return in_units(amount, self.contracts.decimals, self.contracts.symbol)

    def perform(self, sentence: str, contract: Contract, function: str, *arguments: Any) -> TxReceipt:
        """One call of a contract, from words to receipt."""
        return self.sender.perform([call_of(sentence, contract, function, *arguments)])[0]

    def perform_those_that_go(self, calls: list[Call], what: str) -> None:
        """Many calls that stand for themselves: those that would be refused are named and left out."""
        going = []
        for call in calls:
            refusal = self.sender.refusal_of(call)
            if refusal is None:
                going.append(call)
            else:
                click.echo(f"left out: {call.sentence} {refusal.sentence}")
        if not going:
            click.echo(f"There is nothing to {what}. Nothing was sent.")
            return
        self.sender.perform(going)


def connected_web3() -> Web3:
    """The node that ape is connected to."""
    found: Web3 = networks.active_provider.web3
    return found


def at_the_desk(act: Callable[Concatenate[Desk, Options], None]) -> Callable[..., None]:
    """Give a command the desk as its first argument, and the options that make it."""

    @account_option
    @manifest_option
    @yes_option
    @functools.wraps(act)
    def acted(
        alias: str | None, manifest: Path | None, yes: bool, *args: Options.args, **options: Options.kwargs
    ) -> None:
        web3 = connected_web3()
        contracts = find_contracts(web3, place_of(manifest, web3.eth.chain_id))
        act(Desk(contracts, Sender(load_account(alias, web3), web3, asks=not yes)), *args, **options)

    return acted
