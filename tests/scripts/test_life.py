"""A property's whole life, and a registry's, through the scripts alone; other people's steps go past them."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from local.people import main_account
from tests.scripts.conftest import DEPLOYER, ISSUER, REGISTRAR, Town

pytestmark = pytest.mark.slow

ANNA, BRUNO = 3, 4
UNIT = 10**6
HOUR = 3_600
PRICE = 10_500_000
YES = "--yes"


def iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def fund(town: Town, who: int, dollars: int) -> None:
    """Dollars in somebody's main account."""
    contracts, wallet = town.contracts, town.accounts[who]
    town.send(contracts.dollar.functions.mint(wallet, dollars * UNIT), wallet)
    town.send(contracts.dollar.functions.approve(contracts.vault.address, dollars * UNIT), wallet)
    town.send(contracts.vault.functions.deposit(main_account(wallet), dollars * UNIT), wallet)


def money(town: Town, who: int) -> int:
    return int(town.contracts.vault.functions.balance_of(main_account(town.accounts[who])).call())


def listed(town: Town, folder: Path, number: int, *options: str) -> None:
    """A property of the issuer with 1,000 fractions."""
    token = town.contracts.token
    town.send(token.functions.grantRole(keccak(text="LISTER"), town.accounts[DEPLOYER]), town.accounts[DEPLOYER])
    metadata = folder / "metadata.json"
    metadata.write_text('{"name": "Harbour House"}')
    town.ape(
        *("property", "list", str(number), "Harbour House", "--issuer", town.accounts[ISSUER], "--cap", "1000"),
        *("--metadata", str(metadata), *options, YES),
        who=DEPLOYER,
    ).succeeds(f"List property {number}, 'Harbour House', for ever", "1,000 fractions", "done in block")


def offered(town: Town, number: int, soft_cap: int) -> tuple[int, int, int]:
    """An offering of 100 fractions; its opening, firm time and deadline."""
    opens, firm, deadline = town.now + HOUR, town.now + 2 * HOUR, town.now + 3 * HOUR
    town.ape(
        *("offering", "open", str(number), "--price", "10.50", "--soft-cap", str(soft_cap), "--hard-cap", "100"),
        *("--opens", iso(opens), "--firm", iso(firm), "--deadline", iso(deadline), "--maximum", "60", YES),
        who=ISSUER,
    ).succeeds("Offer 100 fractions", "at 10.50 TUSD each, 1 to 60 for one wallet", "at most 1,050.00 TUSD")
    return opens, firm, deadline


def subscribe(town: Town, number: int, **amounts: int) -> None:
    for who, amount in ((ANNA, amounts["anna"]), (BRUNO, amounts["bruno"])):
        fund(town, who, 1_000)
        town.send(town.contracts.offering.functions.subscribe(number, amount), town.accounts[who])


def test_a_property_from_its_listing_to_its_end(town: Town, tmp_path: Path) -> None:
    contracts, token = town.contracts, town.contracts.token
    listed(town, tmp_path, 1)
    opens, firm, deadline = offered(town, 1, soft_cap=50)
    assert contracts.offering.functions.offering_of(1).call()[3] == (PRICE, 50, 100, opens, firm, deadline, 1, 60)
    town.ape("offering", "close", "1", YES, who=BRUNO).fails("cannot be closed now", "NotClosable")
    town.pass_time(opens)
    town.ape("offering", "cancel", "1", YES, who=ISSUER).fails("OfferingNotOpen")
    subscribe(town, 1, anna=30, bruno=20)
    town.ape("offering", "push", "1", YES, who=BRUNO).fails("close it first")
    town.pass_time(deadline)
    town.ape("offering", "close", "1", YES, who=BRUNO).succeeds("50 of 100", "the issuer gets 525.00 TUSD")
    assert money(town, ISSUER) == 50 * PRICE
    town.ape("offering", "push", "1", YES, who=BRUNO).succeeds("Collect 30 fractions", "Collect 20 fractions")
    assert [token.functions.balanceOf(town.accounts[who], 1).call() for who in (ANNA, BRUNO)] == [30, 20]
    town.ape("offering", "push", "1", YES, who=BRUNO).succeeds("There is nothing to collect")

    release = town.now + 2 * HOUR
    declare = ("rent", "declare", "1", "202611", "100.01", YES)
    town.ape(*declare, "--release", iso(town.now + 60), who=ISSUER).fails("Rent cannot be released at", "UTC")
    town.ape(*declare, "--release", iso(release), who=ISSUER).succeeds("Declare 100.01 TUSD as rent", "period 202611")
    town.ape("rent", "release", "1", "202611", YES, who=ANNA).fails("can be released from 20", "RentNotDue")
    town.pass_time(release)
    town.ape("rent", "release", "1", "202611", YES, who=ANNA).succeeds("100.01 TUSD")
    before = money(town, ANNA)
    town.ape("rent", "push", "1", YES, who=BRUNO).succeeds("Pay 60.006 TUSD", "Pay 40.004 TUSD", "2 transactions")
    assert money(town, ANNA) - before == 60_006_000
    town.ape("rent", "push", "1", YES, who=BRUNO).succeeds("There is nothing to pay")

    release = town.now + 2 * HOUR
    town.ape("property", "end", "1", "200", "--release", iso(release), YES, who=ISSUER).succeeds("cannot be undone")
    town.ape("property", "allot", "1", town.accounts[ANNA], "1", YES, who=ISSUER).fails("RentPending")
    town.pass_time(release)
    town.ape("rent", "release", "1", "final", YES, who=ANNA).succeeds("the final distribution of property 1")
    town.ape("rent", "push", "1", YES, who=ANNA).succeeds("burn his 30 fractions", "Pay 80.00 TUSD")
    assert token.functions.totalSupply(1).call() == 0
    assert token.functions.property_of(1).call()[5] is True


