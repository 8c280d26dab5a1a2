"""Documents: what issuers bound to properties by hash, and the bytes behind the hashes, which anyone may bring.

Bytes are taken where an event names their hash, and served while one does.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

from eth_hash.auto import keccak
from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from api.freshness import AT, FRESH, At_, Fresh
from api.library import CONTENT_BYTES_MAX, Library, Stored, arrivals, with_content
from api.media import SUFFIXES, json_object_of, media_type_of
from api.problems import Problem, documented
from api.properties import PropertyId, unknown_property
from api.reads import Answer, At, Meta, Placed, Reader, respond
from api.values import HashOut, hexadecimal, parse_hash, raw
from indexer.projections.documents import documents_naming, documents_of
from indexer.projections.history import NEWEST
from indexer.projections.properties import metadata_naming, metadata_of, properties_at

router = APIRouter(tags=["documents"])

UPLOAD_SECONDS_MAX = 60
METADATA_NAME = "metadata"
CACHED = "public, max-age=31536000, immutable"
# What an issuer wrote must not act in our name, whatever a browser takes it for.
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
CONTENT: dict[str, Any] = {
    media_type: {"schema": {"type": "string", "contentMediaType": media_type}} for media_type in SUFFIXES
}


class DocumentOut(Placed):
    """One version of what an issuer bound to a property; its place is that of the binding."""

    property_id: int = Field(examples=[1])
    name: str = Field(examples=["valuation 2026"], description="`metadata` for the metadata document")
    version: int = Field(examples=[1], description="counts per name, from 1")
    content_hash: HashOut
    uri: str | None = Field(examples=[None], description="where it was published; never fetched by this API")
    available: bool = Field(description="whether its bytes are here, at /v1/documents/{hash}")
    size: int | None = Field(examples=[48213], description="in bytes")
    media_type: str | None = Field(examples=["application/pdf"])
    is_current: bool = Field(description="whether no later version of this name is bound")
    is_metadata: bool = Field(examples=[False], description="whether it is the metadata document")


class DocumentList(BaseModel):
    meta: Meta
    documents: list[DocumentOut]


class DocumentKept(BaseModel):
    """Bytes that are here for good."""

    hash: HashOut
    size: int = Field(examples=[48213], description="in bytes")
    media_type: str = Field(examples=["application/pdf"])


def document_out(answer: Answer, row: dict[str, Any], is_current: bool) -> DocumentOut:
    return DocumentOut(
        **answer.placed(row),
        property_id=row["property_id"],
        name=row.get("name", METADATA_NAME),
        version=row["version"],
        content_hash=hexadecimal(row["content_hash"]),
        uri=row["uri"] or None,
        available=row["size"] is not None,
        size=row["size"],
        media_type=row["media_type"],
        is_current=is_current,
        is_metadata="name" not in row,
    )


def documents_out(answer: Answer) -> list[DocumentOut]:
    """Metadata first, then by name; of each the newest version first."""
    rows = [row for name in ("metadata", "documents") for row in answer.sets[name]]
    rows.sort(key=lambda row: (row.get("name_raw", ""), -row["block_number"], -row["log_index"]))
    before = [None, *(row.get("name_raw", "") for row in rows)]
    return [document_out(answer, row, row.get("name_raw", "") != last) for row, last in zip(rows, before, strict=False)]


@router.get(
    "/properties/{property_id}/documents",
    operation_id="listDocuments",
    response_model=DocumentList,
    responses=documented("unknown-property", *AT, *FRESH),
)
async def list_documents(request: Request, reader: Fresh, at: At_, property_id: PropertyId) -> Response:
    """Every version of a property's metadata and documents. Whether bytes are here is told as of now."""
    selects = {
        "property": properties_at(at.bound, property_id),
        "metadata": with_content(metadata_of(property_id, at.bound)),
        "documents": with_content(documents_of(property_id, at.bound)),
    }
    answer = await reader.answers(selects, at)
    if not answer.sets["property"]:
        raise unknown_property(answer, property_id)
    documents = documents_out(answer)
    came = arrivals(document.content_hash for document in documents if document.available)
    return respond(request, answer, DocumentList(meta=answer.meta, documents=documents), came)


def library_of(request: Request) -> Library:
    library: Library = request.app.state.library
    return library


Books = Annotated[Library, Depends(library_of)]
ContentHash = Annotated[str, Path(description="keccak256 of the bytes", examples=["0x" + 32 * "ab"])]


@router.get(
    "/documents/{content_hash}",
    operation_id="getDocument",
    response_class=Response,
    responses={
        200: {"description": "the bytes", "content": CONTENT},
        304: {"description": "If-None-Match names this document"},
        **documented("unknown-document", *FRESH),
    },
)
async def get_document(request: Request, reader: Fresh, library: Books, content_hash: ContentHash) -> Response:
    """The bytes behind a hash that an event names. Safe to open: nothing in them can run."""
    wanted, stored = await look_up(reader, library, content_hash)
    headers = headers_of(wanted, stored)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    first = await library.piece(wanted, 0)
    return StreamingResponse(library.pieces(wanted, stored, first), headers=headers)


