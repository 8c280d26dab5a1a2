"""A node that answers from what another one answered before: fast enough that the indexer is the limit, not the node.

What was never asked before is asked of the node behind it. Run as a process of its own, it prints its address.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import urllib3

from local.process import free_port


class Call(msgspec.Struct):
    id: int
    method: str
    params: msgspec.Raw


class Answer(msgspec.Struct):
    id: int
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: Any = None


Known = dict[tuple[str, bytes], bytes]


class Recorded:
    """The answers so far, by method and parameters."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.known: Known = {}
        self._pool = urllib3.PoolManager(maxsize=8)
        self._calls, self._answers = msgspec.json.Decoder(list[Call]), msgspec.json.Decoder(list[Answer])

    def answer(self, body: bytes) -> bytes:
        calls = self._calls.decode(body)
        keys = [(call.method, bytes(call.params)) for call in calls]
        if any(key not in self.known for key in keys):
            self._ask(body, {call.id: key for call, key in zip(calls, keys, strict=True)})
        replies = (
            b'{"jsonrpc":"2.0","id":%d,"result":%s}' % (call.id, self.known[key])
            for call, key in zip(calls, keys, strict=True)
        )
        return b"[" + b",".join(replies) + b"]"

    def _ask(self, body: bytes, keys: dict[int, tuple[str, bytes]]) -> None:
        headers = {"Content-Type": "application/json"}
        for reply in self._answers.decode(self._pool.request("POST", self.node, body=body, headers=headers).data):
            assert reply.error is None, f"the node answered {reply.error} to {keys[reply.id]}"
            self.known[keys[reply.id]] = bytes(reply.result)


def main(node: str) -> None:
    recorded = Recorded(node)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet, or each answer waits 40 ms for an acknowledgement
        disable_nagle_algorithm = True

        def do_POST(self) -> None:  # http.server's name
            body = recorded.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
