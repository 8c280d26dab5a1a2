"""What a contract said in a transaction."""

from typing import Any

from tests.contracts.ape_types import Contract, Receipt

Event = tuple[str, dict[str, Any]]


def events_of(receipt: Receipt, contract: Contract) -> list[Event]:
    """Names and arguments of the events of one contract, in order."""
    return [
        (log.event_name, dict(log.event_arguments))
        for log in receipt.events
        if log.contract_address == contract.address
    ]
