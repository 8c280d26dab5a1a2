"""What the marketplace and the Lens say: books, best prices, depth, levels, orders, and what they hold in escrow."""

from collections.abc import Iterator

import sqlalchemy as sa

from indexer.chain import BlockNumber, order_id_of
from indexer.projections.history import last_rows
from indexer.projections.levels import ASK, BID, best_prices_at, book_at, level_changes
from indexer.projections.markets import book_halts, fee_receiver_at, markets_at
from indexer.projections.orders import order_at, order_terms, orders_at
from indexer.reconcile.check import Check, Fact, Key, Past, Row, View, column, columns, selected
from indexer.reconcile.money import BALANCE_OF, number_of

PRICES = 128
"""The Lens shows so many of a side."""
GONE_MAX = 1_000
"""Orders that do not rest any more: the newest are asked for."""
NOBODY = bytes(20)
PRICE = "(uint256,uint256,uint256)"
RESTING = "(uint256,address,uint256,uint256,uint256,uint256,uint256,uint256,uint256)"
BOOK = f"({','.join(9 * ['uint256'])},bool,bool)"


def books_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    """Rules of each book, whether it is halted or closed, the last number, and both best prices."""
    market = markets_at(number).order_by(None).subquery("market")
    halt = last_rows(book_halts, number, ["property_id"]).subquery("halt")
    best = best_prices_at(number).order_by(None).subquery("best")
    bid, ask = (best.select().where(best.c.side == side).subquery(name) for side, name in ((BID, "bid"), (ASK, "ask")))
    terms = order_terms
    last_number = (
        sa.select(sa.func.max(terms.c.number))
        .where(terms.c.property_id == market.c.property_id, terms.c.block_number <= number)
        .scalar_subquery()
    )
    sides = [
        sa.func.coalesce(side.c[name], 0).label(f"{side.name}_{name}")
        for side in (bid, ask)
        for name in ("tick", "quantity", "orders")
    ]
    select = sa.select(
        market,
        sa.func.coalesce(last_number, 0).label("last_number"),
        sa.func.coalesce(halt.c.halted, sa.false()).label("is_halted"),
        *sides,
    )
    for rows in (halt, bid, ask):
        select = select.outerjoin(rows, rows.c.property_id == market.c.property_id)
    return select


def depths(past: Past, key: Key | None) -> Iterator[Row]:
    """Both sides of each book, as the Lens shows them."""
    wanted = None if key is None else {"property_id": key["property_id"]}
    for book in past.rows(markets_at(past.number), wanted):
        rows = past.all_of(book_at(book["property_id"], past.number, PRICES))
        for side in (BID, ASK) if key is None else (key["side"],):
            prices = [(row["tick"], row["quantity"], row["orders"]) for row in rows if row["side"] == side]
            yield {"property_id": book["property_id"], "side": side, "count": PRICES, "prices": prices}


def levels_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    """Every price that was ever used."""
    return last_rows(level_changes, number, ["property_id", "side", "tick"])


def resting(past: Past, key: Key | None) -> Iterator[Row]:
    yield from past.rows(orders_at(past.number, status="open"), None) if key is None else one_order(past, key)


def gone(past: Past, key: Key | None) -> Iterator[Row]:
    """The newest orders that do not rest any more."""
    if key is not None:
        yield from one_order(past, key)
        return
    ended = orders_at(past.number, limit=GONE_MAX).subquery("newest")
    yield from past.rows(ended.select().where(ended.c.remaining == 0), None)


def one_order(past: Past, key: Key) -> list[Row]:
    return past.all_of(order_at(key["property_id"], key["number"], past.number))


