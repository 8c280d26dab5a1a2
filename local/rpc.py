"""JSON-RPC to a local chain over one open connection, for whoever has thousands of requests and knows their shape."""

import http.client
import itertools
import json
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from eth_utils.crypto import keccak

TIMEOUT_SECONDS = 120
WORD = 32


class Refused(Exception):
    """The node answered with an error; data: what a contract said when it reverted, 0x where it said nothing."""

    def __init__(self, message: str, data: str) -> None:
        super().__init__(message)
        self.data = data


class Rpc:
    """One connection, one request at a time; a batch counts as one."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        assert place.hostname
        self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT_SECONDS)
        self.ids = itertools.count(1)

    def __call__(self, method: str, *params: Any) -> Any:
        """Raises Refused, and OSError or HTTPException where the node is away."""
        reply = self.ask({"jsonrpc": "2.0", "id": next(self.ids), "method": method, "params": params})
        return result_of(reply)

    def many(self, method: str, each: Sequence[Sequence[Any]]) -> list[Any]:
        """A batch of one method, answered in the order of `each`. Raises Refused at the first that is refused."""
        first = next(self.ids)
        asked = [
            {"jsonrpc": "2.0", "id": first + place, "method": method, "params": params}
            for place, params in enumerate(each)
        ]
        self.ids = itertools.count(first + len(asked))
        replies = sorted(self.ask(asked), key=lambda reply: int(reply["id"])) if asked else []
        return [result_of(reply) for reply in replies]

    def ask(self, body: Any) -> Any:
        text = json.dumps(body)
        try:
            self.connection.request("POST", "/", text, {"Content-Type": "application/json"})
            return json.loads(self.connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            self.connection.close()  # the next request opens it again
            raise

    def words(self, to: str, data: str) -> list[int]:
        """What a view answers, as words."""
        return words_of(self("eth_call", {"to": to, "data": data}, "latest"))


def result_of(reply: dict[str, Any]) -> Any:
    if "error" in reply:
        data = reply["error"].get("data")
        raise Refused(str(reply["error"].get("message")), data if isinstance(data, str) else "0x")
    return reply["result"]


def calldata(signature: str, *words: int) -> str:
    """A call whose arguments are all static words, tuples in line."""
    return selector(signature) + "".join(f"{word:064x}" for word in words)


@cache
def selector(signature: str) -> str:
    return "0x" + keccak(text=signature)[:4].hex()


def list_calldata(signature: str, words: Sequence[int]) -> str:
    """A call with one dynamic array of words."""
    return calldata(signature, WORD, len(words), *words)


def words_of(data: str) -> list[int]:
    return [int(data[start : start + 2 * WORD], 16) for start in range(2, len(data), 2 * WORD)]
