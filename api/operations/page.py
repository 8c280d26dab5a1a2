"""GET /operations: the operator's page, drawn by the server, so that it needs neither a build nor the stream."""

from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.operations.route import Operating
from api.problems import CODES, Problem

router = APIRouter(include_in_schema=False)

THIN_SPACE = "\u2009"
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
"""Seconds of each, the longest first."""
STATES = {
    "following": "Following the chain",
    "catching_up": "Catching up",
    "waiting": "Waiting",
    "halted": "Halted",
    "stopped": "Nobody leads",
    "empty": "Empty",
    "away": "Database away",
}
SOUND = ("following", "catching_up")

pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


@router.get("/operations")
async def operations_page(operator: Operating) -> HTMLResponse:
    """What GET /v1/operations answers, for people; without the database it says so, and goes on trying."""
    try:
        return HTMLResponse(drawn(found=await operator.read(), trouble=None))
    except Problem as problem:
        return HTMLResponse(drawn(found=None, trouble=problem.detail), CODES[problem.code].status)


def drawn(**shown: object) -> str:
    return pages.get_template("page.html").render(states=STATES, sound=SOUND, **shown)


def grouped(number: int) -> str:
    """12 345."""
    return f"{number:,}".replace(",", THIN_SPACE)


def span(seconds: int) -> str:
    """In the longest unit of which it is one at least: 3 min."""
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "0 s"


def clock(seconds: int) -> str:
    """Of a time in seconds since 1970, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%d %b %H:%M:%S}"


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def shortened(text: str) -> str:
    return f"{text[:6]}…{text[-4:]}" if len(text) > 13 else text


pages.filters.update(grouped=grouped, span=span, clock=clock, iso=iso, shortened=shortened)
