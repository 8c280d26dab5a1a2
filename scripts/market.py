"""ape run market: open a property's order book, halt and resume it, its fees; prune it, collect fees, show it."""

import click
import msgspec
from ape.cli import ConnectedProviderCommand

from scripts._book import ASK, BID, MAX_ORDERS, Book, Resting, book_of, depth_of, order_name, percent, resting_orders
from scripts._calls import call_of, numbered
from scripts._desk import Desk, at_the_desk
from scripts._logs import events_of
from scripts._manifest import write_manifest
from scripts._quantities import ADDRESS, PROPERTY_ID

HIGHEST_FEE_PPM = 10_000
HIGHEST_LOT = 2**16 - 1
PRICES_SHOWN = 10
FEE_PPM = click.IntRange(0, HIGHEST_FEE_PPM)
MAX_BOOKS = 128


@click.group()
def cli() -> None:
    """Order books: create, halt, resume, fees, receiver, prune, collect-fees, show."""


@cli.command("create", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.option("--tick-size", required=True, help="From one price to the next, in whole units with decimals, as 0.01.")
@click.option("--minimum", required=True, help="What an order must be worth at its own price, in whole units.")
@click.option("--lot", type=click.IntRange(1, HIGHEST_LOT), default=1, show_default=True, help="Fractions.")
@click.option("--maker-fee-ppm", type=FEE_PPM, required=True, help="Millionths of a trade's value, from the maker.")
@click.option("--taker-fee-ppm", type=FEE_PPM, required=True, help="Millionths of a trade's value, from the taker.")
@at_the_desk
def create_book(
    desk: Desk, property_id: int, tick_size: str, minimum: str, lot: int, maker_fee_ppm: int, taker_fee_ppm: int
) -> None:
    """Open the order book of a listed property; a LISTER of the marketplace does it."""
    tick, least = desk.units(tick_size, "--tick-size"), desk.units(minimum, "--minimum")
    if tick == 0:
        raise click.BadParameter("--tick-size is 0, and prices need something between them, such as 0.01")
    if least % tick:
        near = desk.money(least - least % tick + tick)
        raise click.BadParameter(f"--minimum is {minimum}, and it is a multiple of the tick size, such as {near}")
    desk.perform(
        f"Open the order book of property {property_id}. Prices are multiples of {desk.money(tick)}, quantities of "
        f"{numbered(lot, 'fraction')}, an order is worth {desk.money(least)} or more: nobody can change that, ever. "
        f"Makers pay {percent(maker_fee_ppm)} and takers {percent(taker_fee_ppm)} of a trade's value, at first.",
        desk.contracts.market,
        "create_book",
        *(property_id, tick, lot, least // tick, maker_fee_ppm, taker_fee_ppm),
    )


@cli.command("halt", cls=ConnectedProviderCommand)
@click.argument("property_ids", type=PROPERTY_ID, nargs=-1, required=True)
@at_the_desk
def halt(desk: Desk, property_ids: tuple[int, ...]) -> None:
    """Stop the placing of orders in books; a PAUSER of the marketplace does it. Whoever wants to leave can."""
    change_many(desk, "halt", property_ids, "No orders are placed until it is resumed; orders can be cancelled.")


@cli.command("resume", cls=ConnectedProviderCommand)
@click.argument("property_ids", type=PROPERTY_ID, nargs=-1, required=True)
@at_the_desk
def resume(desk: Desk, property_ids: tuple[int, ...]) -> None:
    """Let orders be placed in books again; a PAUSER of the marketplace does it."""
    change_many(desk, "resume", property_ids, "Orders can be placed again.")


def change_many(desk: Desk, function: str, property_ids: tuple[int, ...], consequence: str) -> None:
    """Halt or resume those books that are not so already. Raises ClickException for one that does not exist."""
    chosen = sorted(set(property_ids))
    if len(chosen) > MAX_BOOKS:
        raise click.BadParameter(f"{len(chosen)} books are too many for one transaction: name {MAX_BOOKS} at most")
    books = [book_of(desk, property_id) for property_id in chosen]
    differing = [book.property_id for book in books if book.is_halted != (function == "halt")]
    if not differing:
        click.echo(f"Nothing to {function}: the books are so already. Nothing was sent.")
        return
    named = ", ".join(map(str, differing))
    sentence = f"{function.capitalize()} the book of property {named}. {consequence}"
    desk.perform(sentence, desk.contracts.market, function, differing)


@cli.command("fees", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.option("--maker-fee-ppm", type=FEE_PPM, required=True, help="Millionths of a trade's value, from the maker.")
@click.option("--taker-fee-ppm", type=FEE_PPM, required=True, help="Millionths of a trade's value, from the taker.")
@at_the_desk
def set_fees(desk: Desk, property_id: int, maker_fee_ppm: int, taker_fee_ppm: int) -> None:
    """Set the rates of a book for orders that are placed from then on; FEE of the marketplace does it."""
    book = book_of(desk, property_id)
    if (maker_fee_ppm, taker_fee_ppm) == (book.maker_fee_ppm, book.taker_fee_ppm):
        click.echo(f"{rates_text(book)} already. Nothing was sent.")
        return
    desk.perform(
        f"Makers in the book of property {property_id} pay {percent(maker_fee_ppm)} and takers "
        f"{percent(taker_fee_ppm)} of a trade's value, not {percent(book.maker_fee_ppm)} and "
        f"{percent(book.taker_fee_ppm)}. Orders that rest keep the rate that they were placed with.",
        desk.contracts.market,
        "set_fees",
        *(property_id, maker_fee_ppm, taker_fee_ppm),
    )


@cli.command("receiver", cls=ConnectedProviderCommand)
@click.argument("wallet", type=ADDRESS)
@click.option("--record", is_flag=True, help="Write it into the manifest, so that verify expects it.")
@at_the_desk
def set_fee_receiver(desk: Desk, wallet: str, record: bool) -> None:
    """Let fees that are collected from then on go to WALLET; FEE of the marketplace does it."""
    before = desk.contracts.market.functions.fee_receiver().call()
    if before == wallet:
        click.echo(f"Fees go to {wallet} already. Nothing was sent.")
    else:
        sentence = f"Fees go to the main account of {wallet} from now on, not of {before}."
        desk.perform(sentence, desk.contracts.market, "set_fee_receiver", wallet)
    if record:
        manifest = desk.contracts.manifest
        decided = msgspec.structs.replace(manifest.parameters, fee_receiver=wallet)
        write_manifest(desk.contracts.path, msgspec.structs.replace(manifest, parameters=decided))
        click.echo(f"{desk.contracts.path} says so")


@cli.command("prune", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@at_the_desk
def prune(desk: Desk, property_id: int) -> None:
    """Take out what can never trade again: expired orders, ineligible bids, all of a closed book; anyone may."""
    book = book_of(desk, property_id)
    now = int(desk.web3.eth.get_block("latest")["timestamp"])
    ids = [order.order_id for order in resting_orders(desk, book) if can_never_trade(desk, book, order, now)]
    if not ids:
        click.echo(f"Every order in the book of property {property_id} can still trade. Nothing was sent.")
        return
    calls = []
    for start in range(0, len(ids), MAX_ORDERS):
        part = ids[start : start + MAX_ORDERS]
        named = ", ".join(order_name(order_id) for order_id in part[:8]) + (", ..." if len(part) > 8 else "")
        sentence = f"Take {numbered(len(part), 'order')} ({named}) out, back to their owners."
        calls.append(call_of(sentence, desk.contracts.market, "prune", part))
    desk.sender.perform(calls)


def can_never_trade(desk: Desk, book: Book, order: Resting, now: int) -> bool:
    """As the marketplace decides it."""
    if book.is_closed or order.expiry < now:
        return True
    if not book.registry_list or order.side == ASK:
        return False
    return not desk.contracts.registry.functions.is_eligible(book.registry_list, order.owner).call()


@cli.command("collect-fees", cls=ConnectedProviderCommand)
@at_the_desk
def collect_fees(desk: Desk) -> None:
    """Pay what has been charged to the fee receiver's main account; anyone may."""
    market = desk.contracts.market
    account = int(market.address, 16) << 96
    amount, receiver = desk.contracts.vault.functions.balance_of(account).call(), market.functions.fee_receiver().call()
    if not amount:
        click.echo("No fees have been charged since the last time. Nothing was sent.")
        return
    desk.perform(f"Pay {desk.money(amount)} of fees to the main account of {receiver}.", market, "collect_fees")


@cli.command("show", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID, required=False)
@at_the_desk
def show(desk: Desk, property_id: int | None) -> None:
    """A book's rules and its best prices; all books in a line each where none is named. Sends nothing."""
    if property_id is not None:
        show_book(desk, book_of(desk, property_id))
        return
    found = events_of(desk.contracts.market, "BookCreated", desk.contracts.manifest.first_block)
    for book in (book_of(desk, event["property_id"]) for event in found):
        bid, ask = (price_text(desk, book, tick) if tick else "none" for tick in (book.best_bid, book.best_ask))
        click.echo(f"property {book.property_id:<10} {book.status:<7} best bid {bid}, best ask {ask}")


def show_book(desk: Desk, book: Book) -> None:
    least = desk.money(book.minimum_ticks * book.tick_size)
    listed = f"list {book.registry_list} of the registry may gain" if book.registry_list else "everybody may trade"
    click.echo(f"property   {book.property_id}, the book is {book.status}")
    click.echo(f"prices     multiples of {desk.money(book.tick_size)}")
    click.echo(f"orders     of {numbered(book.lot, 'fraction')} or a multiple, worth {least} or more; {listed}")
    click.echo(f"fees       {rates_text(book)}")
    click.echo(f"so far     {numbered(book.last_number, 'order')}")
    for side, title in ((ASK, "ask"), (BID, "bid")):
        prices = depth_of(desk, book.property_id, side, PRICES_SHOWN)
        for tick, quantity, orders in reversed(prices) if side == ASK else prices:
            click.echo(
                f"{title:<10} {price_text(desk, book, tick):>18}  {quantity:>14,} in {numbered(orders, 'order')}"
            )
        if not prices:
            click.echo(f"{title:<10} none")


def rates_text(book: Book) -> str:
    return f"makers pay {percent(book.maker_fee_ppm)}, takers {percent(book.taker_fee_ppm)} of a trade's value"


def price_text(desk: Desk, book: Book, tick: int) -> str:
    return desk.money(tick * book.tick_size)
