"""Roles, pauses, registry lists and the treasury as the API tells them: what the contracts say, now and then."""

from typing import Any

from api.roles import PAUSABLE
from local.people import UNIT, main_account
from tests.api.estate import Estate, role_id
from tests.api.stack import NOBODY, require_problem

NEVER = 2**64 - 1
DAY = 86_400


def roles(estate: Estate, **params: Any) -> set[tuple[str, str | None, str]]:
    rows = estate.read("/roles", **params)["roles"]
    found = {(row["contract"], row["role"], row["account"]) for row in rows}
    assert len(found) == len(rows)
    return found


def paused(estate: Estate, **params: Any) -> dict[str, bool]:
    return {row["contract"]: row["paused"] for row in estate.read("/roles", **params)["paused"]}


def test_roles_are_those_of_the_contracts(estate: Estate) -> None:
    people, greta = estate.people, estate.people.persons[6]
    contracts = {"settlement_vault": people.vault, "fraction_token": people.token, "marketplace": people.market,
                 "treasury": people.treasury}  # fmt: skip
    names = {"settlement_vault": "PAUSER", "fraction_token": "LISTER", "marketplace": "FEE", "treasury": "OPERATOR"}
    before = estate.stack.settle()
    for name, contract in contracts.items():
        estate.does(estate.admin, contract.functions.grantRole(role_id(names[name]), greta))
    granted = {(name, names[name], greta) for name in contracts}
    assert roles(estate, account=greta) == granted
    assert roles(estate, account=greta, at_block=before) == set()
    assert roles(estate) >= granted
    for name, contract in contracts.items():
        mine = roles(estate, contract=name)
        assert mine == roles(estate, contract=contract.address)
        assert mine == {row for row in roles(estate) if row[0] == name}
        for _, role, account in mine:
            ident = bytes(32) if role == "DEFAULT_ADMIN_ROLE" else role_id(str(role))
            assert contract.functions.hasRole(ident, account).call()
        assert (name, "DEFAULT_ADMIN_ROLE", estate.admin) in mine
    estate.does(estate.admin, people.vault.functions.revokeRole(role_id("PAUSER"), greta))
    estate.does(estate.admin, people.vault.functions.grantRole(b"\x07" * 32, greta))
    rows = estate.read("/roles", account=greta, contract="settlement_vault")["roles"]
    assert [(row["role"], row["role_id"]) for row in rows] == [(None, "0x" + 32 * "07")]
    assert rows[0]["address"] == people.vault.address


def test_a_pause_shows_while_it_lasts(estate: Estate) -> None:
    vault = estate.people.vault.functions
    assert paused(estate) == dict.fromkeys(PAUSABLE, False)
    estate.does(estate.admin, vault.grantRole(role_id("PAUSER"), estate.admin))
    block = estate.does(estate.admin, vault.pause())
    assert paused(estate) == {"settlement_vault": True, "primary_offering": False}
    estate.does(estate.admin, vault.unpause())
    assert paused(estate) == dict.fromkeys(PAUSABLE, False)
    assert paused(estate, at_block=block)["settlement_vault"] is True


def test_a_contract_that_is_none_of_ours_is_refused(estate: Estate) -> None:
    assert (
        "settlement_vault" in require_problem(estate.api.get("/roles", contract="vault"), "invalid-request")["detail"]
    )
    for params in ({"contract": "0x12"}, {"account": "0x12"}):
        require_problem(estate.api.get("/roles", **params), "invalid-address")
    require_problem(estate.api.get("/roles", role="PAUSER"), "invalid-request")
    assert roles(estate, contract=NOBODY) == set()


