"""Pages by opaque keyset cursor: the place of the last row and the hash of its block, and its key where the list is
in the order of one.

A list of what is, in an order that any block may change, is as of one block on all its pages: its cursor names that.
"""

import base64
import struct
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from api.problems import Problem
from api.reads import Anchor, Answer, At
from api.values import raw

LIMIT_DEFAULT, LIMIT_MAX = 50, 200
FORMAT = struct.Struct(">QI32s")

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="rows in a page")]
CursorText = Annotated[str | None, Query(description="`next_cursor` of the page before")]


class Page(BaseModel):
    """What every list answers beside its rows."""

    next_cursor: str | None = Field(examples=["AAAAAAAAAHYAAAAAq6ur"], description="null on the last page")


def page_of(
    answer: Answer, limit: int, name: str = "rows", key: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """The rows of a page and the cursor after it. Needs an answer to limit + 1 rows: the one too many says that
    there is more. name: of the select; key: the column of bytes by which the list is in order, if not by place."""
    found = answer.sets[name]
    rows = found[:limit]
    return rows, encode_cursor(rows[-1], key) if len(found) > limit else None


def page_as_of(
    answer: Answer, limit: int, key: Callable[[dict[str, Any]], bytes]
) -> tuple[list[dict[str, Any]], str | None]:
    """The same of a list of what is. key: of a row, which stands for its position in the order."""
    rows = answer.rows[:limit]
    has_more = len(answer.rows) > limit
    return rows, encode(answer.meta.at_block, 0, answer.at_hash, key(rows[-1])) if has_more else None


def as_of(at: At, anchor: Anchor | None) -> At:
    """Of which block a page of a list of what is has to be: that of the first page."""
    if anchor is None:
        return at
    if isinstance(at.block, int) and at.block != anchor.block_number:
        raise Problem(
            "invalid-cursor",
            f"The cursor goes on with a list as of block {anchor.block_number}, not {at.block}. Begin without one.",
        )
    return At(anchor.block_number, f"Block {anchor.block_number}")


def encode_cursor(last: dict[str, Any], key: str | None = None) -> str:
    return encode(last["block_number"], last["log_index"], last["block_hash"], raw(last[key]) if key else b"")


def encode(number: int, index: int, block_hash: str, key: bytes) -> str:
    return base64.urlsafe_b64encode(FORMAT.pack(number, index, raw(block_hash)) + key).decode().rstrip("=")


def decode_cursor(text: str | None, key_bytes: int = 0) -> Anchor | None:
    """Raises Problem where the text is not a cursor that this API gave for a list with keys of so many bytes."""
    if text is None:
        return None
    size = FORMAT.size + key_bytes
    if len(text) != -(-size * 4 // 3):
        raise forged()
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        number, index, block_hash = FORMAT.unpack_from(decoded)
    except (ValueError, struct.error):
        raise forged() from None
    if number >= 2**63 or index >= 2**31:
        raise forged()
    return Anchor(number, index, "0x" + block_hash.hex(), decoded[FORMAT.size :])


def forged() -> Problem:
    return Problem("invalid-cursor", "The cursor is not one that this API gave. Begin without one.")
