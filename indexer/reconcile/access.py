"""What the registry says of wallets, and every contract of roles and pauses."""

from collections.abc import Iterator

import sqlalchemy as sa

from indexer.chain import BlockNumber
from indexer.projections.history import last_rows
from indexer.projections.registry import registry_entries, registry_lists, registry_lists_at
from indexer.projections.roles import pauses_at, role_changes
from indexer.reconcile.check import Check, Fact, Key, Past, Row, View, column, columns, selected


def entries_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    return last_rows(registry_entries, number, ["registry_list", "wallet"])


def roles_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    """Every role that was ever granted, taken back or not."""
    return last_rows(role_changes, number, ["contract", "role", "account"])


def list_count(past: Past, _: Key | None) -> Iterator[Row]:
    count = sa.select(sa.func.count().label("lists")).where(registry_lists.c.block_number <= past.number)
    yield from past.all_of(count)


CHECKS = (
    Check(
        "number of lists", View("investor_registry", "list_count()", ["uint256"]), (), list_count, columns(),
        [Fact("lists", (0,), column("lists"))],
    ),
    Check(
        "registry lists", View("investor_registry", "registrar_of(uint256)", ["address"]),
        ("registry_list",), selected(registry_lists_at), columns("registry_list"),
        [Fact("registrar", (0,), column("registrar"))],
    ),
    Check(
        "registry entries", View("investor_registry", "entry_of(uint256,address)", ["(address,uint256,uint256,bool)"]),
        ("registry_list", "wallet"), selected(entries_at), columns("registry_list", "wallet"),
        [
            Fact("investor id", (0, 1), column("investor_id")), Fact("expiry", (0, 2), column("expiry")),
            Fact("frozen", (0, 3), column("frozen")),
        ],
    ),
    Check(
        "roles", View("fraction_token", "hasRole(bytes32,address)", ["bool"]),
        ("contract", "role", "account"), selected(roles_at), columns("role", "account"),
        [Fact("held", (0,), column("held"))],
        contract_column="contract",
    ),
    Check(
        "pauses", View("settlement_vault", "paused()", ["bool"]), ("contract",), selected(pauses_at), columns(),
        [Fact("paused", (0,), column("paused"))],
        contract_column="contract",
    ),
)  # fmt: skip
