"""The API of the local stack: the same app, and beside it a wallet for visitors who have none.

The wallet's page script speaks EIP-1193 through /local/rpc to the accounts that the local chain holds
unlocked. Nothing of this exists where the API is started by `freehold api`.
"""

import sys
from typing import Any

import aiohttp
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.routing import Mount

from api.app import STATIC, create_app
from api.settings import Settings, parse
from local.people import FIRST_PERSON, NAMES

WALLET_SCRIPT = '<script type="module" src="/local/wallet.js"></script></head>'
METHODS = frozenset(
    ("eth_accounts", "eth_chainId", "eth_blockNumber", "eth_sendTransaction", "eth_getTransactionReceipt",
     "eth_getTransactionByHash", "eth_call", "eth_estimateGas", "eth_getBalance", "eth_gasPrice", "eth_getCode",
     "eth_signTypedData_v4", "personal_sign", "eth_getBlockByNumber", "eth_maxPriorityFeePerGas", "eth_feeHistory",
     "eth_getTransactionCount", "net_version")
)  # fmt: skip


def create_local_app(settings: Settings) -> FastAPI:
    app = create_app(settings)
    page = [route for route in app.router.routes if isinstance(route, Mount)]
    for route in page:
        app.router.routes.remove(route)

    @app.post("/local/rpc", include_in_schema=False)
    async def rpc(request: Request) -> Response:
        """One JSON-RPC request of a wallet's, passed on to the local chain."""
        asked: Any = await request.json()
        if not isinstance(asked, dict) or asked.get("method") not in METHODS:
            return Response('{"error": {"code": 4200, "message": "unsupported method"}}', 200)
        async with aiohttp.ClientSession() as session, session.post(settings.rpc, json=asked) as reply:
            return Response(await reply.read(), reply.status, media_type="application/json")

    @app.get("/local/people", include_in_schema=False)
    async def people() -> list[dict[str, Any]]:
        """Who lives on the local chain, in the order of the chain's accounts."""
        return [{"name": name, "index": index} for index, name in enumerate(NAMES) if index >= FIRST_PERSON]

    @app.get("/local/wallet.js", include_in_schema=False)
    async def wallet() -> FileResponse:
        return FileResponse(STATIC / "local-wallet.js", media_type="text/javascript")

    @app.get("/", include_in_schema=False)
    async def index() -> HTMLResponse:
        return HTMLResponse((STATIC / "index.html").read_text().replace("</head>", WALLET_SCRIPT, 1))

    app.router.routes.extend(page)
    return app


if __name__ == "__main__":
    chosen = parse(sys.argv[1:])
    uvicorn.run(
        create_local_app(chosen), host=chosen.host, port=chosen.port, log_level="warning", timeout_graceful_shutdown=1
    )
