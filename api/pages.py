"""Pages by opaque keyset cursor: the place of the last row and the hash of its block."""

import base64
import struct
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from api.problems import Problem
from api.reads import Anchor, Answer

LIMIT_DEFAULT, LIMIT_MAX = 50, 200
FORMAT = struct.Struct(">QI32s")
CURSOR_CHARACTERS = 59

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="rows in a page")]
CursorText = Annotated[str | None, Query(description="`next_cursor` of the page before")]


class Page(BaseModel):
    """What every list answers beside its rows."""

    next_cursor: str | None = Field(examples=["AAAAAAAAAHYAAAAAq6ur"], description="null on the last page")


def page_of(answer: Answer, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """The rows of a page and the cursor after it. Needs an answer to limit + 1 rows: the one too many says that
    there is more."""
    rows = answer.rows[:limit]
    return rows, encode_cursor(rows[-1]) if len(answer.rows) > limit else None


def encode_cursor(last: dict[str, Any]) -> str:
    place = FORMAT.pack(last["block_number"], last["log_index"], bytes.fromhex(last["block_hash"][2:]))
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def decode_cursor(text: str | None) -> Anchor | None:
    """Raises Problem where the text is not a cursor that this API gave."""
    if text is None:
        return None
    if len(text) != CURSOR_CHARACTERS:
        raise forged()
    try:
        decoded = base64.b64decode(text + "=", altchars=b"-_", validate=True)
        number, index, block_hash = FORMAT.unpack(decoded)
    except (ValueError, struct.error):
        raise forged() from None
    if number >= 2**63 or index >= 2**31:
        raise forged()
    return Anchor(number, index, "0x" + block_hash.hex())


def forged() -> Problem:
    return Problem("invalid-cursor", "The cursor is not one that this API gave. Begin without one.")
