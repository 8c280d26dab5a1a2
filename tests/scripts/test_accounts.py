"""Which account signs: keys that all the world knows never do on a chain that is not a test's."""

from typing import Any

import click
import pytest
from web3 import Web3
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

pytestmark = pytest.mark.slow


class Node(BaseProvider):
    """A node that says who it is, and nothing else."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:  # noqa: ARG002
        assert method == "web3_clientVersion"
        return {"jsonrpc": "2.0", "id": 1, "result": self.name}


@pytest.mark.parametrize("name", ["Geth/v1.16.7-stable/linux-amd64/go1.25", "erigon/3.0.0", "reth/v1.9", ""])
@pytest.mark.parametrize("alias", [None, "TEST::0", "TEST::3"])
def test_a_test_account_is_refused_on_any_other_node(name: str, alias: str | None) -> None:
    from scripts._calls import load_account

    with pytest.raises(click.UsageError, match="the keys of test accounts are public"):
        load_account(alias, Web3(Node(name)))


def test_on_a_node_for_tests_the_first_account_signs_unless_another_is_named() -> None:
    from scripts._calls import load_account

    web3 = Web3(Node("anvil/v1.5.0"))
    assert load_account(None, web3).address == load_account("TEST::0", web3).address
    assert load_account("TEST::1", web3).address != load_account(None, web3).address
    for alias in ("TEST::10000", "TEST::x", "TEST::"):
        with pytest.raises(click.UsageError, match="no such test account"):
            load_account(alias, web3)
