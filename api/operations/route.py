"""GET /v1/operations, where the server was started to show them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.operations.answers import Operations
from api.operations.reading import Operator
from api.problems import Problem, documented

router = APIRouter(tags=["operations"])


def operator_of(request: Request) -> Operator:
    operator: Operator | None = request.app.state.operator
    if operator is None:
        raise Problem("operations-off", "This server does not show them. Next: freehold api --operations")
    return operator


Operating = Annotated[Operator, Depends(operator_of)]


@router.get(
    "/operations",
    operation_id="getOperations",
    response_model=Operations,
    responses=documented("operations-off"),
)
async def get_operations(operator: Operating) -> Operations:
    """Where the index stands, whom it asks, whether it is what the contracts say, and what to do next."""
    return await operator.read()
