"""Each test, and each module, leaves the chain as it found it.

ape's own isolation is off (tests/conftest.py): it keeps one list of snapshots for all scopes, in which a snapshot of a
module is lost when one of a test has the same block, and makes fixtures anew whose changes still stand.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.contracts.ape_types import Chain


@contextmanager
def restored(chain: Chain) -> Iterator[None]:
    """Take the chain back to this block afterwards, its clock too."""
    backend = chain.provider.evm_backend
    moment = backend.take_snapshot()
    yield
    backend.revert_to_snapshot(moment)
    chain.history.revert_to_block(chain.blocks.height)
