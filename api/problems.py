"""Errors as problem+json (RFC 9457): a stable code, what was wrong, and what would be right."""

import json
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.openapi import COMPONENTS

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 10
PATH_CHARACTERS_MAX = 200
DOCUMENTATION = "/docs/problems#"


@dataclass(frozen=True)
class Code:
    """A kind of error: its HTTP status, its title, and what the client can do about it."""

    status: int
    title: str
    advice: str


CODES = {
    "invalid-request": Code(
        422, "The request is not well formed", "The detail names the parameter and what is wrong with it."
    ),
    "invalid-address": Code(
        400,
        "That is not an address",
        "0x and 40 hexadecimal digits; capitals are a checksum (EIP-55), so copy the whole address again.",
    ),
    "invalid-account": Code(
        400, "That is not an account id", "0x and 64 hexadecimal digits, or an address for its main account."
    ),
    "invalid-amount": Code(400, "That is not an amount", "A whole number of base units above 0, as text."),
    "invalid-order-id": Code(
        400, "That is not an order's id", "A whole number as text: the property's id * 2^40 + the order's number."
    ),
    "invalid-price": Code(
        400,
        "No order can have that price",
        "A tick, or a price in base units that is a multiple of the book's tick size; the detail names the nearest.",
    ),
    "invalid-hash": Code(400, "That is not a hash", "0x and 64 hexadecimal digits."),
    "invalid-cursor": Code(
        400, "That is not a cursor of this list", "Take next_cursor as it was given, or begin without one."
    ),
    "at-block-not-indexed": Code(
        400,
        "No state is known as of that block",
        "The block lies in the future or before the deployment; min_block waits for one that is to come.",
    ),
    "unknown-property": Code(404, "There is no such property", "/v1/properties lists those that there are."),
    "unknown-document": Code(
        404,
        "There is no such document",
        "An event must name its hash, and somebody must have sent its bytes: PUT them to the same address.",
    ),
    "unknown-offering": Code(404, "That property has no offering", "/v1/offerings lists those that there are."),
    "unknown-market": Code(404, "That property has no book", "/v1/markets lists those that there are."),
    "unknown-order": Code(404, "There is no such order", "/v1/orders?owner= lists a wallet's."),
    "unknown-list": Code(404, "There is no such registry list", "/v1/registry/lists has those that there are."),
    "unknown-transaction": Code(
        404, "No node knows that transaction", "Not sent, not seen yet, or dropped by the network."
    ),
    "operations-off": Code(
        403,
        "This server does not show its operations",
        "Its operator starts it with --operations, behind a wall of his own.",
    ),
    "state-not-kept": Code(
        404,
        "The node gives no proof as of that block",
        "Most nodes keep the states of the newest blocks only: leave out at_block, or let the API ask an archive node.",
    ),
    "not-found": Code(404, "There is nothing at this address", "/v1/openapi.json lists the addresses."),
    "method-not-allowed": Code(405, "This address does not take that method", "/v1/openapi.json lists the methods."),
    "block-orphaned": Code(
        409, "A reorganisation took that block back", "fork_block is the last that still holds; read again from there."
    ),
    "document-not-named": Code(
        409,
        "No event names a document with that hash",
        "Bind the hash to a property first, as metadata or as a document; min_tx waits for that transaction.",
    ),
    "cursor-orphaned": Code(
        409,
        "A reorganisation took back the block that this cursor names",
        "Begin the list again; pages up to fork_block still hold.",
    ),
    "body-too-large": Code(
        413, "The body is larger than any request needs", "A document has 10 MiB at most, every other body 64 KiB."
    ),
    "document-mismatch": Code(
        422, "The bytes are not those of that hash", "Send the very bytes whose keccak256 stands in the address."
    ),
    "export-too-large": Code(
        422, "There are too many postings for one file", "Name a shorter period with from_time and to_time."
    ),
    "unsupported-media-type": Code(
        415,
        "That kind of document is not taken",
        "PDF, JSON, plain text in UTF-8, PNG, JPEG or WebP, with the Content-Type that its bytes have.",
    ),
    "too-slow": Code(408, "The body came too slowly", "Send it again; a minute is the most that it may take."),
    "busy": Code(503, "Too many documents come in just now", "Try again after Retry-After seconds."),
    "not-indexed-yet": Code(
        503,
        "The index has not reached that block yet",
        "Try again after Retry-After seconds; /v1/status says how far the index is.",
    ),
    "database-away": Code(503, "The database does not answer", "Try again after Retry-After seconds; nothing is lost."),
    "node-away": Code(503, "The chain's node does not answer", "Try again after Retry-After seconds; nothing is lost."),
    "not-proven": Code(
        502,
        "The node's proof does not hold",
        "What the node gave does not lead from the block's hash to the balance: do not rely on that node.",
    ),
    "internal": Code(500, "Something is wrong on our side", "A fault of ours, and it is in our log. Try again."),
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


class ProblemResponse(JSONResponse):
    """Plain ASCII: a detail may quote what came in, and half a surrogate pair has no UTF-8."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode()


def problem_response(code: str, detail: str, headers: dict[str, str] | None = None, **extra: Any) -> JSONResponse:
    status, title = CODES[code].status, CODES[code].title
    body = {"type": DOCUMENTATION + code, "title": title, "status": status, "code": code, "detail": detail, **extra}
    return ProblemResponse(body, status, headers)


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint: every status that it can answer with, beside the good one."""
    by_status: dict[int | str, list[str]] = {}
    for code in (*codes, "invalid-request", "database-away", "internal"):
        by_status.setdefault(CODES[code].status, []).append(code)
    return {
        status: {
            "model": ProblemBody,
            "description": "; ".join(f"`{code}`: {CODES[code].title}" for code in codes_of),
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": COMPONENTS + "ProblemBody"}, "example": example_of(codes_of[0])}
            },
        }
        for status, codes_of in by_status.items()
    }


def example_of(code: str) -> dict[str, Any]:
    status, title = CODES[code].status, CODES[code].title
    return {"type": DOCUMENTATION + code, "title": title, "status": status, "code": code, "detail": title}


def install(app: FastAPI) -> None:
    """Every error of the app becomes a problem."""

    async def on_problem(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return problem_response(error.code, error.detail, error.headers, **error.extra)

    async def on_validation(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        found = error.errors()[:ERRORS_MAX]
        errors = [{"at": ".".join(map(str, item["loc"])), "message": item["msg"]} for item in found]
        words = "; ".join(f"{item['at']}: {item['message']}" for item in errors)
        return problem_response("invalid-request", words, errors=errors)

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        headers, path = dict(error.headers or {}), request.url.path[:PATH_CHARACTERS_MAX]
        if error.status_code == 404:
            return problem_response("not-found", f"There is nothing at {path}. /v1/openapi.json lists what there is.")
        if error.status_code == 405:
            allowed = headers.get("Allow") or headers.get("allow") or "another method"
            return problem_response("method-not-allowed", f"{path} takes {allowed}, not {request.method}.", headers)
        if error.status_code < 500:
            return problem_response("invalid-request", f"{error.detail}. The body is JSON in UTF-8.", headers)
        return problem_response("internal", "Something went wrong on our side.", headers)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
