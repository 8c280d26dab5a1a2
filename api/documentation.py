"""GET /docs/problems: the page that every problem's `type` points to."""

import html

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.problems import CODES

router = APIRouter(include_in_schema=False)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Problems - Freehold</title>
<link rel="stylesheet" href="/assets/style.css">
</head>
<body>
<main class="page">
<h1>Problems</h1>
<p>Every error of the API is <code>application/problem+json</code> (RFC 9457) with a stable <code>code</code>.</p>
{sections}
</main>
</body>
</html>
"""
SECTION = """<section class="section" id="{code}">
<h2>{title}</h2>
<p><code>{code}</code>, status {status}</p>
<p>{advice}</p>
</section>"""


@router.get("/docs/problems")
async def problems() -> HTMLResponse:
    """Every code with its status, its meaning and what the client can do."""
    sections = [
        SECTION.format(code=code, status=kind.status, title=html.escape(kind.title), advice=html.escape(kind.advice))
        for code, kind in CODES.items()
    ]
    return HTMLResponse(PAGE.format(sections="\n".join(sections)))
