"""An account's postings of a period, read page by page, and all as of one block of one branch."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from api.export.statement import AsOf, Coin, Entry, Statement
from api.postings import posting_out
from api.problems import Problem
from api.reads import Answer, At, Reader, blocks, cursor
from api.values import raw
from indexer.chain import OUTSIDE_ACCOUNT, AccountId
from indexer.deployment import Deployment
from indexer.projections.accounts import accounts_between
from indexer.projections.postings import postings_of

TRIES = 3


class Limits(NamedTuple):
    """Postings in a file, and rows in a page of the reading."""

    postings_max: int
    page_rows: int


LIMITS = Limits(postings_max=50_000, page_rows=5_000)


class Rewound(Exception):
    """The chain was rewound while its postings were read."""


async def read_statement(
    reader: Reader,
    deployment: Deployment,
    account: AccountId,
    from_time: int | None,
    to_time: int | None,
    include_unfinal: bool,
    limits: Limits = LIMITS,
) -> tuple[Statement, Answer]:
    """Raises Problem where there are too many postings, or where the index knows no such state."""
    at = end_of(to_time, include_unfinal)
    for _ in range(TRIES):
        try:
            return await _read(reader, deployment, account, from_time, at, not include_unfinal, limits)
        except Rewound:
            continue
    raise Problem("not-indexed-yet", "The chain is being rewound again and again just now.", {"Retry-After": "5"})


def end_of(to_time: int | None, include_unfinal: bool) -> At:
    """The last block that counts."""
    last = sa.select(sa.func.max(blocks.c.number))
    if to_time is not None:
        last = last.where(blocks.c.timestamp <= to_time)
    if not include_unfinal:
        last = last.where(blocks.c.number <= sa.select(cursor.c.finalized_number).scalar_subquery())
    label = "What is final" if to_time is None else f"The time {to_time}"
    return At(sa.type_coerce(last.scalar_subquery(), sa.BigInteger), label)


async def _read(
    reader: Reader,
    deployment: Deployment,
    account: AccountId,
    from_time: int | None,
    at: At,
    finals_only: bool,
    limits: Limits,
) -> tuple[Statement, Answer]:
    key = raw(account)
    before = sa.select(sa.func.max(blocks.c.number)).where(
        blocks.c.timestamp < (0 if from_time is None else from_time), blocks.c.number <= at.bound
    )
    opened = sa.type_coerce(before.scalar_subquery(), sa.BigInteger)
    answer = await reader.answers(
        {"opening": accounts_between(key, key, opened), "closing": accounts_between(key, key, at.block)}, at
    )
    end = answer.meta.at_block
    found = await reader.blocks(end, end)
    if not found:
        raise Rewound
    # After the block: who reads these finds out whether the chain was rewound since the balances were read.
    entries = await _entries(reader, account, from_time, end, answer, limits)
    coin = deployment.contracts.stablecoin
    statement = Statement(
        account=account,
        chain_id=deployment.chain_id,
        contracts=deployment.addresses,
        coin=Coin(coin.symbol, coin.decimals),
        as_of=AsOf(end, found[0]["hash"], answer.meta.at_timestamp),
        finals_only=finals_only,
        opening=balance_in(answer.sets["opening"]),
        closing=balance_in(answer.sets["closing"]),
        from_time=from_time,
        entries=entries,
    )
    return statement, answer


async def _entries(
    reader: Reader, account: AccountId, from_time: int | None, end: int, first: Answer, limits: Limits
) -> list[Entry]:
    """In the order of the chain. Pages are read from the newest on, and those of another branch are not mixed in."""
    key, entries, last = raw(account), list[Entry](), None
    while True:
        page = await reader.answer(postings_of(key, key, end, last, limits.page_rows), At())
        if page.epoch != first.epoch:
            raise Rewound
        rows = [row for row in page.rows if from_time is None or row["timestamp"] >= from_time]
        entries += [entry_of(page, row, account, first.meta.finalized_block) for row in rows]
        if len(entries) > limits.postings_max:
            raise Problem(
                "export-too-large",
                f"There are more than {limits.postings_max} postings in this period. Name a shorter one with from_time "
                "and to_time; one file's closing balance is the next one's opening balance.",
            )
        if len(rows) < limits.page_rows:
            return entries[::-1]
        last = (rows[-1]["block_number"], rows[-1]["log_index"])


def entry_of(answer: Answer, row: dict[str, Any], account: AccountId, finalized: int) -> Entry:
    posting = posting_out(answer, row)
    debited = posting.debit_account == account
    # A debit takes from every account but the outside: that one holds what came in, less what went out.
    taken = debited != (account == OUTSIDE_ACCOUNT)
    amount = int(posting.amount)
    return Entry(
        block_number=posting.block_number,
        block_hash=posting.block_hash,
        log_index=posting.log_index,
        transaction_hash=posting.transaction_hash,
        timestamp=posting.timestamp,
        final=posting.block_number <= finalized,
        kind=posting.kind,
        counterparty=AccountId(posting.credit_account if debited else posting.debit_account),
        change=-amount if taken else amount,
        balance=int(posting.debit_balance if debited else posting.credit_balance),
        request_id=posting.request_id,
        reference=posting.reference,
        reference_text=posting.reference_text,
    )


def balance_in(rows: list[dict[str, Any]]) -> int:
    return int(rows[0]["balance"]) if rows else 0
