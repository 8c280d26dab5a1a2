"""A statement as an hledger journal, for --strict: accounts and the commodity are declared, and every posting asserts
the balance after it. Pure."""

from collections.abc import Iterator
from datetime import date

from api.export.statement import Entry, Statement, time_text

OPENING = "Equity:Opening-Balances"


def hledger(statement: Statement) -> str:
    return "\n".join(lines(statement)) + "\n"


def lines(statement: Statement) -> Iterator[str]:
    yield from (f"; {line}" for line in statement.heading)
    yield f"commodity 1. {quoted(statement.coin.unit)}"
    yield from (f"account {name}" for name in [*statement.names, OPENING])
    yield from asserted(statement, statement.first_day, "opening", statement.opening, statement.opening)
    for entry in statement.entries:
        yield from posted(statement, entry)
    yield from asserted(statement, statement.last_day, "closing", 0, statement.closing)


def asserted(statement: Statement, day: date, which: str, change: int, balance: int) -> Iterator[str]:
    unit = quoted(statement.coin.unit)
    yield f"\n{day} * {which} balance"
    yield f"    {statement.name_of(statement.account)}  {change} {unit} = {balance} {unit}"
    yield f"    {OPENING}  {-change} {unit}"


def posted(statement: Statement, entry: Entry) -> Iterator[str]:
    unit = quoted(statement.coin.unit)
    status, code = "*" if entry.final else "!", f"{entry.block_number}-{entry.log_index}"
    yield f"\n{entry.day} {status} ({code}) {described(entry.words)}"
    facts = {
        "time": time_text(entry.timestamp), "kind": entry.kind, "transaction": entry.transaction_hash,
        "counterparty": entry.counterparty, "reference": entry.reference, "request": entry.request_id,
    }  # fmt: skip
    yield from (f"    ; {name}: {value}" for name, value in facts.items() if value is not None)
    yield f"    {statement.name_of(statement.account)}  {entry.change} {unit} = {entry.balance} {unit}"
    yield f"    {statement.name_of(entry.counterparty)}  {-entry.change} {unit}"


def described(text: str) -> str:
    """A description ends at a semicolon, for which hledger has no escape: it is written as in an address, %3B."""
    return text.replace("%", "%25").replace(";", "%3B")


def quoted(unit: str) -> str:
    """A commodity with anything but letters in its name is quoted."""
    return f'"{unit}"'
