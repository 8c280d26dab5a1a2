"""Errors as problem+json (RFC 9457): a stable code, what was wrong, and what would be right."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
DOCUMENTATION = "/docs/problems#"

CODES: dict[str, tuple[int, str]] = {
    "invalid-request": (422, "The request is not well formed"),
    "invalid-address": (400, "That is not an address"),
    "invalid-account": (400, "That is not an account id"),
    "invalid-amount": (400, "That is not an amount"),
    "invalid-hash": (400, "That is not a hash"),
    "invalid-cursor": (400, "That is not a cursor of this list"),
    "at-block-not-indexed": (400, "No state is known as of that block"),
    "unknown-property": (404, "There is no such property"),
    "unknown-transaction": (404, "No node knows that transaction"),
    "not-found": (404, "There is nothing at this address"),
    "method-not-allowed": (405, "This address does not take that method"),
    "block-orphaned": (409, "A reorganisation took that block back"),
    "cursor-orphaned": (409, "A reorganisation took back the row at which this page was to begin"),
    "body-too-large": (413, "The body is larger than any request needs"),
    "not-indexed-yet": (503, "The index has not reached that block yet"),
    "database-away": (503, "The database does not answer"),
    "node-away": (503, "The chain's node does not answer"),
    "internal": (500, "Something is wrong on our side"),
}


class Problem(Exception):
    """An answer that is an error. `code` is a key of CODES; extra members go into the body as they are."""

    def __init__(self, code: str, detail: str, headers: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.code, self.detail, self.headers, self.extra = code, detail, headers, extra


class ProblemBody(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["/docs/problems#unknown-property"])
    title: str = Field(examples=["There is no such property"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["unknown-property"], description="stable; made for programs")
    detail: str = Field(examples=["No property 9 was listed up to block 120. Listed are those of /v1/properties."])


def problem_response(code: str, detail: str, headers: dict[str, str] | None = None, **extra: Any) -> JSONResponse:
    status, title = CODES[code]
    body = {"type": DOCUMENTATION + code, "title": title, "status": status, "code": code, "detail": detail, **extra}
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint: every status that it can answer with, beside the good one."""
    by_status: dict[int | str, list[str]] = {}
    for code in (*codes, "invalid-request", "database-away"):
        by_status.setdefault(CODES[code][0], []).append(code)
    return {
        status: {
            "model": ProblemBody,
            "description": "; ".join(f"`{code}`: {CODES[code][1]}" for code in codes_of),
            "content": {MEDIA_TYPE: {"example": example_of(codes_of[0])}},
        }
        for status, codes_of in by_status.items()
    }


def example_of(code: str) -> dict[str, Any]:
    status, title = CODES[code]
    return {"type": DOCUMENTATION + code, "title": title, "status": status, "code": code, "detail": title}


def install(app: FastAPI) -> None:
    """Every error of the app becomes a problem."""

    async def on_problem(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return problem_response(error.code, error.detail, error.headers, **error.extra)

    async def on_validation(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        errors = [{"at": ".".join(map(str, item["loc"])), "message": item["msg"]} for item in error.errors()]
        words = "; ".join(f"{item['at']}: {item['message']}" for item in errors)
        return problem_response("invalid-request", words, errors=errors)

    async def on_http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "internal")
        return problem_response(code, str(error.detail), dict(error.headers or {}))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