def test_an_offering_that_fails_is_refunded_to_everybody(town: Town, tmp_path: Path) -> None:
    listed(town, tmp_path, 2)
    offered(town, 2, soft_cap=60)
    town.ape("offering", "cancel", "2", YES, who=ISSUER).succeeds("Call off")
    opens, _, deadline = offered(town, 2, soft_cap=51)
    town.pass_time(opens)
    subscribe(town, 2, anna=30, bruno=20)
    town.pass_time(deadline)
    town.ape("offering", "close", "2", YES, who=ANNA).succeeds(
        "50 of 100", "51 were needed, so everybody can be refunded"
    )
    town.ape("offering", "push", "2", typed="y\n", who=ANNA).succeeds(
        "Refund 315.00 TUSD", "Refund 210.00 TUSD", "Send?"
    )
    assert [money(town, who) for who in (ANNA, BRUNO)] == [1_000 * UNIT, 1_000 * UNIT]


def test_documents_and_metadata_are_bound_by_hash_and_given_to_an_api(town: Town, tmp_path: Path) -> None:
    listed(town, tmp_path, 3)
    token = town.contracts.token
    deed, empty, program = tmp_path / "deed.pdf", tmp_path / "empty", tmp_path / "program"
    deed.write_bytes(b"%PDF-1.7 a deed" + bytes(range(256)))
    empty.touch()
    program.write_bytes(b"\x7fELF\0")
    with library() as (api, taken):
        bound = ("property", "document", "3", "deed", str(deed), "--uri", "https://deeds.example/3", YES)
        town.ape(*bound, "--api", api, who=ISSUER).succeeds("'deed', version 1", "271 bytes", "has its bytes")
    content = deed.read_bytes()
    assert taken == {f"/v1/documents/0x{keccak(content).hex()}": ("application/pdf", content)}
    found = token.functions.document_of(3, "deed").call()
    assert found == (1, keccak(deed.read_bytes()), "https://deeds.example/3")
    again = town.ape(*bound, "--api", "http://127.0.0.1:1/", who=ISSUER)
    again.fails("the transaction is done, but", "curl -T")
    assert token.functions.document_of(3, "deed").call()[0] == 2
    unread = ("property", "document", "3", "deed", str(program), "--api", "http://127.0.0.1:1/", YES)
    town.ape(*unread, who=ISSUER).fails("is of no kind that the API takes")
    assert token.functions.document_of(3, "deed").call()[0] == 2
    town.ape("property", "metadata", "3", str(deed), YES, who=ISSUER).succeeds("next version of its metadata")
    assert token.functions.property_of(3).call()[7][:2] == (2, keccak(deed.read_bytes()))
    town.ape("property", "document", "3", "deed", str(empty), YES, who=ISSUER).fails("has 0 bytes")
    town.ape("property", "metadata", "3", str(deed), YES, who=ANNA).fails("is not the issuer of property 3")


def test_a_property_is_handed_on_in_two_steps(town: Town, tmp_path: Path) -> None:
    listed(town, tmp_path, 4)
    town.ape("property", "accept", "4", YES, who=BRUNO).fails("was not proposed as issuer")
    town.ape("property", "propose", "4", town.accounts[BRUNO], YES, who=ISSUER).succeeds("Propose")
    town.ape("property", "accept", "4", YES, who=BRUNO).succeeds("Become the issuer")
    town.ape("property", "allot", "4", town.accounts[ANNA], "5", YES, who=BRUNO).succeeds("Create 5 fractions")
    town.ape("property", "allot", "4", town.accounts[ANNA], "996", YES, who=BRUNO).fails(
        "995 fractions of property 4 are free"
    )


