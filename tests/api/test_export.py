"""An account's ledger as a file: what bookkeeping programs make of it, and what they make of one altered unit."""

import csv
import io
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Open, Transaction

from api.export.statement import Coin
from api.postings import readable
from local.people import UNIT, main_account
from local.postgres import Postgres
from tests.api.preparing import fresh_key, now
from tests.api.stack import Api, Stack, require_problem, running_stack
from tests.conftest import Deployed
from tests.hledger import ADVICE, find_hledger, install_hledger

LINE = re.compile(r"^(?: +[A-Z]\S+|\S+ balance \S+)  .+$", re.MULTILINE)
"""One that holds amounts: of a transaction, or asserted. References and headings are none."""
AMOUNT = re.compile(r"-?\d+(?= \"?TUSD-UNIT\"?)")
NASTY = (
    b'"\n2020-01-01 open Assets:Stolen', b'include "/etc/passwd"', b'x" ; y "z\\', b"\\", b'\\"', b'"' * 32,
    b"; date:2001-01-01, [2001-01-01]", b"= 5 \"TUSD-UNIT\"", b"(code) | payee", b"  ! * @ 3 EUR", b"%3B;%",
    b"=HYPERLINK(1)", b"+1", b"a,b;c", "ä €".encode(), "a\u2028b".encode(), "\u202egnp".encode(), b"\xff\xfe",
    b"\0middle\0", b"line\r\nend", b"~ monthly", b"comment", b"\t\t9 TUSD-UNIT",
)  # fmt: skip


@pytest.fixture(scope="module")
def books(postgres: Postgres, deployed: Deployed, workshop: Path) -> Iterator[Stack]:
    """A stack where Anna's ledger has every sign, a sub-account, and references that would like to be more."""
    with running_stack(postgres, deployed, workshop) as running:
        people, (anna, bruno) = running.people, running.people.persons[:2]
        vault = people.vault.functions
        for number, reference in enumerate(NASTY, 1):
            payer, payee = (anna, bruno) if number % 3 else (bruno, anna)
            accounts = main_account(payer), main_account(payee)
            key = bytes.fromhex(fresh_key()[2:])
            people.send(vault.transfer(*accounts, number, reference.ljust(32, b"\0"), key), payer)
        people.send(vault.withdraw(main_account(anna), 5 * UNIT, bruno, b"gone".ljust(32, b"\0")), anna)
        people.send(vault.deposit(main_account(anna), 7 * UNIT), anna)
        running.settle()
        yield running


