"""Every read says what the contracts say: now, and as of any block."""

import random
from typing import Any

import psycopg
import pytest
from pydantic import BaseModel
from web3.exceptions import ContractCustomError

from api.accounts import AccountAnswer, AccountList
from api.documents import DocumentList
from api.holdings import HoldingList
from api.offerings import OfferingAnswer, OfferingList, SubscriptionList, SubscriptionPage
from api.portfolio import Portfolio
from api.postings import PostingList
from api.properties import PropertyAnswer, PropertyList
from api.registry import RegistryEntries, RegistryLists
from api.rents import HolderRents, RentList
from api.roles import RoleList
from api.status import DeploymentOut, Status
from api.treasury import Treasury
from local.people import main_account
from tests.api.estate import NOTICE, Estate
from tests.api.stack import NOBODY, Api, Stack, require_problem

BLOCKS = 20
ENDPOINTS: list[tuple[str, type[BaseModel]]] = [
    ("/status", Status),
    ("/deployment", DeploymentOut),
    ("/properties", PropertyList),
    ("/properties/1", PropertyAnswer),
    ("/holdings?holder={anna}", HoldingList),
    ("/holdings?property_id=1", HoldingList),
    ("/holdings?holder={anna}&property_id=1", HoldingList),
    ("/accounts?owner={anna}", AccountList),
    ("/accounts/{anna}", AccountAnswer),
    ("/accounts/{nobody}", AccountAnswer),
    ("/accounts/{issuer}", AccountAnswer),
    ("/postings", PostingList),
    ("/postings?owner={anna}&limit=3", PostingList),
    ("/postings?account={anna}", PostingList),
    ("/portfolio/{anna}", Portfolio),
    ("/properties/1/documents", DocumentList),
    ("/offerings", OfferingList),
    ("/offerings?status=open", OfferingList),
    ("/subscriptions?subscriber={anna}", SubscriptionList),
    ("/rents", RentList),
    ("/rents?property_id=1", RentList),
    ("/rents/holders/{anna}", HolderRents),
    ("/roles", RoleList),
    ("/roles?account={anna}", RoleList),
    ("/registry/lists", RegistryLists),
    ("/treasury", Treasury),
]
OF_AN_ESTATE: list[tuple[str, type[BaseModel]]] = [
    ("/properties/{sold}", PropertyAnswer),
    ("/properties/{sold}/documents", DocumentList),
    ("/offerings", OfferingList),
    ("/offerings/{sold}", OfferingAnswer),
    ("/offerings/{sold}/subscriptions?limit=1", SubscriptionPage),
    ("/subscriptions?subscriber={anna}", SubscriptionList),
    ("/rents", RentList),
    ("/rents/holders/{anna}?property_id={sold}", HolderRents),
    ("/portfolio/{anna}", Portfolio),
    ("/registry/lists", RegistryLists),
    ("/registry/lists/1/entries", RegistryEntries),
]


@pytest.mark.parametrize(("path", "model"), ENDPOINTS, ids=[path for path, _ in ENDPOINTS])
def test_every_answer_is_of_its_documented_shape(api: Api, stack: Stack, path: str, model: type[BaseModel]) -> None:
    names = {"anna": stack.people.persons[0], "issuer": stack.people.accounts[1], "nobody": NOBODY}
    answer = api.client.get("/v1" + path.format(**names))
    assert answer.status_code == 200, answer.text
    assert model.model_validate_json(answer.text, strict=True).model_dump(mode="json") == answer.json()


@pytest.fixture(scope="module")
def sold(estate: Estate) -> int:
    """A property that was sold, with rent declared and released; and a list with an entry."""
    people, anna = estate.people, estate.people.persons[0]
    number = estate.listed()
    terms = estate.offered(number)
    estate.pass_time(terms["opens"])
    for person in people.persons[:2]:
        estate.subscribe(person, number, 40)
    estate.pass_time(terms["deadline"])
    estate.does(anna, people.offering.functions.close_offering(number))
    due = estate.now() + NOTICE + 60
    for period, release_time in ((202611, due), (202612, due + 10**6)):
        declared = people.token.functions.declare_rent(number, period, 999, release_time)
        estate.does(estate.issuer, declared)
    estate.pass_time(due)
    estate.does(anna, people.token.functions.release_rent(number, 202611))
    estate.does(anna, people.offering.functions.collect(number, anna))
    estate.does(estate.admin, people.registry.functions.create_list(estate.admin, "Friends"))
    estate.does(estate.admin, people.registry.functions.set_entry(1, anna, 7, 2**64 - 1, False))
    return number