@router.head(
    "/documents/{content_hash}",
    operation_id="headDocument",
    response_class=Response,
    responses={200: {"description": "its size and kind, as headers"}, **documented("unknown-document", *FRESH)},
)
async def head_document(reader: Fresh, library: Books, content_hash: ContentHash) -> Response:
    """Whether the bytes are here, how many, of what kind."""
    return Response(headers=headers_of(*await look_up(reader, library, content_hash)))


async def look_up(reader: Reader, library: Library, content_hash: str) -> tuple[str, Stored]:
    """The hash as it is stored, and what is there. Raises Problem where nothing names it, or nobody brought it."""
    wanted = parse_hash(content_hash, "hash")
    stored = await library.find(wanted)
    if stored is None or not await is_named(reader, wanted):
        raise Problem("unknown-document", f"No document {wanted} is here, or no event names it.")
    return wanted, stored


async def is_named(reader: Reader, content_hash: str) -> bool:
    """Whether an event of the chain as it is now binds this hash to a property, in any version."""
    names = {"metadata": metadata_naming, "documents": documents_naming}
    selects = {name: naming(raw(content_hash), NEWEST).limit(1) for name, naming in names.items()}
    return any((await reader.answers(selects, At())).sets.values())


def headers_of(content_hash: str, stored: Stored) -> dict[str, str]:
    charset = "; charset=utf-8" if stored.media_type.startswith("text/") else ""
    known = SUFFIXES.get(stored.media_type)
    name = f"{content_hash}.{known or 'bin'}"
    return {
        "Content-Type": stored.media_type + charset,
        "Content-Length": str(stored.size),
        "Content-Disposition": f'{"inline" if known else "attachment"}; filename="{name}"',
        "Content-Security-Policy": CONTENT_POLICY,
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{content_hash}"',
        "Cache-Control": CACHED,
    }


@router.put(
    "/documents/{content_hash}",
    operation_id="putDocument",
    response_model=DocumentKept,
    responses={
        200: {"description": "They were here before"},
        201: {"model": DocumentKept, "description": "They are here from now on"},
        **documented(
            "document-not-named", "document-mismatch", "unsupported-media-type", "body-too-large", "too-slow", "busy",
            *FRESH,
        ),
    },
    openapi_extra={"requestBody": {"required": True, "description": "at most 10 MiB", "content": CONTENT}},
)  # fmt: skip
async def put_document(request: Request, reader: Fresh, library: Books, content_hash: ContentHash) -> Response:
    """Bring the bytes behind a hash that an event names; anyone may, and as often as they like."""
    wanted = parse_hash(content_hash, "hash")
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in SUFFIXES:
        raise Problem("unsupported-media-type", f"Content-Type is {declared[:80]!r}, not one of {', '.join(SUFFIXES)}.")
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and int(length[:20]) <= CONTENT_BYTES_MAX):
        raise too_large()
    if not await is_named(reader, wanted):
        raise Problem(
            "document-not-named", f"No event up to block {reader.watch.tip and reader.watch.tip.number} names {wanted}."
        )
    async with place_for_upload(reader, library):
        body = await read_content(request, wanted)
        found = await asyncio.to_thread(media_type_of, body)
        if found != declared:
            raise Problem(
                "unsupported-media-type", f"These bytes are {found or 'of no kind that is taken'}, not {declared}."
            )
        is_new = await library.add(wanted, Stored(found, len(body)), body, json_object_of(body))
    kept = DocumentKept(hash=wanted, size=len(body), media_type=found)
    return Response(kept.model_dump_json(), 201 if is_new else 200, media_type="application/json")


@contextlib.asynccontextmanager
async def place_for_upload(reader: Reader, library: Library) -> AsyncIterator[None]:
    """Raises Problem where too many are on their way in for too long."""
    try:
        async with asyncio.timeout(reader.wait_seconds):
            await library.uploads.acquire()
    except TimeoutError:
        raise Problem("busy", "Too many documents are on their way in.", {"Retry-After": "5"}) from None
    try:
        yield
    finally:
        library.uploads.release()


async def read_content(request: Request, content_hash: str) -> bytes:
    """The body, hashed as it comes. Raises Problem where it is too large, too slow, or not what the hash says."""
    parts: list[bytes] = []
    size, digest = 0, keccak.new(b"")
    try:
        async with asyncio.timeout(UPLOAD_SECONDS_MAX):
            async for part in request.stream():
                size += len(part)
                if size > CONTENT_BYTES_MAX:
                    raise too_large()
                parts.append(part)
                digest.update(part)
    except (TimeoutError, ClientDisconnect):
        raise Problem("too-slow", f"The body was not here after {UPLOAD_SECONDS_MAX} s.") from None
    found = "0x" + digest.digest().hex()
    if found != content_hash:
        raise Problem(
            "document-mismatch", f"The {size} bytes that came have the keccak256 {found}, not {content_hash}."
        )
    return b"".join(parts)


def too_large() -> Problem:
    return Problem("body-too-large", f"A document may have {CONTENT_BYTES_MAX} bytes.")
