"""A node that lies: an HTTP server between the indexer and anvil that alters the answers on their way."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import msgspec
import urllib3

from indexer.proof import header_hash
from indexer.replies import SealedHeaderReply
from local.chain import Chain

Request = dict[str, Any]
Reply = dict[str, Any]
REFUSED = {"code": -32005, "message": "query returned too many results"}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. Without a body the connection is closed instead."""

    body: bytes | None
    status: int = 200


Lie = Callable[[list[Request], list[Reply]], Answer]
"""Requests of a batch and the node's true replies, in order, to what is answered instead."""


def honest(_: list[Request], replies: list[Reply]) -> Answer:
    return Answer(json.dumps(replies).encode())


def saying(body: bytes | None, status: int = 200) -> Lie:
    """The same answer whatever was asked."""
    return lambda _requests, _replies: Answer(body, status)


def altering(method: str, change: Callable[[Any], Any]) -> Lie:
    """The truth, but for the results of one method."""

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["method"] == method and reply.get("result"):
                reply["result"] = change(reply["result"])
        return honest(requests, replies)

    return lie


def altering_receipts(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Lie:
    """The truth, but for receipts of blocks that hold logs."""

    def altered(receipts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return change(receipts) if any(receipt["logs"] for receipt in receipts) else receipts

    return altering("eth_getBlockReceipts", altered)


def altering_logs(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Lie:
    """The truth, but for the logs of the first receipt that has any."""

    def altered(receipts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        receipt = next(receipt for receipt in receipts if receipt["logs"])
        receipt["logs"] = change(receipt["logs"])
        return receipts

    return altering_receipts(altered)


def altering_headers(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Lie:
    """The truth, but for every header, whichever way it is asked for."""
    by_number, by_hash = altering("eth_getBlockByNumber", change), altering("eth_getBlockByHash", change)

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        by_number(requests, replies)
        return by_hash(requests, replies)

    return lie


def refusing(method: str) -> Lie:
    """The truth, but for a method that it does not know."""

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["method"] == method:
                reply |= {"result": None, "error": {"code": -32601, "message": f"{method} does not exist"}}
        return honest(requests, replies)

    return lie


def sealed(header: dict[str, Any]) -> dict[str, Any]:
    """A forged header with the hash that its fields have."""
    return header | {"hash": header_hash(msgspec.convert(header, SealedHeaderReply))}


def batching(change: Callable[[list[Reply]], list[Reply]]) -> Lie:
    """The truth, but for the members of the batch."""
    return lambda requests, replies: honest(requests, change(replies))


def writing(change: Callable[[bytes], bytes]) -> Lie:
    """The truth, but for its bytes."""

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        body = honest(requests, replies).body
        assert body is not None
        return Answer(change(body))

    return lie


def once(lie: Lie) -> Lie:
    """Lie once, then tell the truth."""
    lies = iter([lie])
    return lambda requests, replies: next(lies, honest)(requests, replies)


def refusing_ranges_over(blocks: int, refusal: Answer | None = None) -> Lie:
    """The truth, but for logs of more than so many blocks at once."""

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        if all(size <= blocks for size in sizes(requests)):
            return honest(requests, replies)
        return refusal or honest(requests, [{"id": reply["id"], "error": REFUSED} for reply in replies])

    return lie


def sizes(requests: list[Request]) -> list[int]:
    """Blocks in each range of logs that was asked for."""
    filters = [request["params"][0] for request in requests if request["method"] == "eth_getLogs"]
    return [int(f["toBlock"], 16) - int(f["fromBlock"], 16) + 1 for f in filters if "fromBlock" in f]


class LyingNode:
    """Passes requests on to a chain and answers what its lie makes of the replies."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.lie: Lie = honest
        self.asked: list[Request] = []
        """Every request there was."""
        self._pool = urllib3.PoolManager(maxsize=8)
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body in one packet, or each answer waits 40 ms for an acknowledgement
            disable_nagle_algorithm = True

            def do_POST(self) -> None:  # http.server's name
                requests = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = node.answer(requests)
                if answer.body is None:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, requests: list[Request]) -> Answer:
        self.asked += requests
        response = self._pool.request("POST", self.chain.url, json=requests)
        replies = {reply["id"]: reply for reply in response.json()}
        return self.lie(requests, [replies[request["id"]] for request in requests])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def lying(chain: Chain) -> Iterator[LyingNode]:
    """A node that tells the truth until it is told to lie."""
    node = LyingNode(chain)
    try:
        yield node
    finally:
        node.close()
