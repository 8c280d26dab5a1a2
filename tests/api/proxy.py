"""An API whose node says what a test lets it say: a proxy before the real one."""

import contextlib
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.api.stack import Api, Stack

Answer = Callable[[dict[str, Any], bytes], bytes]
"""Of what was asked, and the real answer."""


@dataclass
class Proxied:
    """answers: by method; what has none there is answered by the node."""

    api: Api = field(init=False)
    answers: dict[str, Answer] = field(default_factory=dict)


def refused(code: int, message: str = "the method does not exist/is not available") -> Answer:
    def answer(asked: dict[str, Any], _: bytes) -> bytes:
        error = {"code": code, "message": message}
        return json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": error}).encode()

    return answer


def replaced(result: Any) -> Answer:
    def answer(asked: dict[str, Any], _: bytes) -> bytes:
        return json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}).encode()

    return answer


def saying(body: Any) -> Answer:
    """JSON that may be no answer at all."""
    return lambda _, __: json.dumps(body).encode()


def changed(change: Callable[[Any], object]) -> Answer:
    """The real answer, with something done to its result."""

    def answer(_: dict[str, Any], real: bytes) -> bytes:
        body = json.loads(real)
        change(body["result"])
        return json.dumps(body).encode()

    return answer


@contextlib.contextmanager
def proxied_api(stack: Stack) -> Iterator[Proxied]:
    """Another API on the stack's database, behind such a node."""
    said = Proxied()

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body)
            request = urllib.request.Request(stack.chain.url, body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=10) as response:
                reply = response.read()
            answer = said.answers.get(asked["method"])
            reply = answer(asked, reply) if answer else reply
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with stack.another_api(rpc=f"http://127.0.0.1:{server.server_port}") as said.api:
            yield said
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
