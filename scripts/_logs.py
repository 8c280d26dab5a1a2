"""Logs of our contracts over the whole life of a deployment, in ranges that a node will answer."""

from collections.abc import Iterator, Sequence
from typing import Any

import click
from eth_typing import HexStr
from web3 import Web3
from web3.contract import Contract
from web3.types import FilterParams, LogReceipt

from scripts._contracts import NODE_TROUBLE

RANGE_BLOCKS = 10_000


def logs_of(web3: Web3, addresses: Sequence[str], topics: Sequence[Any], first_block: int) -> Iterator[LogReceipt]:
    """From a block on to the newest, in order. Nodes bound what they answer; a range that is refused is halved.

    Raises ClickException where a node does not answer for one block.
    """
    last_block, start, step = web3.eth.block_number, first_block, RANGE_BLOCKS
    places = [Web3.to_checksum_address(address) for address in addresses]
    while start <= last_block:
        end = min(start + step - 1, last_block)
        wanted: FilterParams = {"address": places, "topics": topics, "fromBlock": start, "toBlock": end}
        try:
            found = web3.eth.get_logs(wanted)
        except NODE_TROUBLE as error:
            if step == 1:
                raise click.ClickException(f"the node does not tell the logs of block {start}: {error}") from error
            step //= 2
            continue
        yield from found
        start = end + 1


def events_of(contract: Contract, name: str, first_block: int, **indexed: int | str) -> Iterator[dict[str, Any]]:
    """The arguments of a contract's events of one name, narrowed by whole-number or address arguments."""
    event = contract.events[name]()
    topics: list[Any] = [event.topic]
    for part in (part for part in event.abi["inputs"] if part["indexed"]):
        value = indexed.get(part["name"])
        topics.append(
            None if value is None else HexStr(f"0x{value if isinstance(value, int) else int(value, 16):064x}")
        )
    for log in logs_of(contract.w3, [contract.address], topics, first_block):
        yield dict(event.process_log(log)["args"])
