"""Pages by opaque keyset cursor: the place of the last row and the hash of its block."""

import base64
import struct
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from api.problems import Problem
from api.reads import Anchor, Answer

LIMIT_DEFAULT, LIMIT_MAX = 50, 200
FORMAT = struct.Struct(">QI32s")

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="rows in a page")]
CursorText = Annotated[str | None, Query(max_length=100, description="`next_cursor` of the page before")]


class Page(BaseModel):
    """What every list answers beside its rows."""

    next_cursor: str | None = Field(examples=["AAAAAAAAAHYAAAAAq6ur"], description="null on the last page")


def encode_cursor(answer: Answer, limit: int) -> str | None:
    """The cursor after a full page; None where there is no more."""
    if len(answer.rows) < limit:
        return None
    last = answer.rows[-1]
    place = FORMAT.pack(last["block_number"], last["log_index"], bytes.fromhex(last["block_hash"][2:]))
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def decode_cursor(text: str | None) -> Anchor | None:
    """Raises Problem where the text is not a cursor that this API gave."""
    if text is None:
        return None
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        number, index, block_hash = FORMAT.unpack(decoded)
    except (ValueError, struct.error):
        raise Problem("invalid-cursor", "The cursor is not one that this API gave. Begin without one.") from None
    if number >= 2**63 or index >= 2**31:
        raise Problem("invalid-cursor", "The cursor is not one that this API gave. Begin without one.")
    return Anchor(number, index, "0x" + block_hash.hex())
