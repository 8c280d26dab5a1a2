"""Rent as the API tells it: every holder's figures are those of the contract, at any block, to the unit."""

import random
from fractions import Fraction
from typing import Any

import pytest

from api.rents import label_of, unscaled
from tests.api.estate import NOTICE, Estate
from tests.api.replica import Replica
from tests.api.stack import NOBODY, require_problem, until

SCALE = 2**48


def declare(estate: Estate, number: int, period: int, amount: int, after: int = NOTICE + 60) -> int:
    """Declare a rent (period 0: the final one); its release time."""
    token, release_time = estate.people.token.functions, estate.now() + after
    if period:
        estate.does(estate.issuer, token.declare_rent(number, period, amount, release_time))
    else:
        estate.does(estate.issuer, token.declare_final(number, amount, release_time))
    return release_time


def release(estate: Estate, number: int, period: int) -> int:
    return estate.does(estate.admin, estate.people.token.functions.release_rent(number, period))


def rents(estate: Estate, number: int, **params: Any) -> dict[int, dict[str, Any]]:
    return {row["period"]: row for row in estate.read("/rents", property_id=number, **params)["rents"]}


def total(estate: Estate, holder: str, number: int, **params: Any) -> dict[str, Any] | None:
    found = estate.read(f"/rents/holders/{holder}", property_id=number, **params)["properties"]
    assert len(found) <= 1
    row: dict[str, Any] | None = found[0] if found else None
    return row


def require_like_the_contract(estate: Estate, number: int, block: int) -> int:
    """Every holder's claimable rent as of a block is the contract's, and the sums agree; all that was earned."""
    token = estate.people.token.functions
    whole = 0
    for person in estate.people.persons:
        claimable = token.claimable_rent(person, number).call(block_identifier=block)
        row = total(estate, person, number, at_block=block)
        assert int(row["claimable"] if row else 0) == claimable, (person, block)
        if row:
            parts = [int(row[name]) for name in ("claimable", "claimed", "uncollected_rent")]
            assert int(row["earned"]) == sum(parts)
            assert int(row["earned"]) == sum(int(part["earned"]) for part in row["periods"])
            whole += int(row["earned"])
            portfolio = estate.read(f"/portfolio/{person}", at_block=block)["rents"]
            (mine,) = [one for one in portfolio if one["property_id"] == number]
            assert mine == {name: value for name, value in row.items() if name != "periods"}
    return whole


def test_holders_figures_are_the_contract_s_through_trade_escrow_sale_and_claims(estate: Estate) -> None:
    token, sale = estate.people.token.functions, estate.people.offering.functions
    anna, bruno, chidi, dara = estate.people.persons[:4]
    number = estate.listed(supply_cap=1_000)
    for who, amount in ((anna, 333), (bruno, 100), (chidi, 67)):
        estate.does(estate.issuer, token.allot(number, who, amount))
    terms = estate.offered(number)
    estate.pass_time(terms["opens"])
    estate.subscribe(dara, number, 70)
    estate.subscribe(anna, number, 13)
    estate.pass_time(terms["deadline"])
    estate.does(dara, sale.close_offering(number))

    blocks = []
    first = declare(estate, number, 202611, 1_000_003)
    second = declare(estate, number, 202612, 7, after=NOTICE + 3_600)
    assert {period: row["state"] for period, row in rents(estate, number).items()} == {
        202611: "declared", 202612: "declared",
    }  # fmt: skip
    assert [estate.read("/postings", owner=estate.issuer, limit=1)["postings"][0]["kind"]] == ["rent_declared"]
    estate.pass_time(first)
    assert rents(estate, number)[202611]["state"] == "due"
    blocks.append(release(estate, number, 202611))
    released = rents(estate, number)[202611]
    assert (released["state"], released["released_at_block"], released["label"]) == ("released", blocks[0], "2026-11")
    estate.does(anna, token.safeTransferFrom(anna, bruno, number, 33, b""))
    estate.stack.lock(number, bruno, 50)
    blocks.append(estate.stack.settle())
    blocks.append(estate.does(bruno, token.claim_rent(number, anna)))
    kinds = {row["kind"] for row in estate.read("/postings", owner=anna, limit=2)["postings"]}
    assert "rent_claimed" in kinds
    estate.pass_time(second)
    blocks.append(release(estate, number, 202612))
    row = total(estate, dara, number)
    assert row
    assert row["claimable"] == "0"
    assert int(row["uncollected_rent"]) > 0
    assert row["periods"][0]["fractions"] == "70"
    blocks.append(estate.does(anna, sale.collect(number, dara)))
    blocks.append(estate.does(anna, token.claim_rent(number, dara)))
    estate.does(anna, sale.collect(number, anna))
    blocks.append(estate.does(anna, token.claim_rent(number, bruno)))
    holders = len(estate.read("/holdings", property_id=number)["holdings"])
    for block in blocks:
        earned = require_like_the_contract(estate, number, block)
        released_by_then = sum(
            int(row["amount"]) for row in rents(estate, number, at_block=block).values() if row["state"] == "released"
        )
        assert 0 <= released_by_then - earned <= holders
    for row in rents(estate, number).values():
        change = Fraction(row["per_fraction"]) * SCALE
        assert change.denominator == 1
    rises = sum(Fraction(row["per_fraction"]) for row in rents(estate, number).values())
    assert rises * SCALE == token.rent_index_of(number).call()
    assert rents(estate, number, at_block=blocks[0])[202612]["state"] == "declared"
    assert rents(estate, number, at_block=blocks[0])[202612]["per_fraction"] is None
    everything = estate.read("/rents")["rents"]
    assert [one for one in everything if one["property_id"] == number] == list(rents(estate, number).values())


