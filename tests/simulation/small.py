"""A small simulation in a process of its own, for code that was altered on purpose: run some seeds until one fails.

Reads {"port", "password", "seeds", "blocks"} from standard input, and uses a server that runs already. Exit code 1
where a seed fails, 0 where all pass.
"""

import json
import logging
import os
import sys
from pathlib import Path

from local.postgres import Postgres
from local.process import Process
from tests.simulation.gate import Failed, run_case
from tests.simulation.trial import Case


def main() -> int:
    told = json.load(sys.stdin)
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    nobody = Process("Postgres", None, Path(os.devnull))  # type: ignore[arg-type]  # another process has started it
    postgres = Postgres(nobody, Path(os.devnull), told["port"], told["password"])
    for seed in told["seeds"]:
        try:
            run_case(postgres, Case(seed, told["blocks"]), prefix=f"small_{os.getpid()}")
        except Failed as failure:
            print(failure)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
