"""A statement as CSV (RFC 4180): a line for each posting, between one with the opening and one with the closing
balance, which names the block that the file is as of. Pure."""

import csv
import io

from api.export.statement import Entry, Statement, time_text

COLUMNS = (
    "block_number", "block_hash", "transaction_hash", "log_index", "time", "kind", "counterparty", "counterparty_name",
    "change", "balance", "unit", "request_id", "reference", "reference_text", "finality",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t")
"""What a spreadsheet takes for the begin of a formula; an apostrophe before it makes it text."""


def table(statement: Statement) -> str:
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    begin = "" if statement.from_time is None else time_text(statement.from_time)
    rows.writerow(balance_row(statement, "opening", "", "", begin, statement.opening))
    rows.writerows(entry_row(statement, entry) for entry in statement.entries)
    as_of = statement.as_of
    end = time_text(as_of.timestamp)
    rows.writerow(balance_row(statement, "closing", str(as_of.number), as_of.hash, end, statement.closing))
    return written.getvalue()


def balance_row(statement: Statement, kind: str, block: str, block_hash: str, time: str, balance: int) -> list[str]:
    values = {"block_number": block, "block_hash": block_hash, "time": time, "kind": kind, "balance": str(balance),
              "unit": statement.coin.unit, "finality": "final" if statement.finals_only else "indexed"}  # fmt: skip
    return [values.get(column, "") for column in COLUMNS]


def entry_row(statement: Statement, entry: Entry) -> list[str]:
    text = entry.reference_text or ""
    return [
        str(entry.block_number), entry.block_hash, entry.transaction_hash, str(entry.log_index),
        time_text(entry.timestamp), entry.kind, entry.counterparty, statement.name_of(entry.counterparty),
        str(entry.change), str(entry.balance), statement.coin.unit, entry.request_id or "", entry.reference,
        f"'{text}" if text.startswith(FORMULA) else text, "final" if entry.final else "indexed",
    ]  # fmt: skip
