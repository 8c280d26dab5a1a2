"""A statement as a beancount file. Pure.

Beancount asserts a balance as of the morning of a day: the opening balance is put in the day before the period and
asserted on its first day, the closing one on the day after its last.
"""

from collections.abc import Iterator

from api.export.statement import DAY, Entry, Statement, time_text

OPENING = "Equity:Opening-Balances"


def beancount(statement: Statement) -> str:
    return "\n".join(lines(statement)) + "\n"


def lines(statement: Statement) -> Iterator[str]:
    unit, own, before = statement.coin.unit, statement.name_of(statement.account), statement.first_day - DAY
    yield from (f"; {line}" for line in statement.heading)
    yield f"{before} commodity {unit}"
    yield from (f"{before} open {name} {unit}" for name in [*statement.names, OPENING])
    if statement.opening:
        yield f"\n{before} * {quoted('opening balance')}"
        yield f"  {own}  {statement.opening} {unit}"
        yield f"  {OPENING}  {-statement.opening} {unit}"
    yield f"\n{statement.first_day} balance {own}  {statement.opening} {unit}"
    for entry in statement.entries:
        yield from posted(statement, entry, own)
    yield f"\n{statement.last_day + DAY} balance {own}  {statement.closing} {unit}"


def posted(statement: Statement, entry: Entry, own: str) -> Iterator[str]:
    unit = statement.coin.unit
    yield f"\n{entry.day} {'*' if entry.final else '!'} {quoted(entry.words)}"
    facts = {
        "time": time_text(entry.timestamp), "kind": entry.kind, "place": f"{entry.block_number}-{entry.log_index}",
        "transaction": entry.transaction_hash, "counterparty": entry.counterparty, "reference": entry.reference,
        "request": entry.request_id,
    }  # fmt: skip
    yield from (f"  {name}: {quoted(value)}" for name, value in facts.items() if value is not None)
    yield f"  {own}  {entry.change} {unit}"
    yield f"  {statement.name_of(entry.counterparty)}  {-entry.change} {unit}"


def quoted(text: str) -> str:
    """A string literal; the text is printable, so it has no line break."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