def test_a_registry_is_filled_from_a_csv(town: Town, tmp_path: Path) -> None:
    registry, path = town.contracts.registry, tmp_path / "list.csv"
    town.ape("registry", "create", town.accounts[REGISTRAR], "Residents", YES, who=DEPLOYER).succeeds("it is list 1")
    heading = "wallet,investor_id,expiry,frozen\n"
    wallets = [f"0x{number:040x}" for number in range(1, 130)]
    path.write_text(heading + "".join(f"{wallet},7,2031-01-31,no\n" for wallet in wallets) + "0x12,7,2031-01-31,no\n")
    load = ("registry", "import", "1", str(path), YES)
    town.ape(*load, who=REGISTRAR).fails("1 bad lines", "line 131: '0x12' is no address")
    path.write_text(heading + "".join(f"{wallet},7,2031-01-31,no\n" for wallet in wallets))
    town.ape(*load, who=ANNA).fails("is not the registrar of list 1")
    town.ape(*load, who=REGISTRAR).succeeds("Make 128 entries", "Make 1 entries", "129 changes; 0 stand as they are")
    assert registry.functions.is_eligible(1, wallets[-1]).call()
    town.ape(*load, who=REGISTRAR).succeeds("0 changes; 129 stand as they are", "Nothing was sent")
    path.write_text(f"{heading}{wallets[0]},7,2031-01-31,yes\n{wallets[1]},7,off,no\n{wallets[2]},7,2031-01-31,no\n")
    town.ape(*load, who=REGISTRAR).succeeds(
        "investor 7 until 2031-01-31 00:00 UTC -> investor 7 until 2031-01-31 00:00 UTC, frozen",
        "-> off the list",
        "2 changes; 1 stand as they are",
    )
    assert [registry.functions.is_eligible(1, wallet).call() for wallet in wallets[:3]] == [False, False, True]
    town.ape("registry", "registrar", "1", town.accounts[ANNA], YES, who=DEPLOYER).succeeds("makes the entries")
    town.ape(*load, who=ANNA).succeeds("Nothing was sent")


def test_pausing_takes_the_role_and_stops_deposits_only(town: Town) -> None:
    town.ape("pause", "vault", YES, who=ANNA).fails("does not hold the role PAUSER", "so nothing was sent")
    town.ape("roles", "grant", "vault", "PAUSER", town.accounts[ANNA], YES, who=DEPLOYER).succeeds("stops and resumes")
    town.ape("pause", "vault", YES, who=ANNA).succeeds("Deposits stop")
    assert town.contracts.vault.functions.paused().call()
    town.ape("pause", "vault", YES, who=ANNA).fails("EnforcedPause")
    town.ape("unpause", "vault", YES, who=ANNA).succeeds("Deposits go on")
    town.ape("roles", "show").succeeds(f"vault PAUSER {town.accounts[ANNA]}")
    town.ape("roles", "revoke", "vault", "PAUSER", town.accounts[ANNA], YES, who=DEPLOYER).succeeds("Revoke PAUSER")
    town.ape("pause", "vault", YES, who=ANNA).fails("does not hold the role PAUSER")
    town.ape("roles", "grant", "vault", "LISTER", town.accounts[ANNA], YES).fails("has no role 'LISTER'")


def test_nothing_is_sent_without_a_yes(town: Town) -> None:
    before = town.nonce()
    for typed in ("n\n", "", "\n"):
        town.ape("treasury", "limit", "7.5", typed=typed).fails("pay 7.50 TUSD a day from now on", "Nothing was sent")
    assert town.nonce() == before
    town.ape("treasury", "limit", "7.5", "--record", typed="y\n").succeeds("done in block")
    assert town.contracts.treasury.functions.daily_limit().call() == 7_500_000
    town.ape("verify").succeeds()


def test_the_console_has_the_contracts_at_hand(town: Town) -> None:
    line = "print([token.rent_notice(), vault.fraction_token() == token, offering.fraction_token() == token, " \
        "registry.list_count(), treasury.settlement_vault() == vault, dollar.symbol()])"  # fmt: skip
    said = town.ape("console", "-c", line, FREEHOLD_MANIFEST=str(town.manifest))
    said.succeeds("At hand from", "[3600, True, True, 0, True, 'TUSD']")
    town.ape("console", "-c", "print('open')").succeeds("No contracts at hand: there is no manifest at", "open")


@contextmanager
def library() -> Iterator[tuple[str, dict[str, tuple[str, bytes]]]]:
    """A server that takes documents as the API does, the second time only: first it has not indexed the event."""
    taken: dict[str, tuple[str, bytes]] = {}
    asked: list[str] = []

    class Shelf(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            place, _, query = self.path.partition("?")
            asked.append(query)
            if len(asked) > 1:
                taken[place] = self.headers["Content-Type"], body
            self.send_response(201 if len(asked) > 1 else 409)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", taken
    finally:
        server.shutdown()
        server.server_close()
