"""What a treasury is: an owner of one account, bound to one vault."""

import pytest

from tests.contracts.ape_types import Account, Contract, Project
from tests.contracts.conftest import DAILY_LIMIT
from tests.contracts.events import events_of
from tests.contracts.ledger import account_of
from tests.contracts.refusals import refused

NOBODY = "0x0000000000000000000000000000000000000000"


def test_a_treasury_knows_its_vault_its_account_and_its_limit(treasury: Contract, vault: Contract) -> None:
    assert treasury.settlement_vault() == vault.address
    assert treasury.account() == account_of(treasury)
    assert treasury.daily_limit() == DAILY_LIMIT


@pytest.mark.parametrize("limit", [0, 5, 2**256 - 1])
def test_the_first_limit_is_told(
    sources: Project, vault: Contract, deployer: Account, admin: Account, limit: int
) -> None:
    treasury = deployer.deploy(sources.Treasury, vault, limit, admin)
    told = events_of(treasury.creation_metadata.receipt, treasury)
    assert told[-1] == ("DailyLimitSet", {"daily_limit": limit})


def test_a_treasury_without_an_admin_is_refused(sources: Project, vault: Contract, deployer: Account) -> None:
    with refused("InvalidAdmin"):
        deployer.deploy(sources.Treasury, vault, 1, NOBODY)
