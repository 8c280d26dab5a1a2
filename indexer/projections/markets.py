"""Markets: the book of each property, its rules, the fees of new orders, and whether it takes any."""

import sqlalchemy as sa

from indexer.events import market
from indexer.projections.history import (
    AMOUNT,
    BYTES,
    NEWEST,
    Block,
    Fold,
    History,
    Projection,
    last_row,
    last_rows,
    metadata,
    place,
)

books = sa.Table(
    "books", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("tick_size", AMOUNT, nullable=False),
    sa.Column("lot", sa.BigInteger, nullable=False),
    sa.Column("minimum_ticks", sa.Integer, nullable=False),
    sa.Column("registry_list", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("books_by_block", "block_number"),
)  # fmt: skip

book_fees = sa.Table(
    "book_fees", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("maker_fee_ppm", sa.Integer, nullable=False),
    sa.Column("taker_fee_ppm", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("book_fees_by_block", "block_number"),
)  # fmt: skip

book_halts = sa.Table(
    "book_halts", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("account", BYTES, nullable=False),
    sa.Column("halted", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("book_halts_by_block", "block_number"),
)  # fmt: skip

# For ever: a book that is closed stays so, halted and resumed or not.
book_closings = sa.Table(
    "book_closings", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("book_closings_by_block", "block_number"),
)  # fmt: skip

fee_receivers = sa.Table(
    "fee_receivers", metadata, *place(),
    sa.Column("receiver", BYTES, nullable=False),
    sa.PrimaryKeyConstraint("block_number", "log_index"),
)  # fmt: skip

CREATED = "SELECT property_id, block_number, log_index, tick_size, lot, minimum_ticks, registry_list FROM event"
FEES = "SELECT property_id, block_number, log_index, maker_fee_ppm, taker_fee_ppm FROM event"
HALTED = "SELECT property_id, block_number, log_index, account, halted FROM event"
CLOSED = "SELECT property_id, block_number, log_index FROM event"
RECEIVER = "SELECT block_number, log_index, receiver FROM event"

MARKETS = Projection(
    "markets",
    [
        History(books, [Fold(market.BookCreated, CREATED)]),
        History(book_fees, [Fold(market.FeesSet, FEES)]),
        History(book_halts, [Fold(market.HaltChanged, HALTED)]),
        History(book_closings, [Fold(market.BookClosed, CLOSED)]),
        History(fee_receivers, [Fold(market.FeeReceiverSet, RECEIVER)]),
    ],
)


def markets_at(at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """Books as of a block, by property: rules, fees of new orders, and status: open, halted or closed.

    The place is that of the creation; status_block and status_log_index are that of the last change of the status,
    or the creation.
    """
    fees, halt, closing = (
        last_rows(rows, at_block, ["property_id"]).subquery(name)
        for rows, name in ((book_fees, "fees"), (book_halts, "halt"), (book_closings, "closing"))
    )
    book = books.c
    status = sa.case((closing.c.property_id.is_not(None), "closed"), (halt.c.halted, "halted"), else_="open")
    select = (
        sa.select(
            book.property_id, book.tick_size, book.lot, book.minimum_ticks, book.registry_list,
            fees.c.maker_fee_ppm, fees.c.taker_fee_ppm, status.label("status"),
            book.block_number, book.log_index,
            *(
                sa.func.coalesce(closing.c[name], halt.c[name], book[name]).label(label)
                for name, label in (("block_number", "status_block"), ("log_index", "status_log_index"))
            ),
        )
        .join(fees, fees.c.property_id == book.property_id)
        .outerjoin(halt, halt.c.property_id == book.property_id)
        .outerjoin(closing, closing.c.property_id == book.property_id)
        .where(book.block_number <= at_block)
        .order_by(book.property_id)
    )  # fmt: skip
    return select if property_id is None else select.where(book.property_id == property_id)


def markets_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Books that were created, or whose fees or status changed, above block `since`, as they are now."""
    changed = sa.union(
        *(
            sa.select(rows.c.property_id).where(rows.c.block_number > since)
            for rows in (books, book_fees, book_halts, book_closings)
        )
    )
    return markets_at(NEWEST).where(books.c.property_id.in_(changed))


def fee_receiver_at(at_block: Block) -> sa.Select[tuple[object, ...]]:
    """Whose main account collected fees go to as of a block, and where that was set; one row."""
    return last_row(fee_receivers, at_block)