@pytest.mark.parametrize(("path", "model"), OF_AN_ESTATE, ids=[path for path, _ in OF_AN_ESTATE])
def test_answers_about_sales_and_rent_are_of_their_documented_shape(
    estate: Estate, sold: int, path: str, model: type[BaseModel]
) -> None:
    answer = estate.api.client.get("/v1" + path.format(anna=estate.people.persons[0], sold=sold))
    assert answer.status_code == 200, answer.text
    assert model.model_validate_json(answer.text, strict=True).model_dump(mode="json") == answer.json()
    (rows,) = [part for name, part in answer.json().items() if name not in ("meta", "next_cursor", "holder", "money",
                                                                            "owner")][-1:]  # fmt: skip
    assert rows


@pytest.fixture(scope="module")
def some_blocks(stack: Stack) -> list[int]:
    head = stack.settle()
    chosen = random.Random(7).sample(range(stack.start_block, head), BLOCKS)
    return [stack.start_block, *chosen, head]


def test_portfolios_equal_the_contracts_at_any_block(api: Api, stack: Stack, some_blocks: list[int]) -> None:
    differences = []
    for block in some_blocks:
        for person in stack.people.persons:
            answer = api.read(f"/portfolio/{person}", at_block=block)
            assert answer["meta"]["at_block"] == block
            if portfolio_of(answer) != portfolio_on_chain(stack, person, block):
                differences.append((block, person, portfolio_of(answer), portfolio_on_chain(stack, person, block)))
    assert not differences


def test_portfolios_equal_the_contracts_now(api: Api, stack: Stack) -> None:
    head = stack.settle()
    for person in stack.people.persons:
        answer = api.read(f"/portfolio/{person}")
        assert portfolio_of(answer) == portfolio_on_chain(stack, person, head)
        assert int(answer["money"]) == sum(int(account["balance"]) for account in answer["accounts"])


def test_before_anybody_moved_in_nobody_has_anything(api: Api, stack: Stack) -> None:
    for block in (stack.deployment.first_block - 1, stack.deployment.first_block):
        answer = api.read(f"/portfolio/{stack.people.persons[0]}", at_block=block)
        assert (answer["accounts"], answer["holdings"], answer["money"]) == ([], [], "0")
        assert api.read("/properties", at_block=block)["properties"] == []


def portfolio_of(answer: dict[str, Any]) -> dict[Any, int | tuple[int, int]]:
    money = {int(account["account"], 16): int(account["balance"]) for account in answer["accounts"]}
    held = {row["property_id"]: (int(row["balance"]), int(row["locked"])) for row in answer["holdings"]}
    return {key: value for key, value in (money | held).items() if value}


def portfolio_on_chain(stack: Stack, person: str, block: int) -> dict[Any, int | tuple[int, int]]:
    vault, token = stack.people.vault.functions, stack.people.token.functions
    accounts = [main_account(person), main_account(person) + 1]
    money = {account: vault.balance_of(account).call(block_identifier=block) for account in accounts}
    held = {}
    for number in (1, 2, 3):
        balance = token.balanceOf(person, number).call(block_identifier=block)
        if balance:
            held[number] = (balance, token.locked_of(person, number).call(block_identifier=block))
    return {key: value for key, value in (money | held).items() if value}


def test_escrow_shows_in_holdings(api: Api, stack: Stack) -> None:
    anna = stack.people.persons[0]
    (row,) = api.read("/holdings", holder=anna, property_id=1)["holdings"]
    assert row["locked"] == "30" == str(stack.people.token.functions.locked_of(anna, 1).call())


def test_properties_equal_the_contract_at_any_block(api: Api, stack: Stack, some_blocks: list[int]) -> None:
    token = stack.people.token
    (described,) = [entry for entry in token.abi if entry.get("name") == "property_of"]
    fields = [part["name"] for part in described["outputs"][0]["components"]]  # type: ignore[typeddict-item]
    for block in some_blocks:
        rows = {row["property_id"]: row for row in api.read("/properties", at_block=block)["properties"]}
        for number in (1, 2, 3):
            try:
                values = token.functions.property_of(number).call(block_identifier=block)
            except ContractCustomError:  # UnknownProperty
                assert number not in rows
                continue
            on_chain, row = dict(zip(fields, values, strict=True)), rows[number]
            assert row["issuer"] == on_chain["issuer"]
            assert row["supply_cap"] == str(on_chain["supply_cap"])
            assert row["supply"] == str(token.functions.totalSupply(number).call(block_identifier=block))
            if "name" in on_chain:
                assert row["name"] == on_chain["name"]


def test_holders_of_a_property_add_up_to_its_supply(api: Api, some_blocks: list[int]) -> None:
    for block in some_blocks[2:8]:
        for row in api.read("/properties", at_block=block)["properties"]:
            holdings = api.read("/holdings", property_id=row["property_id"], at_block=block)["holdings"]
            assert sum(int(held["balance"]) for held in holdings) == int(row["supply"])


