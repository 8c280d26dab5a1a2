"""What the bytes of a document are, told from the bytes alone: nobody's word can have them served as something else.

Owns the kinds that are taken, and what of a JSON document may become a part of other answers.
"""

import json
import re
from decimal import Decimal
from itertools import accumulate
from typing import Any

import msgspec

SUFFIXES = {
    "application/pdf": "pdf",
    "application/json": "json",
    "text/plain": "txt",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
}
"""The media types that are taken, with what a file of each is called."""

SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
JSON_DEPTH_MAX = 512
"""What is nested deeper is a text: how deep a parser goes depends on the process that it runs in."""
DOCUMENT_BYTES_MAX = 64 * 1024
DEPTH_MAX = 32
DIGITS_MAX = 40
LARGEST = int(DIGITS_MAX * "9")
JSON_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
BRACKET_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
NO_BRACKETS = bytes(set(range(256)) - BRACKET_STEPS.keys())


def media_type_of(content: bytes) -> str | None:
    """One of SUFFIXES; None where the bytes are of another kind, or there are none."""
    for signature, media_type in SIGNATURES.items():
        if content.startswith(signature):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if not content or not is_text(content):
        return None
    return "application/json" if is_json(content) else "text/plain"


def is_text(content: bytes) -> bool:
    """UTF-8 without the zeros that only other kinds have."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def is_json(content: bytes) -> bool:
    """An object or an array. Nothing is built of it, so its size costs no memory."""
    if content.lstrip()[:1] not in (b"{", b"[") or json_depth(content) > JSON_DEPTH_MAX:
        return False
    try:
        msgspec.json.decode(content, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def json_depth(content: bytes) -> int:
    """How deep its brackets are nested, of which those in texts are none."""
    brackets = JSON_TEXT.sub(b"", content).translate(None, NO_BRACKETS)
    return max(accumulate(map(BRACKET_STEPS.__getitem__, brackets)), default=0)


def json_object_of(content: bytes) -> str | None:
    """The text of a JSON object that every answer can carry: at most 64 KiB, not nested deeply, with numbers of
    an ordinary size and with texts that Postgres can hold. None of anything else."""
    if len(content) > DOCUMENT_BYTES_MAX:
        return None
    try:
        text = content.decode()
        found = json.loads(text, parse_float=Decimal, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return text if isinstance(found, dict) and is_modest(found, DEPTH_MAX) else None


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def is_modest(value: Any, depth: int) -> bool:
    """Whether a parsed value is nested at most so deep, and its numbers and texts are of the kind that is let in."""
    match value:
        case dict():
            parts = [part for pair in value.items() for part in pair]
            return depth > 0 and all(is_modest(part, depth - 1) for part in parts)
        case list():
            return depth > 0 and all(is_modest(part, depth - 1) for part in value)
        case str():
            return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
        case Decimal():
            exponent = value.as_tuple().exponent
            return isinstance(exponent, int) and abs(exponent) <= DIGITS_MAX and abs(value.adjusted()) <= DIGITS_MAX
        case bool() | None:
            return True
        case int():
            return -LARGEST < value < LARGEST
    return False
