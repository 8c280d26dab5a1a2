"""A registry's CSV: every bad line is named with its number, and a good one is read exactly."""

from pathlib import Path

import click
import pytest

from scripts._entries import Entry, read_entries

HEADING = "wallet,investor_id,expiry,frozen\n"
ANNA = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
BRUNO = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"


def written(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text)
    return path


def test_good_lines_are_read_exactly(tmp_path: Path) -> None:
    text = f"\ufeff{HEADING}{ANNA.lower()}, {2**128 - 1} ,2027-12-31,no\n\n{BRUNO},7,off,YES\n"
    assert read_entries(written(tmp_path, text)) == [
        Entry(ANNA, 2**128 - 1, 1_830_211_200, False),
        Entry(BRUNO, 7, 0, True),
    ]


def test_every_bad_line_is_named_with_all_that_is_wrong(tmp_path: Path) -> None:
    lines = [
        f"{ANNA},1,2027-12-31,no",
        f"{ANNA.replace('C4', 'c4')},1,2027-12-31,no",
        f"{BRUNO},-1,31.12.2027,perhaps",
        f"{BRUNO},{2**128},2027-02-30,no",
        f"{ANNA},2,2027-12-31,no",
        f"{BRUNO},1,2027-12-31",
        f"{'0x' + 40 * '0'},1,2027-12-31,no",
        f"{BRUNO},1,1970-01-01,no",
    ]
    with pytest.raises(click.ClickException) as refused:
        read_entries(written(tmp_path, HEADING + "\n".join(lines)))
    said = refused.value.message.splitlines()
    assert "7 bad lines, so nothing was sent" in said[0]
    for line, number, words in zip(said[1:], (3, 4, 5, 6, 7, 8, 9), (
        ["checksum"], ["investor_id is '-1'", "expiry is '31.12.2027'", "frozen is 'perhaps'"],
        ["investor_id", "expiry is '2027-02-30'"], ["stands in line 2 already"], ["3 cells"], ["address 0"], ["1970"],
    ), strict=True):  # fmt: skip
        assert line.strip().startswith(f"line {number}:"), line
        assert all(word in line for word in words), line


@pytest.mark.parametrize(
    "text",
    ["", "wallet,investor_id,expiry\n", "wallet;investor_id;expiry;frozen\n", HEADING, f'{HEADING}"{ANNA},1,off,no\n'],
)
def test_what_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(click.ClickException):
        read_entries(written(tmp_path, text))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(click.ClickException, match="not UTF-8"):
        read_entries(path)
