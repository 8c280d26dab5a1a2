"""Live trading on the local chain: python -m local.trading RPC MANIFEST SECONDS."""

import random
import sys
import time
from http.client import HTTPException
from pathlib import Path

from requests.exceptions import RequestException
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3Exception

from indexer.deployment import read_deployment
from local.people import meet
from local.rpc import Refused
from local.traders import Floor

TURNS_UNTIL_PRUNED = 300
TROUBLE = (Web3Exception, RequestException, Refused, HTTPException, OSError, RuntimeError, ValueError)


def main(rpc: str, manifest: str, seconds: str) -> None:
    """Somebody has his turn every few seconds. Whatever goes wrong, trading goes on."""
    people = meet(Web3(HTTPProvider(rpc)), read_deployment(Path(manifest)))
    chance = random.Random()
    turns, floor = 0, None
    while True:
        time.sleep(chance.uniform(0.3, 1.7) * float(seconds))
        try:
            now = int(people.web3.eth.get_block("latest")["timestamp"])
            if floor is None:
                floor = Floor(people, chance, now)
            floor.now = now
            if turns % TURNS_UNTIL_PRUNED == 0:
                floor.prune()
            turns += 1
            floor.turn()
        except TROUBLE as trouble:
            print(f"not done: {trouble}", file=sys.stderr, flush=True)
            floor = None


if __name__ == "__main__":
    main(*sys.argv[1:])
