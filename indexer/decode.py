"""Log to event or rejection. Pure, and never raises on data."""

from collections.abc import Iterable

from indexer.abi import Decoder, topic
from indexer.chain import Address, Addresses, Log
from indexer.decoders.access import PAUSING, ROLES
from indexer.decoders.market import MARKET
from indexer.decoders.offering import OFFERING
from indexer.decoders.registry import REGISTRY
from indexer.decoders.token import token_events
from indexer.decoders.treasury import TREASURY
from indexer.decoders.vault import KEYS, VAULT
from indexer.events import Events, Rejection

Decoders = dict[tuple[Address, str], Decoder]


def decode(decoders: Decoders, logs: Iterable[Log]) -> Events:
    """Events by kind, in chain order. Logs of events that nobody projects are passed over."""
    events: Events = {}
    for log in logs:
        decoder = decoders.get((log.address, log.topics[0] if log.topics else ""))
        if decoder is None:
            continue
        try:
            decoded = decoder(log)
        except (ValueError, IndexError, OverflowError) as error:
            decoded = [Rejection(log.block_number, log.log_index, f"{type(error).__name__}: {error}"[:500])]
        for event in decoded:
            events.setdefault(type(event), []).append(event)
    return events


def decoders_for(addresses: Addresses) -> Decoders:
    """Which function decodes which event of which contract."""
    says = [
        (addresses.vault, VAULT | KEYS | ROLES | PAUSING),
        (addresses.token, token_events(addresses.marketplace) | ROLES),
        (addresses.marketplace, MARKET | KEYS | ROLES),
        (addresses.offering, OFFERING | ROLES | PAUSING),
        (addresses.registry, REGISTRY | ROLES),
        (addresses.treasury, TREASURY | ROLES),
    ]
    return {(address, topic(name)): decoder for address, events in says for name, decoder in events.items()}
