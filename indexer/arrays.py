"""Events as parameters of the folds: an array literal for each field, the text that Postgres parses fastest. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, get_type_hints

from indexer import chain

SQL_TYPES: dict[Any, str] = {
    chain.BlockNumber: "bigint",
    chain.LogIndex: "integer",
    chain.Small: "integer",
    chain.PropertyId: "bigint",
    chain.Fractions: "bigint",
    chain.Change: "bigint",
    chain.OrderNumber: "bigint",
    chain.Tick: "integer",
    chain.Period: "bigint",
    chain.ListNumber: "bigint",
    chain.Seconds: "bigint",
    chain.InvestorId: "numeric",
    chain.Expiry: "numeric",
    chain.Scaled: "numeric",
    chain.Amount: "numeric",
    chain.Address: "bytea",
    chain.AccountId: "bytea",
    chain.Bytes32: "bytea",
    chain.RawText: "bytea",
    bool: "boolean",
    str: "text",
}


@cache
def sql_types(event: type) -> dict[str, str]:
    """The fields of an event, with their types in SQL."""
    return {name: SQL_TYPES[kind] for name, kind in get_type_hints(event).items()}


Counts = Mapping[type, int]
"""How many events there are of each kind."""

Arrays = Mapping[type, Mapping[str, str]]


def counts_of(events: Mapping[type, Sequence[tuple[Any, ...]]]) -> Counts:
    return {kind: len(found) for kind, found in events.items()}


def arrays_of(events: Mapping[type, Sequence[tuple[Any, ...]]]) -> Arrays:
    """The parameters of the folds of a batch, by the kind of event."""
    return {kind: event_arrays(kind, rows) for kind, rows in events.items()}


def event_arrays(event: type, events: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    """The parameters of event_relation, as array literals: text that Postgres parses fastest."""
    columns = zip(*events, strict=True)
    return {
        name: array_literal(kind, column)
        for (name, kind), column in zip(sql_types(event).items(), columns, strict=True)
    }


def array_literal(sql_type: str, values: Iterable[Any]) -> str:
    if sql_type == "bytea":
        return "{" + ",".join([f'"\\\\x{value[2:]}"' for value in values]) + "}"
    if sql_type == "text":
        return "{" + ",".join([quoted(value) for value in values]) + "}"
    return "{" + ",".join(map(str, values)) + "}"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
