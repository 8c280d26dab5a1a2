"""The OpenAPI document: FastAPI's, and headers of reads, errors as problem+json, an example of every answer.

An example is put together from the examples of its fields, so that no second copy can go stale.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

COMPONENTS = "#/components/schemas/"
HEADERS = {
    "X-Indexed-Block": "newest block of the index",
    "X-Indexed-Block-Hash": "its hash",
    "X-Finalized-Block": "newest block that no reorganisation can reach",
    "X-Head-Block": "newest block of the chain, as of the index's last step",
    "ETag": "changes with every block, and where documents are told of with their arrival, and with nothing else",
}

Schema = dict[str, Any]


def install(app: FastAPI) -> None:
    """Serve the document with an example of every answer."""

    def document() -> Schema:
        if app.openapi_schema is None:
            app.openapi_schema = openapi(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def openapi(app: FastAPI) -> Schema:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes, summary="Property in fractions.")
    components = document["components"]["schemas"]
    for name in [name for name in components if name in ("HTTPValidationError", "ValidationError")]:
        del components[name]
    for path in document["paths"].values():
        for method, operation in path.items():
            if method == "get":
                describe_read(operation)
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    for content in response.get("content", {}).values():
                        if "example" not in content:
                            content["example"] = example_of(content["schema"], components)
                elif "content" in response:
                    del response["content"]["application/json"]
    return document


def describe_read(operation: Schema) -> None:
    """What every read of the index answers beside its body; a document's bytes are the same at any block."""
    is_of_a_block = list(operation["responses"]["200"]["content"]) == ["application/json"]
    if is_of_a_block and "min_block" in {parameter["name"] for parameter in operation.get("parameters", [])}:
        headers = {name: {"description": words, "schema": {"type": "string"}} for name, words in HEADERS.items()}
        operation["responses"]["200"]["headers"] = headers
        operation["responses"]["304"] = {"description": "If-None-Match names this very answer", "headers": headers}


def example_of(schema: Schema, components: Schema) -> Any:
    """A value of a schema, from the examples of its fields."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].removeprefix(COMPONENTS)], components)
    if "contentMediaType" in schema:
        return "..."
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema or "enum" in schema:
        return schema.get("const") or schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components)
    match schema["type"]:
        case "object" if "properties" in schema:
            return {name: example_of(part, components) for name, part in schema["properties"].items()}
        case "array":
            return [example_of(schema["items"], components)]
        case "object":
            return {}
        case "boolean":
            return True
    raise AssertionError(f"a field without an example: {schema}")