def test_a_property_ends_with_its_final_distribution(estate: Estate) -> None:
    token = estate.people.token.functions
    anna, bruno = estate.people.persons[:2]
    number = estate.listed()
    estate.does(estate.issuer, token.allot(number, anna, 70))
    estate.does(estate.issuer, token.allot(number, bruno, 30))
    assert [estate.property(number)[name] for name in ("ends", "has_ended")] == [False, False]
    due = declare(estate, number, 0, 999)
    assert [estate.property(number)[name] for name in ("ends", "has_ended")] == [True, False]
    estate.pass_time(due)
    block = release(estate, number, 0)
    (row,) = rents(estate, number).values()
    assert (row["label"], row["state"], row["period"]) == ("final", "released", 0)
    assert [estate.property(number)[name] for name in ("ends", "has_ended", "supply")] == [True, True, "100"]
    require_like_the_contract(estate, number, block)
    block = estate.does(anna, token.claim_rent(number, anna))
    require_like_the_contract(estate, number, block)
    assert estate.property(number)["supply"] == "30"
    assert estate.read("/holdings", holder=anna, property_id=number)["holdings"] == []
    held = total(estate, anna, number)
    assert held
    assert (held["claimable"], held["claimed"], held["periods"][0]["label"]) == ("0", "699", "final")
    assert estate.property(number, at_block=block - 2)["has_ended"] is False


def test_the_stream_tells_every_listener_of_a_release_and_of_claims(estate: Estate) -> None:
    """A release changes no row of a holder's own: it was not told at all."""
    token = estate.people.token.functions
    anna, bruno, chidi = estate.people.persons[:3]
    number = estate.listed()
    for who, amount in ((anna, 10), (bruno, 20)):
        estate.does(estate.issuer, token.allot(number, who, amount))
    due = declare(estate, number, 3, 3_000)
    replica = Replica(estate.api.ws, [("account", who) for who in (anna, bruno, chidi)])

    def told(who: str) -> str | None:
        replica.hear_all()
        row = replica.known["account", who].rents.get(number)
        return row["claimable"] if row else None

    with replica.connected():
        replica.hear_beginnings()
        assert told(anna) is None
        estate.pass_time(due)
        release(estate, number, 3)
        until(lambda: (told(anna), told(bruno), told(chidi)) == ("1000", "2000", None), "the release")
        estate.does(chidi, token.claim_rent(number, anna))
        until(lambda: (told(anna), told(bruno)) == ("0", "2000"), "the claim")
    estate.does(chidi, token.claim_rent(number, bruno))
    with replica.connected():
        until(lambda: told(bruno) == "0", "the claim while it was away")
        assert "resumed" in replica.seen
    for who in (anna, bruno):
        found = total(estate, who, number)
        assert found
        row = replica.known["account", who].rents[number]
        assert row == {name: found[name] for name in row}
        assert len(row) == len(found) - 1


@pytest.mark.parametrize(("period", "label"), [
    (0, "final"), (202611, "2026-11"), (202601, "2026-01"), (202613, "202613"), (202600, "202600"), (1, "1"),
    (2**32 - 1, "4294967295"), (999912, "999912"),
])  # fmt: skip
def test_a_period_reads_as_a_month_where_it_is_one(period: int, label: str) -> None:
    assert label_of(period) == label


def test_rent_for_one_fraction_is_exact() -> None:
    chance = random.Random(3)
    for scaled in (0, 1, SCALE - 1, SCALE, SCALE + 1, 5 * SCALE // 2, *(chance.randrange(2**128) for _ in range(200))):
        assert Fraction(unscaled(scaled)) == Fraction(scaled, SCALE)
    assert (unscaled(0), unscaled(5 * SCALE // 2), unscaled(7 * SCALE)) == ("0", "2.5", "7")


def test_who_has_no_part_has_no_rent(estate: Estate) -> None:
    number = estate.listed()
    assert estate.read("/rents", property_id=number)["rents"] == []
    answer = estate.read(f"/rents/holders/{NOBODY}")
    assert (answer["holder"], answer["properties"]) == (NOBODY, [])
    require_problem(estate.api.get("/rents/holders/0x12"), "invalid-address")
    refused: list[tuple[str, dict[str, Any]]] = [
        ("/rents", {"property": 1}), ("/rents", {"property_id": 0}), ("/rents", {"holder": NOBODY}),
        (f"/rents/holders/{NOBODY}", {"property_id": 2**32}),
    ]  # fmt: skip
    for path, params in refused:
        require_problem(estate.api.get(path, **params), "invalid-request")
    require_problem(estate.api.get("/rents", at_block=10**9), "at-block-not-indexed")
