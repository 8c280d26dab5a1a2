"""What clients send to be prepared: whatever it is, the answer is a step, an issue or a problem, and never a fault."""

import json
from typing import Any

import pytest

from api.app import describe
from api.openapi import COMPONENTS, example_of, openapi
from tests.api.stack import Api, require_problem

DOCUMENT: dict[str, Any] = openapi(describe())
SCHEMAS = DOCUMENT["components"]["schemas"]
PREFIX = "/v1/transactions/prepare/"
BODIES = {
    path.removeprefix(PREFIX): SCHEMAS[
        item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].removeprefix(COMPONENTS)
    ]
    for path, item in DOCUMENT["paths"].items()
    if path.startswith(PREFIX)
}
ACTIONS = {
    "vault_deposit", "vault_withdraw", "vault_transfer", "vault_transfer_batch", "vault_burn_key",
    "vault_transfer_signed", "place_order", "replace_order", "cancel_order", "cancel_orders", "reduce_order",
    "prune_orders", "burn_order_key", "collect_fees", "sign_order", "submit_order", "sign_cancellation",
    "submit_cancellation", "fraction_transfer", "offering_set", "offering_cancel", "offering_subscribe",
    "offering_unsubscribe", "offering_close", "offering_collect", "offering_refund", "rent_declare", "rent_release",
    "rent_claim", "metadata_set", "document_set",
}  # fmt: skip
NASTY: tuple[Any, ...] = (
    None, True, 0, -1, 2**64, 10**400, 1.5, [], {}, "", "0", "-1", "1e9", "0x", "9" * 77, "0x" + 64 * "f",
    "0x" + 40 * "0", "٣", "x" * 10_000, "\0", "\ud800", "é" * 30,
)  # fmt: skip


def body_of(action: str) -> dict[str, Any]:
    """An example of every field, optional ones too."""
    schema = BODIES[action]
    return {name: example_of(part, SCHEMAS) for name, part in schema["properties"].items()}


def test_every_action_has_a_path_and_an_operation_of_its_own() -> None:
    assert set(BODIES) == ACTIONS
    names = {DOCUMENT["paths"][PREFIX + action]["post"]["operationId"] for action in ACTIONS}
    assert {"prepareVaultDeposit", "prepareVaultTransferSigned", "prepareOfferingUnsubscribe"} <= names
    assert len(names) == len(ACTIONS)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_the_example_of_a_body_can_be_prepared(api: Api, action: str) -> None:
    body = {name: value for name, value in body_of(action).items() if value is not None}
    assert api.prepare(action, **body).status_code == 200


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_nothing_that_a_field_can_hold_is_a_fault_of_ours(api: Api, action: str) -> None:
    good = {name: value for name, value in body_of(action).items() if value is not None}
    for name in BODIES[action]["properties"]:
        for value in NASTY:
            answer = post(api, action, good | {name: value})
            assert answer.status_code in (200, 400, 422), (name, value, answer.text)
    for name in BODIES[action].get("required", []):
        require_problem(post(api, action, {n: v for n, v in good.items() if n != name}), "invalid-request")
    require_problem(post(api, action, good | {"surprise": 1}), "invalid-request")


def post(api: Api, action: str, body: dict[str, Any]) -> Any:
    return api.client.post(PREFIX + action, content=json.dumps(body).encode())
