"""The API on one screen: routes, middleware, lifespan."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import Depends, FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match, Mount
from starlette.types import Lifespan, Scope

from api import (
    accounts,
    book,
    candles,
    documentation,
    documents,
    holdings,
    markets,
    offerings,
    openapi,
    orders,
    portfolio,
    postings,
    problems,
    profits,
    proofs,
    properties,
    quotes,
    registry,
    rents,
    roles,
    status,
    stream,
    trades,
    transactions,
    treasury,
)
from api.export import route as export
from api.feed import Feed
from api.guard import Guard, log
from api.library import Library
from api.node import ChainNode
from api.operations import page as operations_page
from api.operations import route as operations
from api.operations.reading import Operator
from api.parameters import refuse_unknown_parameters
from api.prepare.routes import ACTIONS
from api.problems import problem_response
from api.reads import EXPOSED, Reader, create_engine
from api.settings import Settings
from api.tip import TipWatch
from indexer.deployment import read_deployment

STATIC = Path(__file__).parent / "static"
RESOURCES = (
    status, properties, documents, holdings, offerings, rents, accounts, export, postings, portfolio, profits, markets,
    book, trades, candles, quotes, orders, registry, roles, treasury, proofs, transactions, *ACTIONS, stream,
    operations,
)  # fmt: skip


def create_app(settings: Settings) -> FastAPI:
    """The whole API and the page. Raises Halt where the manifest cannot be read."""
    deployment = read_deployment(settings.manifest)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine, watch, node = create_engine(settings.database), TipWatch(settings.primary), ChainNode(settings.rpc)
        reader = Reader(engine, watch, node, settings.wait_seconds)
        feed = Feed(reader)
        app.state.reader, app.state.feed = reader, feed
        app.state.library = Library(settings.primary, reader)
        app.state.exports = asyncio.Semaphore(export.AT_ONCE_MAX)
        tasks = [asyncio.create_task(watch.run()), asyncio.create_task(feed.run())]
        for task in tasks:
            task.add_done_callback(end_with)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await node.close()
        await engine.dispose()

    app = describe(lifespan)
    app.state.deployment = deployment
    app.state.operator = Operator(settings.primary) if settings.operations else None
    problems.install(app)
    app.add_middleware(Guard)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "HEAD", "POST", "PUT"], allow_headers=["*"],
        expose_headers=list(EXPOSED),
    )  # fmt: skip

    @app.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(request: Request) -> Response:
        reader: Reader = request.app.state.reader
        if not reader.watch.connected:
            return problem_response("database-away", "The database does not answer.")
        if not reader.watch.tip:
            return problem_response("not-indexed-yet", "Nothing is indexed yet.")
        await reader.position()
        return Response(status_code=204)

    if STATIC.joinpath("index.html").exists():
        app.router.routes.append(Page("/", StaticFiles(directory=STATIC, html=True), name="page"))
    return app


def describe(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """The API's routes and their document; without a lifespan there is no database and no node behind them."""
    app = FastAPI(title="Freehold", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None,
                  openapi_url="/v1/openapi.json")  # fmt: skip
    for resource in RESOURCES:
        app.include_router(resource.router, prefix="/v1", dependencies=[Depends(refuse_unknown_parameters)])
    app.include_router(documentation.router)
    app.include_router(operations_page.router)
    openapi.install(app)
    return app


class Page(Mount):
    """Every path that is not the API's; without this, a wrong method on one of the API's paths was a missing file."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.NONE, {}) if scope["path"].startswith("/v1/") else super().matches(scope)


def end_with(task: asyncio.Task[None]) -> None:
    """A process whose feed has died would serve a silent stream for ever: it rather ends, and is started again."""
    if not task.cancelled() and (error := task.exception()):
        log.critical("the API ends, because a task of its own has died", exc_info=error)
        signal.raise_signal(signal.SIGTERM)