def export(api: Api, account: str, format: str, **params: Any) -> str:
    answer = api.get(f"/accounts/{account}/export", format=format, **params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith('attachment; filename="freehold-0x')
    return answer.content.decode()


def whole(books: Stack, format: str) -> str:
    return export(books.api, books.people.persons[0], format, include_unfinal=True)


def altered(text: str) -> Iterator[str]:
    """The text with one amount greater by a unit, each in turn."""
    for line in LINE.finditer(text):
        for found in AMOUNT.finditer(text, line.start(), line.end()):
            yield f"{text[: found.start()]}{int(found[0]) + 1}{text[found.end() :]}"


def test_beancount_accepts_an_export_and_reads_every_posting(books: Stack) -> None:
    text = whole(books, "beancount")
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    posted = [entry for entry in entries if isinstance(entry, Transaction)]
    ledger = books.api.read("/postings", account=books.people.persons[0], limit=200)["postings"]
    assert len(posted) == len(ledger) > len(NASTY)
    by_place = {entry.meta["place"]: entry for entry in posted}
    for posting in ledger:
        entry = by_place[f"{posting['block_number']}-{posting['log_index']}"]
        words = posting["reference_text"]
        assert entry.narration == (posting["kind"] if words is None else f"{posting['kind']}: {words}")
        assert entry.meta["reference"] == posting["reference"]
        units = entry.postings[0].units
        assert units
        assert units.number in (int(posting["amount"]), -int(posting["amount"]))
    opened = {entry.account for entry in entries if isinstance(entry, Open)}
    assert not [name for name in opened if "Stolen" in name]


def test_beancount_refuses_one_altered_unit_wherever_it_is(books: Stack) -> None:
    texts = list(altered(whole(books, "beancount")))
    assert len(texts) > 2 * len(NASTY)
    for text in texts:
        _, errors, _ = loader.load_string(text)
        assert errors, "one unit more, and beancount says nothing"


def test_a_period_opens_with_what_the_one_before_closed_with(books: Stack) -> None:
    anna = books.people.persons[0]
    ledger = books.api.read("/postings", account=anna, limit=200)["postings"][::-1]
    middle = ledger[len(ledger) // 2]["timestamp"]
    first = export(books.api, anna, "beancount", to_time=middle - 1, include_unfinal=True)
    second = export(books.api, anna, "beancount", from_time=middle, include_unfinal=True)
    assert balances(first)[-1] == balances(second)[0] != 0
    for text in (first, second):
        assert loader.load_string(text)[1] == []
    for text in altered(second):
        assert loader.load_string(text)[1]
    in_each = [len(re.findall(r"^  place:", text, re.MULTILINE)) for text in (first, second)]
    assert sum(in_each) == len(ledger)
    assert in_each[1] == sum(1 for posting in ledger if posting["timestamp"] >= middle)


def balances(text: str) -> list[int]:
    return [int(found) for found in re.findall(r" balance \S+  (-?\d+) ", text)]


def test_csv_adds_up_from_the_opening_to_the_closing_balance(books: Stack) -> None:
    anna = books.people.persons[0]
    rows = list(csv.DictReader(io.StringIO(whole(books, "csv"), newline="")))
    opening, *posted, closing = rows
    assert (opening["kind"], opening["balance"], closing["kind"]) == ("opening", "0", "closing")
    balance = 0
    for row in posted:
        balance += int(row["change"])
        assert row["balance"] == str(balance)
    assert closing["balance"] == str(balance)
    assert balance == books.people.vault.functions.balance_of(main_account(anna)).call()
    head = books.web3.eth.get_block(int(closing["block_number"]))
    assert head["hash"].to_0x_hex() == closing["block_hash"]
    texts = {row["reference_text"] for row in posted}
    assert "'=HYPERLINK(1)" in texts
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@"))]
    assert {bytes.fromhex(row["reference"][2:]).rstrip(b"\0") for row in posted} >= {n.rstrip(b"\0") for n in NASTY}


def test_only_what_is_final_is_exported_unless_one_asks_for_more(books: Stack) -> None:
    anna, bruno = books.people.persons[:2]
    books.people.send(
        books.people.vault.functions.transfer(main_account(anna), main_account(bruno), 3, bytes(32), fresh_key()), anna
    )
    books.settle()
    status = books.api.read("/status")["meta"]
    final, all_of_it = (
        export(books.api, anna, "beancount", include_unfinal=unfinal) for unfinal in (False, True)
    )  # fmt: skip
    assert f"as of block {status['finalized_block']} 0x" in final
    assert f"as of block {status['indexed_block']} {status['indexed_block_hash']}" in all_of_it
    assert "final postings only" in final
    assert "a reorganisation may take back" in all_of_it
    assert len(all_of_it) > len(final)
    flags = {entry.flag for entry in loader.load_string(all_of_it)[0] if isinstance(entry, Transaction)}
    assert flags == {"*", "!"}
    assert {entry.flag for entry in loader.load_string(final)[0] if isinstance(entry, Transaction)} == {"*"}
    assert loader.load_string(final)[1] == []


def test_sub_accounts_agents_and_the_outside_have_names_of_their_own(books: Stack) -> None:
    anna, bruno = books.people.persons[:2]
    savings = f"0x{main_account(anna) + 1:064x}"
    text = export(books.api, savings, "beancount", include_unfinal=True)
    own = f"Assets:Freehold:{anna.lower()}"
    assert {f"{own}:Sub-1", f"{own}:Main"} <= set(re.findall(r"open (\S+)", text))
    outside = export(books.api, "0x" + 64 * "0", "beancount", include_unfinal=True)
    _, errors, _ = loader.load_string(outside)
    assert errors == []
    assert balances(outside)[-1] == books.people.vault.functions.balance_of(0).call()
    main = whole(books, "beancount")
    assert "Equity:Outside" in main
    assert f"Equity:Counterparty:{bruno.lower()}:Main" in main


def test_an_account_that_was_never_used_gives_an_empty_file_that_holds(books: Stack) -> None:
    unused = "0x" + 63 * "1" + "7"
    for format in ("csv", "beancount", "hledger"):
        text = export(books.api, unused, format)
        assert "place" not in text
    assert loader.load_string(export(books.api, unused, "beancount"))[1] == []


def test_a_file_is_named_for_what_is_in_it(books: Stack) -> None:
    anna = books.people.persons[0]
    began = now(books) - 86_400
    answer = books.api.get(f"/accounts/{anna}/export", format="hledger", from_time=began, include_unfinal=True)
    days = [f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d}" for time in (began, now(books))]
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="freehold-{anna.lower()}-main-{days[0]}-{days[1]}.journal"'
    )
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert books.api.get(f"/accounts/{anna}/export", format="csv").headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize(
    ("account", "params", "code"),
    [
        ("0x12", {"format": "csv"}, "invalid-account"),
        ("0x" + 64 * "1", {}, "invalid-request"),
        ("0x" + 64 * "1", {"format": "xml"}, "invalid-request"),
        ("0x" + 64 * "1", {"format": "csv", "from_time": 5, "to_time": 4}, "invalid-request"),
        ("0x" + 64 * "1", {"format": "csv", "from_time": 10**12}, "invalid-request"),
        ("0x" + 64 * "1", {"format": "csv", "to_time": 5}, "at-block-not-indexed"),
        ("0x" + 64 * "1", {"format": "csv", "at_block": 5}, "invalid-request"),
    ],
)
def test_an_export_that_makes_no_sense_is_refused(
    books: Stack, account: str, params: dict[str, Any], code: str
) -> None:
    require_problem(books.api.get(f"/accounts/{account}/export", **params), code)


def test_a_period_that_lies_ahead_holds_what_there_is_now(books: Stack) -> None:
    anna = books.people.persons[0]
    text = export(books.api, anna, "beancount", from_time=now(books) + 10**7, include_unfinal=True)
    assert loader.load_string(text)[1] == []
    held = books.people.vault.functions.balance_of(main_account(anna)).call()
    assert balances(text) == [held, held]


@pytest.mark.parametrize(
    ("symbol", "unit"),
    [
        ("TUSD", "TUSD-UNIT"), ("USD Coin", "USDCOIN-UNIT"), ("1INCH", "X1INCH-UNIT"), ("", "X-UNIT"), ("€", "X-UNIT"),
        ("a\n2020-01-01 open X", "A20200101OPENX-UNIT"), ("T" * 99, "T" * 16 + "-UNIT"), ("USD₮0", "USD0-UNIT"),
    ],
)  # fmt: skip
def test_any_symbol_becomes_a_commodity(symbol: str, unit: str) -> None:
    assert Coin(symbol, 6).unit == unit
    assert loader.load_string(f"2020-01-01 commodity {unit}\n")[1] == []


@pytest.fixture
def hledger() -> str:
    install_hledger()
    found = find_hledger()
    assert found, ADVICE
    return found


def check(hledger: str, journal: Path, text: str) -> subprocess.CompletedProcess[str]:
    journal.write_text(text)
    return subprocess.run([hledger, "-f", journal, "--strict", "print"], capture_output=True, text=True)


@pytest.mark.full
def test_hledger_accepts_an_export_strictly_and_refuses_one_altered_unit(
    books: Stack, hledger: str, tmp_path: Path
) -> None:
    journal, text = tmp_path / "ledger.journal", whole(books, "hledger")
    done = check(hledger, journal, text)
    assert done.returncode == 0, done.stderr
    references = [readable(reference.ljust(32, b"\0")) for reference in NASTY]
    assert done.stdout.count(" transfer: ") >= len([words for words in references if words])
    assert not re.search(r"^2001|^2020|Stolen", done.stdout, re.MULTILINE)
    for changed in altered(text):
        assert check(hledger, journal, changed).returncode != 0, "one unit more, and hledger says nothing"
