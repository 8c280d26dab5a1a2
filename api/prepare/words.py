"""Amounts, accounts and periods as a step's sentence says them."""

from api.values import checksummed
from indexer.chain import AccountId, Address, main_account_of, owner_of
from indexer.deployment import Stablecoin


def in_units(amount: int, coin: Stablecoin) -> str:
    """The amount for people: 1,500.00 TUSD."""
    whole, part = divmod(amount, 10**coin.decimals)
    digits = str(part).zfill(coin.decimals).rstrip("0").ljust(2, "0") if coin.decimals else ""
    return f"{whole:,}{'.' + digits if digits else ''} {coin.symbol}"


def in_fractions(amount: int) -> str:
    return "1 fraction" if amount == 1 else f"{amount:,} fractions"


def short_address(address: str) -> str:
    full = checksummed(address)
    return f"{full[:6]}…{full[-4:]}"


def short(account: AccountId) -> str:
    number = int(account[42:], 16)
    return short_address(owner_of(account)) + (f", sub-account {number}" if number else "")


def own(account: AccountId, sender: Address) -> str:
    """The account as its owner calls it."""
    if account == main_account_of(sender):
        return "your main account"
    return f"your sub-account {int(account[42:], 16)}" if owner_of(account) == sender else short(account)


def period_text(period: int) -> str:
    """A year and month where the number is one; the final distribution has none."""
    year, month = divmod(period, 100)
    return f"{year}-{month:02d}" if 1900 <= year <= 9999 and 1 <= month <= 12 else f"period {period}"
