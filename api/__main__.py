"""freehold api: serve the API and the page from Postgres."""

import sys

import uvicorn

from api.app import create_app
from api.settings import parse
from indexer.errors import Halt

SHUTDOWN_SECONDS = 2


def main(arguments: list[str]) -> int:
    settings = parse(arguments)
    try:
        app = create_app(settings)
    except Halt as halt:
        print(f"freehold api: {halt}", file=sys.stderr)
        return 3
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ws_max_size=64 * 1024,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
