"""An export is read in pages, and is still one statement: of one block, of one branch, and of bounded length."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from api.export.snapshot import LIMITS, Limits, read_statement
from api.export.statement import Statement
from api.node import ChainNode
from api.problems import Problem
from api.reads import Anchor, Answer, At, Reader, create_engine
from api.tip import TipWatch
from indexer.chain import AccountId
from local.people import main_account
from tests.api.preparing import fresh_key
from tests.api.stack import Stack


class Meddling(Reader):
    """A database whose chain is rewound after the first page was read."""

    stack: Stack
    rewinds: int

    async def answer(self, select: sa.Select[Any], at: At, anchor: Anchor | None = None) -> Answer:
        found = await super().answer(select, at, anchor)
        if self.rewinds:
            object.__setattr__(self, "rewinds", self.rewinds - 1)
            epoch = found.epoch
            await asyncio.to_thread(self.stack.chain.call, "anvil_reorg", 3, [])
            await asyncio.to_thread(self.stack.settle)
            while (await super().answer(select, at)).epoch == epoch:
                await asyncio.sleep(0.02)
        return found


@contextlib.asynccontextmanager
async def reader_of(stack: Stack, kind: type[Reader] = Reader) -> AsyncIterator[Reader]:
    engine, watch, node = create_engine(stack.reader), TipWatch(stack.reader), ChainNode(stack.chain.url)
    task = asyncio.create_task(watch.run())
    await asyncio.wait_for(watch.wait_for_block(0), 20)
    yield kind(engine, watch, node, 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await node.close()
    await engine.dispose()


def account_of(person: str) -> AccountId:
    return AccountId(f"0x{main_account(person):064x}")


def read(stack: Stack, limits: Limits) -> Statement:
    async def reading() -> Statement:
        async with reader_of(stack) as reader:
            account = account_of(stack.people.persons[0])
            statement, _ = await read_statement(reader, stack.deployment, account, None, None, True, limits)
            return statement

    return asyncio.run(reading())


def test_pages_of_any_size_give_the_same_statement(stack: Stack) -> None:
    stack.settle()
    whole = read(stack, LIMITS)
    assert len(whole.entries) > 10
    for page_rows in (1, 2, len(whole.entries), len(whole.entries) + 1):
        assert read(stack, Limits(LIMITS.postings_max, page_rows)) == whole


def test_too_many_postings_for_a_file_are_refused_with_advice(stack: Stack) -> None:
    stack.settle()
    count = len(read(stack, LIMITS).entries)
    assert len(read(stack, Limits(count, 3)).entries) == count
    with pytest.raises(Problem, match="from_time") as refused:
        read(stack, Limits(count - 1, 3))
    assert refused.value.code == "export-too-large"


@pytest.mark.parametrize("rewinds", [1, 6])
def test_pages_of_two_branches_are_never_mixed(rewound: Stack, rewinds: int) -> None:
    people, (anna, bruno) = rewound.people, rewound.people.persons[:2]
    for _ in range(6):
        payment = people.vault.functions.transfer(main_account(anna), main_account(bruno), 1, bytes(32), fresh_key())
        people.send(payment, anna)
    rewound.settle()

    async def reading() -> Statement:
        async with reader_of(rewound, Meddling) as reader:
            object.__setattr__(reader, "stack", rewound)
            object.__setattr__(reader, "rewinds", rewinds)
            limits = Limits(LIMITS.postings_max, 2)
            account = account_of(anna)
            statement, _ = await read_statement(reader, rewound.deployment, account, None, None, True, limits)
            return statement

    if rewinds == 6:  # two in each try
        with pytest.raises(Problem, match="rewound again and again"):
            asyncio.run(reading())
        return
    statement = asyncio.run(reading())
    assert statement.as_of.hash == rewound.web3.eth.get_block(statement.as_of.number)["hash"].to_0x_hex()
    for entry in statement.entries:
        block = rewound.web3.eth.get_block(entry.block_number)
        assert entry.block_hash == block["hash"].to_0x_hex()
