"""Gentle traffic for the local chain: python -m local.traffic RPC MANIFEST SECONDS."""

import random
import sys
import time
from pathlib import Path

from requests.exceptions import RequestException
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3Exception

from indexer.deployment import read_deployment
from local.estate import errands
from local.people import habits, meet

ERRANDS = 0.4


def main(rpc: str, manifest: str, seconds: str) -> None:
    """Somebody does something every few seconds; who cannot afford it is refused, and life goes on."""
    people = meet(Web3(HTTPProvider(rpc)), read_deployment(Path(manifest)))
    chance = random.Random()
    actions, due = habits(people, chance), errands(people, chance)
    while True:
        time.sleep(chance.uniform(0.5, 1.5) * float(seconds))
        try:
            who, call = (next(due) if chance.random() < ERRANDS else None) or next(actions)
            people.send(call, who)
        except (Web3Exception, RequestException, RuntimeError) as trouble:
            print(f"not done: {trouble}", file=sys.stderr, flush=True)
            actions, due = habits(people, chance), errands(people, chance)


if __name__ == "__main__":
    main(*sys.argv[1:])
