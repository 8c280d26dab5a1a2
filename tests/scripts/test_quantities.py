"""Amounts, times and addresses as people type them: exactly, or not at all."""

import click
import pytest

from scripts._quantities import base_units, checked_address, checked_moment, in_ether, in_units

LARGEST = 2**256 - 1
ADDRESS = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        ("1500.25", 6, 1_500_250_000),
        ("0.000001", 6, 1),
        ("0", 6, 0),
        ("7", 0, 7),
        ("1.10", 1, 11),
        ("9007199254740993.000001", 6, 9_007_199_254_740_993_000_001),
        (str(LARGEST), 0, LARGEST),
    ],
)
def test_amounts_are_exact(text: str, decimals: int, units: int) -> None:
    assert base_units(text, decimals, "AMOUNT") == units


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1e3", "1,5", "1 000", ".5", "5.", "0.0000001", "NaN", "Infinity", "0x10", "１", str(LARGEST + 1)],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="AMOUNT is"):
        base_units(text, 6 if text != str(LARGEST + 1) else 0, "AMOUNT")


def test_amounts_are_told_as_they_are() -> None:
    assert in_units(1_234_567_890, 6, "TUSD") == "1,234.56789 TUSD"
    assert in_units(1_500_000, 6, "TUSD") == "1.50 TUSD"
    assert in_units(5, 0, "YEN") == "5 YEN"
    assert in_ether(1) == "0.000001 ether"
    assert in_ether(10**18) == "1.000000 ether"


def test_a_time_names_its_zone() -> None:
    assert checked_moment("2026-12-01T09:00:00+01:00") == checked_moment("2026-12-01T08:00Z") == 1_796_112_000
    for text in ("2026-12-01T09:00:00", "2026-12-01", "tomorrow", "2026-12-01T09:00:00.5Z", "1960-01-01T00:00Z"):
        with pytest.raises(click.BadParameter):
            checked_moment(text)


def test_an_address_with_a_typing_error_is_refused() -> None:
    assert checked_address(ADDRESS) == checked_address(ADDRESS.lower()) == ADDRESS
    for text in (ADDRESS.replace("C4", "c4"), ADDRESS[:-1], ADDRESS[2:], "0x" + 40 * "0", "vitalik.eth"):
        with pytest.raises(click.BadParameter):
            checked_address(text)
