"""What the node itself can serve, and what is true: the limits that the indexer is held against in the same run."""

import http.client
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from local.chain import Chain

BLOCKS_AT_ONCE = 20
NOBODY = 40 * "0"
Balances = Counter[tuple[str, int]]


class Asked:
    """Answers as bytes, over one connection, one after the other."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        assert place.hostname
        self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=120)

    def __call__(self, *calls: tuple[str, list[object]]) -> bytes:
        body = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            for number, (method, params) in enumerate(calls)
        ]
        self.connection.request("POST", "/", msgspec.json.encode(body), {"Content-Type": "application/json"})
        return self.connection.getresponse().read()


def ranges(chain: Chain) -> Iterator[tuple[int, int]]:
    head = chain.web3().eth.block_number
    return ((first, min(first + BLOCKS_AT_ONCE - 1, head)) for first in range(1, head + 1, BLOCKS_AT_ONCE))


def log_rate(chain: Chain) -> tuple[float, Balances]:
    """Logs a second that the node's eth_getLogs answers in ranges of 20 blocks, nothing read of them meanwhile; and
    what everybody holds after them."""
    ask, wanted = Asked(chain.url), list(ranges(chain))
    started = time.monotonic()
    answers = [ask(("eth_getLogs", [{"fromBlock": hex(first), "toBlock": hex(last)}])) for first, last in wanted]
    seconds = time.monotonic() - started
    balances: Balances = Counter()
    logs = 0
    for answer in answers:
        for log in msgspec.json.decode(answer)[0]["result"]:
            logs += 1
            sender, receiver = (topic[-40:] for topic in log["topics"][2:4])
            property_id, amount = int(log["data"][2:66], 16), int(log["data"][66:], 16)
            balances[receiver, property_id] += amount
            balances[sender, property_id] -= amount
    held = {key: balance for key, balance in balances.items() if balance and key[0] != NOBODY}
    return logs / seconds, Counter(held)


def receipts_rate(url: str, first: int, last: int) -> float:
    """Logs a second when all receipts are fetched in batches of 20 blocks and parsed, and no more than that."""
    ask, decoder = Asked(url), msgspec.json.Decoder()
    started, logs = time.monotonic(), 0
    for start in range(first, last + 1, BLOCKS_AT_ONCE):
        numbers = range(start, min(start + BLOCKS_AT_ONCE, last + 1))
        headers = decoder.decode(ask(*(("eth_getBlockByNumber", [hex(number), False]) for number in numbers)))
        hashes = [header["result"]["hash"] for header in headers]
        receipts = decoder.decode(ask(*(("eth_getBlockReceipts", [block_hash]) for block_hash in hashes)))
        logs += sum(len(receipt["logs"]) for block in receipts for receipt in block["result"])
    return logs / (time.monotonic() - started)