def escrows(past: Past, key: Key | None) -> Iterator[Row]:
    """What the open bids of each book hold in the vault, in the marketplace's account of that book."""
    market = bytes.fromhex(past.addresses["marketplace"][2:])
    bids = orders_at(past.number, status="open").order_by(None).subquery("bids")
    escrowed = (
        sa.select(bids.c.property_id, sa.func.sum(bids.c.escrowed).label("escrowed"))
        .where(bids.c.side == BID)
        .group_by(bids.c.property_id)
        .subquery("escrowed")
    )
    books = markets_at(past.number).order_by(None).subquery("books")
    select = sa.select(books.c.property_id, sa.func.coalesce(escrowed.c.escrowed, 0).label("escrowed")).outerjoin(
        escrowed, escrowed.c.property_id == books.c.property_id
    )
    for row in past.rows(select, key):
        yield {**row, "account": market + row["property_id"].to_bytes(12, "big")}


def if_resting(name: str, position: int, column_name: str | None = None) -> Fact:
    """A field of an order; nothing where it does not rest any more."""
    return Fact(name, (0, position), lambda row: row[column_name or name] if row["remaining"] else 0)


ORDER = View("lens", "order(uint256)", [RESTING])
ORDER_FACTS = (
    Fact("owner", (0, 1), lambda row: row["owner"] if row["remaining"] else NOBODY),
    if_resting("side", 2),
    if_resting("tick", 3),
    Fact("remaining", (0, 4), column("remaining")),
    if_resting("filled while resting", 5, "made"),
    if_resting("expiry", 6),
    if_resting("maker fee", 7, "maker_fee_ppm"),
    if_resting("escrowed", 8),
)


def order_id(row: Row) -> list[int]:
    return [order_id_of(row["property_id"], row["number"])]


def of_book(name: str, position: int, column_name: str | None = None) -> Fact:
    return Fact(name, (0, position), column(column_name or name))


CHECKS = (
    Check(
        "books", View("marketplace", "book_of(uint256)", [BOOK]),
        ("property_id",), selected(books_at), columns("property_id"),
        [
            of_book("best bid", 0, "bid_tick"), of_book("best ask", 1, "ask_tick"),
            of_book("last number", 2, "last_number"),
            of_book("tick size", 3, "tick_size"), of_book("lot", 4), of_book("registry list", 5, "registry_list"),
            of_book("minimum ticks", 6, "minimum_ticks"), of_book("maker fee", 7, "maker_fee_ppm"),
            of_book("taker fee", 8, "taker_fee_ppm"), of_book("is halted", 9, "is_halted"),
            Fact("is closed", (0, 10), lambda row: row["status"] == "closed"),
        ],
    ),
    Check(
        "best prices", View("lens", "best_prices(uint256)", [PRICE, PRICE]),
        ("property_id",), selected(books_at), columns("property_id"),
        [
            Fact(name, (side,), columns(*(f"{name}_{part}" for part in ("tick", "quantity", "orders"))))
            for side, name in ((BID, "bid"), (ASK, "ask"))
        ],
    ),
    Check(
        "depth", View("lens", "depth(uint256,uint256,uint256)", [f"{PRICE}[]"]),
        ("property_id", "side"), depths, columns("property_id", "side", "count"),
        [Fact("prices", (0,), column("prices"))],
    ),
    Check(
        "levels", View("marketplace", "level_of(uint256,uint256,uint256)", ["(uint256,uint256,uint256,uint256)"]),
        ("property_id", "side", "tick"), selected(levels_at), columns("property_id", "side", "tick"),
        [Fact("orders", (0, 2), column("orders")), Fact("quantity", (0, 3), column("quantity"))],
    ),
    Check("orders", ORDER, ("property_id", "number"), resting, order_id, ORDER_FACTS),
    Check("orders that are gone", ORDER, ("property_id", "number"), gone, order_id, ORDER_FACTS),
    Check(
        "escrow of bids", BALANCE_OF, ("property_id",), escrows, number_of,
        [Fact("escrowed", (0,), column("escrowed"))],
    ),
    Check(
        "fee receiver", View("marketplace", "fee_receiver()", ["address"]), (), selected(fee_receiver_at), columns(),
        [Fact("receiver", (0,), column("receiver"))],
    ),
)  # fmt: skip
