"""FractionToken: fractions and their supply, properties and their documents, rent."""

from indexer.abi import (
    BATCH_MAX,
    Decoder,
    Malformed,
    address,
    amount,
    below_a_unit,
    bounded,
    dynamic,
    fractions,
    indexed,
    pair,
    period,
    positive,
    property_id,
    rent_index,
    seconds,
    static,
    text,
    words,
)
from indexer.chain import (
    FRACTIONS_MAX,
    LIST_NUMBER_MAX,
    NOBODY,
    PROPERTY_ID_MAX,
    SMALL_MAX,
    Address,
    Bytes32,
    Change,
    Fractions,
    ListNumber,
    Log,
    PropertyId,
    Small,
)
from indexer.events import (
    DocumentSet,
    Event,
    FractionsCollected,
    IssuerChanged,
    IssuerProposed,
    LockChanged,
    MetadataSet,
    PropertyEnded,
    PropertyListed,
    RentClaimed,
    RentDeclared,
    RentReleased,
    SaleSettled,
    SupplyChanged,
    Transfer,
)

# -- fractions


def transfer_single(marketplace: Address) -> Decoder:
    """Of a TransferSingle. What the marketplace moves as the operator, it takes out of the sender's lock."""

    def decoder(log: Log) -> list[Event]:
        found = transferred(log)
        if found is None:
            return []
        sold = lock_change(log, found.property_id, found.sender, -found.amount) if found.operator == marketplace else []
        return [found, *supply_of(found), *sold]

    return decoder


def transferred(log: Log) -> Transfer | None:
    _, operator, sender, receiver = indexed(log, 3)
    token_id, moved = pair(log)
    fractions_moved = fractions(moved)
    if not fractions_moved:
        return None  # the contract lets anyone move nothing of anything, even of what is not listed
    return Transfer(
        log.block_number,
        log.log_index,
        Small(0),
        address(operator[2:]),
        address(sender[2:]),
        address(receiver[2:]),
        property_id(token_id),
        fractions_moved,
    )


def lock_change(log: Log, number: PropertyId, holder: Address, change: int) -> list[Event]:
    return [LockChanged(log.block_number, log.log_index, number, holder, Change(change))]


def locking(sign: int) -> Decoder:
    """Of Locked and Unlocked, whose sum of what is locked afterwards is also the sum of all changes."""

    def decoder(log: Log) -> list[Event]:
        _, token_id, holder = indexed(log, 2)
        moved, locked = words(log, 2)
        fractions(locked)
        return lock_change(log, property_id(token_id[2:]), address(holder[2:]), sign * positive(moved))

    return decoder


def transfer_batch(log: Log) -> list[Event]:
    _, operator, sender, receiver = indexed(log, 3)
    ids, amounts = dynamic(log, ["uint256[]", "uint256[]"])
    if len(ids) != len(amounts) or len(ids) > BATCH_MAX:
        raise Malformed(f"a batch of {len(ids)} ids and {len(amounts)} amounts")
    parties = (address(operator[2:]), address(sender[2:]), address(receiver[2:]))
    transfers = [
        Transfer(
            log.block_number,
            log.log_index,
            Small(position),
            *parties,
            PropertyId(bounded(token_id, 1, PROPERTY_ID_MAX, "property id")),
            Fractions(bounded(moved, 0, FRACTIONS_MAX, "fractions")),
        )
        for position, (token_id, moved) in enumerate(zip(ids, amounts, strict=True))
        if moved
    ]
    return [*transfers, *(change for transfer in transfers for change in supply_of(transfer))]


def supply_of(transfer: Transfer) -> list[SupplyChanged]:
    """Fractions are created by a transfer from nobody, and burnt by one to nobody."""
    if (transfer.sender == NOBODY) == (transfer.receiver == NOBODY):
        return []
    change = Change(transfer.amount if transfer.sender == NOBODY else -transfer.amount)
    place = (transfer.block_number, transfer.log_index, transfer.position)
    return [SupplyChanged(*place, transfer.property_id, change)]


