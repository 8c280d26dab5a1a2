"""InvestorRegistry: lists, who keeps them, and what they say of wallets."""

from indexer.abi import (
    Decoder,
    address,
    boolean,
    dynamic,
    expiry,
    indexed,
    investor_id,
    list_number,
    static,
    text,
)
from indexer.chain import Log
from indexer.events import EntrySet, Event, ListCreated, RegistrarChanged


def list_created(log: Log) -> list[Event]:
    _, number, registrar = indexed(log, 2)
    (name,) = dynamic(log, ["bytes"])
    parties = (list_number(number[2:]), address(registrar[2:]))
    return [ListCreated(log.block_number, log.log_index, *parties, *text(name))]


REGISTRY: dict[str, Decoder] = {
    "ListCreated(uint256,address,string)": list_created,
    "RegistrarChanged(uint256,address)": static(RegistrarChanged, [list_number, address]),
    "EntrySet(uint256,address,uint256,uint256,bool)": static(
        EntrySet, [list_number, address], [investor_id, expiry, boolean]
    ),
}
