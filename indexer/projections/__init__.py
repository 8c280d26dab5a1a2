"""Projections: each a fold over the events, in a file with its tables, its folds and its selects.

To add one is to add a file and a line in this tuple. They do not import each other; a fold may read rows of a
projection that stands before its own in the tuple, and says so in `reads`.
"""

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from indexer.projections.accounts import ACCOUNTS
from indexer.projections.candles import CANDLES
from indexer.projections.documents import DOCUMENTS
from indexer.projections.history import History, ddl
from indexer.projections.holdings import HOLDINGS
from indexer.projections.keys import KEYS
from indexer.projections.levels import LEVELS
from indexer.projections.lots import LOTS
from indexer.projections.markets import MARKETS
from indexer.projections.offerings import OFFERINGS
from indexer.projections.orders import ORDERS
from indexer.projections.postings import POSTINGS
from indexer.projections.properties import PROPERTIES
from indexer.projections.registry import REGISTRY
from indexer.projections.rejections import REJECTIONS
from indexer.projections.rent import RENT
from indexer.projections.roles import ROLES
from indexer.projections.trades import TRADES
from indexer.projections.treasury import TREASURY

PROJECTIONS = (
    PROPERTIES,
    DOCUMENTS,
    HOLDINGS,
    OFFERINGS,
    MARKETS,
    ORDERS,
    LEVELS,
    TRADES,
    CANDLES,
    LOTS,
    RENT,
    ACCOUNTS,
    POSTINGS,
    KEYS,
    REGISTRY,
    TREASURY,
    ROLES,
    REJECTIONS,
)


def histories() -> list[History]:
    """Every history of every projection, in the order in which they are folded."""
    return [history for projection in PROJECTIONS for history in projection.histories]


def decoding() -> list[Traversable]:
    """The files that make events of logs, in an order of their own."""
    package = files("indexer")
    rooms = [sorted(package.joinpath(room).iterdir(), key=lambda file: file.name) for room in ("decoders", "events")]
    single = [package.joinpath(name) for name in ("abi.py", "chain.py", "decode.py", "keccak.py")]
    return [*single, *(file for room in rooms for file in room if file.name.endswith(".py"))]


@cache
def fingerprint() -> str:
    """Names what this code makes of the logs: it changes with any table, any fold and any line that decodes."""
    digest = hashlib.sha256()
    for file in decoding():
        digest.update(file.read_bytes())
    for history in histories():
        for table in (history.rows, history.current):
            if table is not None:
                digest.update("\n".join(ddl(table)).encode())
        for fold in history.folds:
            digest.update(history.fold_sql(fold).encode())
    return digest.hexdigest()[:16]
