"""The documents: complete, true to the code, and the ones that are committed."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from api import messages, specs
from api.app import RESOURCES, describe
from api.openapi import openapi
from api.problems import CODES, ProblemBody
from tests.api.stack import Api

DOCUMENT: dict[str, Any] = openapi(describe())
OPERATIONS = {f"{method} {path}": op for path, ops in DOCUMENT["paths"].items() for method, op in ops.items()}

BYTES = {
    "get /v1/accounts/{account}/export", "get /v1/documents/{content_hash}", "head /v1/documents/{content_hash}",
}  # fmt: skip
"""What answers with bytes, or with nothing, where others answer with JSON."""


def test_the_committed_documents_are_those_of_the_code() -> None:
    for path, text in specs.documents(describe()).items():
        assert path.read_text() == text, f"{path.name} is stale: python -m api.specs"


def test_the_api_serves_the_committed_document(api: Api) -> None:
    assert api.client.get("/v1/openapi.json").json() == json.loads(specs.OPENAPI.read_text())


def test_it_is_openapi_3_1_and_every_operation_has_a_name_of_its_own() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names)) >= 11


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_described_with_an_example_of_every_answer(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["description"]
    for parameter in operation.get("parameters", []):
        assert parameter["schema"]
    for status, response in operation["responses"].items():
        assert response["description"]
        if status == "304" or (status == "200" and name in BYTES):
            continue
        (content,) = response["content"].values()
        assert content["example"]
        if status >= "400":
            assert list(response["content"]) == ["application/problem+json"]
            problem = ProblemBody.model_validate(content["example"], strict=True)
            assert str(problem.status) == status
            assert CODES[problem.code].status == problem.status


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - BYTES))
def test_the_example_of_a_good_answer_is_of_its_shape(name: str) -> None:
    models = {route.operation_id: route.response_model for route in routes()}
    operation = OPERATIONS[name]
    example = operation["responses"]["200"]["content"]["application/json"]["example"]
    model = TypeAdapter(models[operation["operationId"]])
    found = model.validate_python(example, strict=True)
    assert model.dump_python(found, mode="json") == example


def routes() -> list[Any]:
    return [route for resource in RESOURCES for route in resource.router.routes if hasattr(route, "operation_id")]


def test_every_message_of_the_stream_has_an_example_of_its_shape() -> None:
    document = specs.asyncapi(describe())
    assert document["asyncapi"].startswith("3.0")
    for model in (*messages.HEARD, *messages.SAID):
        described = document["components"]["messages"][model.__name__]
        model.model_validate(described["examples"][0]["payload"])
        assert described["summary"]


def test_every_problem_points_to_its_paragraph(api: Api) -> None:
    page = api.client.get("/docs/problems").text
    for code in CODES:
        assert f'id="{code}"' in page
