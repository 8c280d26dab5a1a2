"""The API on one screen: routes, middleware, lifespan."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.cors import CORSMiddleware

from api import accounts, holdings, portfolio, postings, problems, properties, status, stream, transactions
from api.node import ChainNode
from api.problems import problem_response
from api.reads import EXPOSED, Reader, create_engine
from api.settings import Settings
from api.tip import TipWatch
from indexer.deployment import read_deployment

STATIC = Path(__file__).parent / "static"
BODY_BYTES_MAX = 64 * 1024
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
}
RESOURCES = (status, properties, holdings, accounts, postings, portfolio, transactions, stream)


def create_app(settings: Settings) -> FastAPI:
    """The whole API and the page. Raises Halt where the manifest cannot be read."""
    deployment = read_deployment(settings.manifest)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine, watch, node = create_engine(settings.database), TipWatch(settings.primary), ChainNode(settings.rpc)
        reader = Reader(engine, watch, node)
        feed = stream.Feed(reader)
        app.state.reader, app.state.feed = reader, feed
        tasks = [asyncio.create_task(watch.run()), asyncio.create_task(feed.run())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await node.close()
        await engine.dispose()

    app = FastAPI(title="Freehold", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None,
                  openapi_url="/v1/openapi.json")  # fmt: skip
    app.state.deployment = deployment
    problems.install(app)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"],
        expose_headers=list(EXPOSED),
    )  # fmt: skip

    @app.middleware("http")
    async def guard(request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Limits on what comes in, headers on what goes out."""
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            return problem_response("body-too-large", f"The body may have {BODY_BYTES_MAX} bytes.")
        response = await call_next(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    for resource in RESOURCES:
        app.include_router(resource.router, prefix="/v1")

    @app.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(request: Request) -> Response:
        tip = request.app.state.reader.watch.tip
        return Response(status_code=204) if tip else problem_response("not-indexed-yet", "Nothing is indexed yet.")

    if STATIC.joinpath("index.html").exists():
        app.mount("/", StaticFiles(directory=STATIC, html=True), name="page")
    return app
