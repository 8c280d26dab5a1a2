"""The network between the API and its database is gone without a word: readers are told so, and it passes."""

from collections.abc import Iterator

import pytest

from tests.api.stack import Api, Stack, require_problem, until
from tests.wire import Wire, wire_to

pytestmark = pytest.mark.slow


@pytest.fixture
def wire(stack: Stack) -> Iterator[Wire]:
    with wire_to(stack.postgres.port) as found:
        yield found


@pytest.fixture
def distant(stack: Stack, wire: Wire) -> Iterator[Api]:
    """Reads over the wire."""
    with stack.another_api(replica=stack.reader.replace(f":{stack.postgres.port}/", f":{wire.port}/")) as api:
        yield api


def test_a_read_does_not_hang_for_ever(stack: Stack, wire: Wire, distant: Api) -> None:
    """It waited for an answer until the kernel had tried for a quarter of an hour."""
    anna = stack.people.persons[0]
    distant.read(f"/portfolio/{anna}")
    wire.cut()
    require_problem(distant.get(f"/portfolio/{anna}"), "database-away")
    require_problem(distant.client.get("/readyz"), "database-away")
    assert distant.client.get("/livez").status_code == 200
    wire.mend()
    until(lambda: distant.get(f"/portfolio/{anna}").status_code == 200, "the database to be there again")
    assert distant.read(f"/portfolio/{anna}") == stack.api.read(f"/portfolio/{anna}")