def test_lists_say_of_wallets_what_the_registry_says(estate: Estate) -> None:
    registry, persons = estate.people.registry.functions, estate.people.persons
    hugo = persons[-1]
    number = registry.list_count().call() + 1
    before = estate.stack.settle()
    created = estate.does(estate.admin, registry.create_list(estate.issuer, "European investors"))
    now = estate.now()
    entries = [(persons[0], 2**128 - 1, NEVER, False), (persons[1], 7, now + 1_000, False),
               (persons[2], 8, NEVER, True), (persons[3], 9, now + 10**6, False)]  # fmt: skip
    estate.does(estate.issuer, registry.set_entries(number, entries))
    lists = estate.read("/registry/lists")["lists"]
    (mine,) = [row for row in lists if row["number"] == number]
    assert (mine["name"], mine["registrar"], mine["block_number"]) == ("European investors", estate.issuer, created)
    assert number not in [row["number"] for row in estate.read("/registry/lists", at_block=before)["lists"]]
    path = f"/registry/lists/{number}/entries"

    def require_same(block: int) -> None:
        rows = {row["wallet"]: row for row in estate.read(path, at_block=block)["entries"]}
        assert list(rows) == sorted(rows, key=str.lower)
        for person in persons:
            _, investor_id, expiry, frozen = registry.entry_of(number, person).call(block_identifier=block)
            row = rows.get(person, {"investor_id": "0", "expiry": "0", "frozen": False, "eligible": False})
            assert (row["investor_id"], row["expiry"], row["frozen"]) == (str(investor_id), str(expiry), frozen)
            assert row["eligible"] is registry.is_eligible(number, person).call(block_identifier=block)

    first = estate.stack.settle()
    require_same(first)
    estate.pass_time(now + 2_000)
    estate.does(estate.issuer, registry.set_entry(number, persons[3], 0, 0, False))
    estate.does(estate.issuer, registry.set_registrar(number, hugo))
    require_same(estate.stack.settle())
    require_same(first)
    assert estate.read("/registry/lists")["lists"][-1]["registrar"] == hugo
    (row,) = estate.read(path, wallet=persons[0])["entries"]
    assert (row["wallet"], row["investor_id"], row["eligible"]) == (persons[0], str(2**128 - 1), True)
    assert estate.read(path, wallet=NOBODY)["entries"] == []
    page = estate.read(path, limit=2)
    rest = estate.read(path, limit=3, cursor=page["next_cursor"])
    assert page["entries"] + rest["entries"] == estate.read(path)["entries"]
    assert rest["next_cursor"] is None
    require_problem(estate.api.get(path, wallet=hugo, cursor=page["next_cursor"]), "invalid-request")
    require_problem(estate.api.get(path, wallet="0x12"), "invalid-address")
    require_problem(estate.api.get(f"/registry/lists/{number + 1}/entries"), "unknown-list")
    require_problem(estate.api.get("/registry/lists/0/entries"), "invalid-request")
    listed = estate.listed(registry_list=number)
    assert estate.property(listed)["registry_list"] == number
    assert estate.property(1)["registry_list"] is None


def test_the_treasury_is_told_with_its_day_and_its_payments(estate: Estate) -> None:
    people, anna = estate.people, estate.people.persons[0]
    treasury = people.treasury.functions
    account = main_account(people.treasury.address)
    estate.does(estate.admin, treasury.grantRole(role_id("OPERATOR"), estate.admin))
    estate.does(estate.issuer, people.vault.functions.transfer(main_account(estate.issuer), account, 500 * UNIT,
                                                               bytes(32), role_id("first")))  # fmt: skip
    estate.does(estate.admin, treasury.set_daily_limit(100 * UNIT))
    estate.pass_time((estate.now() // DAY + 1) * DAY)
    blocks = [
        estate.does(estate.admin, treasury.pay(main_account(anna), amount * UNIT, bytes(32), role_id(f"pay {amount}")))
        for amount in (10, 20, 30)
    ]
    found = estate.read("/treasury")
    assert found["account"] == f"0x{account:064x}"
    assert found["balance"] == str(440 * UNIT) == str(people.vault.functions.balance_of(account).call())
    assert (found["daily_limit"], found["paid_today"]) == (str(100 * UNIT), str(60 * UNIT))
    payments = [(row["amount"], row["paid_today"], row["block_number"]) for row in found["payments"]]
    assert payments[:3] == [
        (str(30 * UNIT), str(60 * UNIT), blocks[2]), (str(20 * UNIT), str(30 * UNIT), blocks[1]),
        (str(10 * UNIT), str(10 * UNIT), blocks[0]),
    ]  # fmt: skip
    posting = estate.read("/postings", account=found["account"], limit=1)["postings"][0]
    assert posting["request_id"] == found["payments"][0]["request_id"]
    then = estate.read("/treasury", at_block=blocks[0])
    assert (then["balance"], then["paid_today"], len(then["payments"])) == (str(490 * UNIT), str(10 * UNIT), 1)
    page = estate.read("/treasury", limit=2)
    rest = estate.read("/treasury", limit=2, cursor=page["next_cursor"])
    assert page["payments"] + rest["payments"] == found["payments"]
    estate.pass_time((estate.now() // DAY + 1) * DAY)
    assert estate.read("/treasury")["paid_today"] == "0"
    early = estate.read("/treasury", at_block=estate.stack.deployment.first_block)
    assert (early["balance"], early["paid_today"], early["payments"]) == ("0", "0", [])
    require_problem(estate.api.get("/treasury", cursor="x"), "invalid-cursor")
    require_problem(estate.api.get("/treasury", day=1), "invalid-request")
