"""Crashes of the indexer and of its connection, at numbered points: before and after every statement, and on both
sides of every commit.

A connection that crashes stands between the store and psycopg. A process that dies takes its transaction with it: the
server rolls it back, frees its locks and forgets its settings, and here the same is done on the same connection,
because a new one takes ten times as long. A connection that is cut is really cut.
"""

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

import psycopg

from indexer.journal import Connection


class Kind(Enum):
    """What happens at a point."""

    DIES = "dies"
    CUT = "connection cut"
    ANSWER_LOST = "done, and the answer lost"


class Died(BaseException):
    """The process is gone: nobody catches it but the simulation."""


@dataclass
class Plan:
    """Where the next crash comes: at a point counted from now on, or never. `reached`: points so far."""

    at: int | None = None
    kind: Kind = Kind.DIES
    reached: int = 0
    just_before: Callable[[], None] = field(default=lambda: None)
    """What a reader looks at in that moment."""
    crashed: list[str] = field(default_factory=list)
    """What was crashed in, and how: one line each."""

    def soon(self, chance: random.Random, points: int) -> None:
        """Draw the next crash, within so many points on the average."""
        self.at = self.reached + 1 + int(chance.expovariate(1 / points))
        self.kind = chance.choices(list(Kind), [6, 1, 1])[0]

    def is_due(self) -> bool:
        self.reached += 1
        return self.reached == self.at


class Crashing:
    """A psycopg connection on which a plan is carried out."""

    def __init__(self, connection: Connection, plan: Plan) -> None:
        self.real, self.plan = connection, plan

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
        with self.around(str(query)):
            return self.real.execute(query, *arguments, **options)

    @contextmanager
    def cursor(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        with self.real.cursor(*arguments, **options) as cursor:
            yield CrashingCursor(cursor, self)

    @contextmanager
    def transaction(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        """Its begin is no point: nothing was done. Leaving it is two, one on each side of the commit."""
        transaction = self.real.transaction(*arguments, **options)
        transaction.__enter__()
        try:
            yield transaction
            self.point("commit", is_done=False)
        except BaseException as trouble:
            if not self.real.closed:
                transaction.__exit__(type(trouble), trouble, trouble.__traceback__)
            raise
        transaction.__exit__(None, None, None)
        self.point("commit", is_done=True)

    @contextmanager
    def around(self, what: str) -> Iterator[None]:
        self.point(what, is_done=False)
        yield
        self.point(what, is_done=True)

    def point(self, what: str, is_done: bool) -> None:
        """A place to crash at. What is cut or lost before it is done is not done."""
        if not self.plan.is_due():
            return
        self.plan.just_before()
        self.plan.crashed.append(f"{self.plan.kind.value} {'after' if is_done else 'before'} {what[:60]}")
        if self.plan.kind is Kind.DIES:
            raise Died
        if self.plan.kind is Kind.CUT:
            cut(self.real)
            if not is_done:
                return  # psycopg finds out when it goes on
        else:
            self.real.close()
        raise psycopg.OperationalError("the connection was lost")


class CrashingCursor:
    """A cursor whose COPY is a statement like others."""

    def __init__(self, cursor: Any, connection: Crashing) -> None:
        self.real, self.connection = cursor, connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    @contextmanager
    def copy(self, statement: Any) -> Iterator[Any]:
        with self.connection.around(str(statement)), self.real.copy(statement) as copy:
            yield copy


def cut(connection: Connection) -> None:
    """Take the socket away under psycopg: the server sees an end of file, the client too."""
    with socket.socket(fileno=socket.dup(connection.fileno())) as shared:
        shared.shutdown(socket.SHUT_RDWR)


def as_new(connection: Connection) -> None:
    """What the server does when a client is gone, done for one that stays."""
    connection.execute("SELECT pg_advisory_unlock_all(), set_config('search_path', '\"$user\", public', false)")
    connection.isolation_level = None


def crashing(connection: Connection, plan: Plan) -> Connection:
    return cast(Connection, Crashing(connection, plan))
