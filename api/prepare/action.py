"""How an action becomes a route: its address and operation id follow from its name."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from api.problems import documented

PROBLEMS = ("invalid-address", "invalid-account", "invalid-amount", "invalid-hash", "body-too-large", "node-away")


def action(router: APIRouter, name: str, *problems: str) -> Callable[[Any], Any]:
    """Decorates the function that prepares an action: vault_transfer is prepareVaultTransfer.

    problems: those that only some actions have.
    """
    operation_id = "prepare" + "".join(part.capitalize() for part in name.split("_"))
    responses = documented(*PROBLEMS, *problems)
    return router.post(f"/transactions/prepare/{name}", operation_id=operation_id, responses=responses)
