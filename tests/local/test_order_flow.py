"""An order flow as people write it: what is right is read exactly, what is wrong is named before anything is sent."""

from pathlib import Path

import pytest

from local.order_flow import BadFlow, Rules, price_text, read_flow
from local.sample_flow import sample_flow

CENTS = Rules(tick_size=10_000, lot=1, unit=10**6)
HEADING = "time,account,operation,side,price,quantity,reference\n"


def written(folder: Path, *lines: str, heading: str = HEADING) -> Path:
    path = folder / "flow.csv"
    path.write_text(heading + "".join(f"{line}\n" for line in lines))
    return path


def faults(folder: Path, *lines: str, rules: Rules = CENTS) -> str:
    with pytest.raises(BadFlow) as refused:
        read_flow(written(folder, *lines), rules)
    return str(refused.value)


def test_every_kind_of_line_is_read_as_it_stands(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "2026-12-01T09:00:00Z,anna,limit,ask,34.04,100,a1",
        "1796115600, bruno ,place,bid,34,7,",
        "2026-12-01T10:00:01+01:00,chiara,market,bid,,30,",
        "",
        "1796115602,anna,reduce,,,20,a1",
        "1796115602,anna,cancel,,,,a1",
    )
    lines = read_flow(path, CENTS)
    assert [(line.number, line.time, line.account, line.operation, line.side, line.tick, line.quantity, line.reference)
            for line in lines] == [
        (2, 1_796_115_600, "anna", "limit", 1, 3_404, 100, "a1"),
        (3, 1_796_115_600, "bruno", "limit", 0, 3_400, 7, ""),
        (4, 1_796_115_601, "chiara", "market", 0, 0, 30, ""),
        (6, 1_796_115_602, "anna", "reduce", 0, 0, 20, "a1"),
        (7, 1_796_115_602, "anna", "cancel", 0, 0, 0, "a1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("9,anna,limit,bid,34,1,", "time: 9 lies before 1970-01-02"),
        ("2026-12-01T09:00:00,anna,limit,bid,34,1,", "time: '2026-12-01T09:00:00' is none; it is 2026-12-01T09:00:00Z"),
        ("1796115599,anna,limit,bid,34,1,", "time: 1796115599 lies before the line above: sort the file"),
        ("1796115600,,limit,bid,34,1,", "account: it has 0 characters, and a name has 1 to 64"),
        ("1796115600,anna,sell,ask,34,1,", "operation: 'sell' is none; there are limit, place, "),
        ("1796115600,anna,limit,buy,34,1,", "side: 'buy' is none; it is bid or ask"),
        (
            "1796115600,anna,limit,bid,34.005,1,",
            "price: 34.005 is no multiple of the tick size; 34.00 or 34.01 would be",
        ),
        ("1796115600,anna,limit,bid,0.001,1,", "price: 0.001 is no multiple of the tick size; 0.01 would be"),
        ("1796115600,anna,limit,bid,167772.15,1,", "price: 167772.15 is out of range: 0.01 to 167772.14"),
        ("1796115600,anna,limit,bid,1e3,1,", "price: '1e3' is none; it is a number such as 34.02"),
        ("1796115600,anna,limit,bid,,1,", "price: '' is none"),
        ("1796115600,anna,limit,bid,34,1.5,", "quantity: '1.5' is none; it is a whole number of fractions from 1"),
        ("1796115600,anna,limit,bid,34,0,", "quantity: '0' is none"),
        ("1796115600,anna,limit,bid,34,1,a1", "reference: 'a1' names an order above already"),
        ("1796115600,anna,cancel,,,,zz", "reference: 'zz' names no order above; cancel needs the name of one"),
        ("1796115600,bruno,cancel,,,,a1", "account: 'bruno' did not place 'a1': 'anna' did, and alone can cancel"),
        ("1796115600,anna,cancel,,,5,a1", "quantity: it is empty for cancel, and not '5'"),
        ("1796115600,anna,reduce,,34,5,a1", "price: it is empty for reduce, and not '34'"),
        ("1796115600,anna,reduce,,,,a1", "quantity: '' is none"),
        ("1796115600,anna,limit,bid,34", "columns: there are 5 cells, and a line has 7"),
    ],
)
def test_a_bad_cell_is_named_with_line_column_and_what_would_be_right(tmp_path: Path, line: str, words: str) -> None:
    told = faults(tmp_path, "1796115600,anna,limit,ask,35,9,a1", line)
    assert f"line 3, {words}" in told
    assert "1 bad lines, so nothing was sent" in told


def test_all_bad_lines_are_told_at_once_and_one_fault_makes_no_others(tmp_path: Path) -> None:
    told = faults(
        tmp_path, "1796115600,anna,limit,ask,35.001,9,a1", "1796115601,anna,cancel,,,,a1", "x,anna,market,bid,,1,"
    )
    assert "has 2 bad lines" in told
    assert "line 2, price" in told
    assert "line 4, time" in told


def test_quantities_are_multiples_of_the_lot(tmp_path: Path) -> None:
    told = faults(tmp_path, "1796115600,anna,limit,bid,34,15,", rules=Rules(10_000, 10, 10**6))
    assert "quantity: 15 is no multiple of the lot; 10 or 20 would be" in told


def test_what_is_no_order_flow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFlow, match=r"the first line of .* has to be time,account"):
        read_flow(written(tmp_path, heading="when,who\n"), CENTS)
    with pytest.raises(BadFlow, match="has no lines below its heading"):
        read_flow(written(tmp_path), CENTS)
    with pytest.raises(BadFlow, match="cannot be read"):
        read_flow(tmp_path / "none.csv", CENTS)
    assert "asks of 281,474,976,710,656 fractions in all" in faults(
        tmp_path, "1796115600,anna,limit,ask,34,281474976710655,", "1796115600,anna,limit,ask,34,1,"
    )


def test_a_sample_is_an_order_flow_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    lines = list(sample_flow(2_000, seed=7))
    path = tmp_path / "flow.csv"
    path.write_text("\n".join(lines))
    assert len(read_flow(path, CENTS)) == 2_000
    assert lines == list(sample_flow(2_000, seed=7)) != list(sample_flow(2_000, seed=8))


def test_prices_are_told_with_the_decimals_that_they_need() -> None:
    assert [price_text(tick, Rules(5, 1, 10**6)) for tick in (1, 200_000, 20)] == ["0.000005", "1.00", "0.0001"]
    assert price_text(7, Rules(1, 1, 1)) == "7"
