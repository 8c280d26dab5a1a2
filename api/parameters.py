"""Refuses query parameters that an endpoint does not have: `at_blok=5` would be answered as of now."""

from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

from api.problems import Problem


async def refuse_unknown_parameters(connection: HTTPConnection) -> None:
    """Raises Problem where the query names what the endpoint's own document does not."""
    route = connection.scope.get("route")
    if not isinstance(route, APIRoute) or not connection.query_params:
        return
    known = parameters_of(connection.app.openapi(), str(route.operation_id))
    unknown = sorted(set(connection.query_params) - set(known))
    if unknown:
        takes = f"takes {', '.join(known)}" if known else "takes none"
        raise Problem("invalid-request", f"There is no parameter {unknown[0][:80]!r} here: this endpoint {takes}.")


def parameters_of(document: dict[str, Any], operation_id: str) -> list[str]:
    """Names of an operation's query parameters, as its OpenAPI document has them."""
    operations = (operation for path in document["paths"].values() for operation in path.values())
    found = next(operation for operation in operations if operation["operationId"] == operation_id)
    return sorted(item["name"] for item in found.get("parameters", []) if item["in"] == "query")