def test_the_outside_account_holds_what_all_others_hold(api: Api, stack: Stack) -> None:
    head = stack.settle()
    on_chain = stack.people.vault.functions.balance_of(0).call(block_identifier=head)
    assert api.read(f"/accounts/{NOBODY}")["account"]["balance"] == str(on_chain)


def test_a_time_stands_for_the_last_block_at_or_before_it(api: Api, stack: Stack, some_blocks: list[int]) -> None:
    anna = stack.people.persons[0]
    for block in some_blocks[2:6]:
        time = int(stack.web3.eth.get_block(block)["timestamp"])
        found = api.read(f"/portfolio/{anna}", at_time=time)
        number = found["meta"]["at_block"]
        assert number >= block
        assert stack.web3.eth.get_block(number)["timestamp"] == time == found["meta"]["at_timestamp"]
        if number < stack.web3.eth.block_number:
            assert stack.web3.eth.get_block(number + 1)["timestamp"] > time
        assert found["holdings"] == api.read(f"/portfolio/{anna}", at_block=number)["holdings"]


def test_a_block_and_a_time_together_are_refused(api: Api) -> None:
    require_problem(api.get("/properties", at_block=5, at_time=1_700_000_000), "invalid-request")


def test_rows_name_their_block_and_transaction_truly(api: Api, stack: Stack) -> None:
    finalized = api.read("/status")["meta"]["finalized_block"]
    assert finalized > stack.deployment.first_block
    postings = api.read("/postings", limit=200)["postings"]
    holdings = [row for number in (1, 2, 3) for row in api.read("/holdings", property_id=number)["holdings"]]
    properties = api.read("/properties")["properties"]
    for row in [*postings, *holdings, *properties]:
        block = stack.web3.eth.get_block(row["block_number"])
        assert row["block_hash"] == "0x" + block["hash"].hex().removeprefix("0x")
        assert row["timestamp"] == block["timestamp"]
        receipt = stack.web3.eth.get_transaction_receipt(row["transaction_hash"])
        assert receipt["blockNumber"] == row["block_number"]
        assert row["log_index"] in [log["logIndex"] for log in receipt["logs"]]
        assert row["finality"] == ("final" if row["block_number"] <= finalized else "indexed")


def test_headers_say_what_the_body_says_and_browsers_may_read_them(api: Api) -> None:
    answer = api.client.get("/v1/postings", headers={"Origin": "https://elsewhere.example"})
    meta, headers = answer.json()["meta"], answer.headers
    assert headers["x-indexed-block"] == str(meta["indexed_block"])
    assert headers["x-indexed-block-hash"] == meta["indexed_block_hash"]
    assert headers["x-finalized-block"] == str(meta["finalized_block"])
    assert int(headers["x-head-block"]) >= meta["indexed_block"]
    assert headers["access-control-allow-origin"] == "*"
    exposed = {name.strip().lower() for name in headers["access-control-expose-headers"].split(",")}
    assert exposed >= {"x-indexed-block", "x-indexed-block-hash", "x-finalized-block", "x-head-block", "etag",
                       "retry-after"}  # fmt: skip
    assert max(row["block_number"] for row in answer.json()["postings"]) <= meta["indexed_block"]


def test_an_unchanged_answer_is_not_sent_again_until_a_block_comes(api: Api, stack: Stack) -> None:
    stack.settle()
    first = api.get("/status")
    known = {"If-None-Match": first.headers["etag"]}
    again = api.client.get("/v1/status", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-indexed-block"] == first.headers["x-indexed-block"]
    stack.chain.call("evm_mine")
    stack.settle()
    fresh = api.client.get("/v1/status", headers=known)
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != first.headers["etag"]


def test_addresses_go_in_in_any_case_and_come_out_in_eip_55(api: Api, stack: Stack) -> None:
    anna = stack.people.persons[0]
    for spelling in (anna, anna.lower(), "0x" + anna[2:].upper()):
        assert api.read(f"/portfolio/{spelling}")["owner"] == anna


def test_the_role_of_the_api_cannot_write(stack: Stack) -> None:
    with psycopg.connect(stack.reader, autocommit=True) as connection:
        schema = connection.execute("SELECT schema_name FROM journal.versions WHERE live").fetchone()
        assert schema
        for statement in (
            "INSERT INTO journal.blocks VALUES (1, '\\x00', '\\x00', 1)", "DELETE FROM journal.logs",
            "UPDATE journal.cursor SET number = 1", f"INSERT INTO {schema[0]}.accounts VALUES ('\\x00', 1, 1, 1)",
            "CREATE TABLE journal.mine (x int)", "TRUNCATE journal.blocks",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