sale = static(SaleSettled, [property_id], [fractions, fractions, rent_index])
collection = static(FractionsCollected, [property_id, address], [fractions, fractions])


def sale_settled(log: Log) -> list[Event]:
    """What was sold is supply from here on."""
    (event,) = sale(log)
    assert isinstance(event, SaleSettled), "the decoder of sales gives sales"
    return [event, *supply_by(log, event.property_id, event.sold)]


def fractions_collected(log: Log) -> list[Event]:
    """The transfer from nobody beside it creates nothing: the sale did."""
    (event,) = collection(log)
    assert isinstance(event, FractionsCollected), "the decoder of collections gives collections"
    return [event, *supply_by(log, event.property_id, -event.amount)]


def supply_by(log: Log, number: PropertyId, change: int) -> list[SupplyChanged]:
    return [SupplyChanged(log.block_number, log.log_index, Small(0), number, Change(change))] if change else []


# -- properties and documents


def property_listed(log: Log) -> list[Event]:
    _, token_id, issuer = indexed(log, 2)
    supply_cap, registry_list, name = dynamic(log, ["uint256", "uint256", "bytes"])
    listed = PropertyListed(
        log.block_number,
        log.log_index,
        property_id(token_id[2:]),
        address(issuer[2:]),
        Fractions(bounded(supply_cap, 1, FRACTIONS_MAX, "supply cap")),
        ListNumber(bounded(registry_list, 0, LIST_NUMBER_MAX, "list")),
        *text(name),
    )
    return [listed]


def metadata_set(log: Log) -> list[Event]:
    _, token_id = indexed(log, 1)
    number, content_hash, uri = dynamic(log, ["uint256", "bytes32", "bytes"])
    bound = (property_id(token_id[2:]), version(number), Bytes32("0x" + content_hash.hex()))
    return [MetadataSet(log.block_number, log.log_index, *bound, *text(uri))]


def document_set(log: Log) -> list[Event]:
    _, token_id = indexed(log, 1)
    number, content_hash, name, uri = dynamic(log, ["uint256", "bytes32", "bytes", "bytes"])
    bound = (property_id(token_id[2:]), version(number), Bytes32("0x" + content_hash.hex()))
    return [DocumentSet(log.block_number, log.log_index, *bound, *text(name), *text(uri))]


def version(number: int) -> Small:
    return Small(bounded(number, 1, SMALL_MAX, "version"))


TOKEN: dict[str, Decoder] = {
    "TransferBatch(address,address,address,uint256[],uint256[])": transfer_batch,
    "Locked(uint256,address,uint256,uint256)": locking(1),
    "Unlocked(uint256,address,uint256,uint256)": locking(-1),
    "PropertyListed(uint256,address,uint256,uint256,string)": property_listed,
    "IssuerProposed(uint256,address)": static(IssuerProposed, [property_id, address]),
    "IssuerChanged(uint256,address)": static(IssuerChanged, [property_id, address]),
    "MetadataSet(uint256,uint256,bytes32,string)": metadata_set,
    "DocumentSet(uint256,uint256,bytes32,string,string)": document_set,
    "RentDeclared(uint256,uint256,uint256,uint256)": static(RentDeclared, [property_id, period], [amount, seconds]),
    "RentReleased(uint256,uint256,uint256,uint256,uint256)": static(
        RentReleased, [property_id, period], [amount, rent_index, below_a_unit]
    ),
    "RentClaimed(uint256,address,uint256,uint256)": static(RentClaimed, [property_id, address], [amount, below_a_unit]),
    "PropertyEnded(uint256)": static(PropertyEnded, [property_id]),
    "SaleSettled(uint256,uint256,uint256,uint256)": sale_settled,
    "FractionsCollected(uint256,address,uint256,uint256)": fractions_collected,
}


def token_events(marketplace: Address) -> dict[str, Decoder]:
    """What the token of a deployment with this marketplace says."""
    return TOKEN | {"TransferSingle(address,address,address,uint256,uint256)": transfer_single(marketplace)}
