"""`freehold proof`: a proof that was saved is checked without a server, and says no more than it shows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.saved_proof import DIFFERENT, DONE, UNREACHABLE, WRONG_USAGE, main
from local.process import free_port
from tests.api.stack import Stack

Saved = dict[str, Any]


def check(file: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """Exit code, and what was said."""
    code = main([str(file), *options])
    said = capsys.readouterr()
    return code, said.out + said.err


def save(folder: Path, body: Saved) -> Path:
    file = folder / "proof.json"
    file.write_text(json.dumps(body, indent=2))
    return file


def holding(stack: Stack) -> Saved:
    return stack.api.read(f"/proofs/holdings/1/{stack.people.persons[0]}")


def test_it_is_followed_without_any_server(stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bodies = [holding(stack), stack.api.read(f"/proofs/accounts/{stack.people.persons[0]}")]
    for body in bodies:
        file, manifest = save(tmp_path, body), ("--manifest", str(stack.manifest))
        code, said = check(file, capsys, *manifest, "--rpc", stack.chain.url, "--json")
        found = json.loads(said)
        assert code == DONE
        assert (found["balance"], found["hash"]) == (body["balance"], body["proof"]["block"]["hash"])
        assert (found["block"], found["node"]) == (body["meta"]["at_block"], "has the block")
        assert check(file, capsys)[0] == DONE
    code, said = check(save(tmp_path, bodies[0]), capsys)
    assert f"balance     {bodies[0]['balance']}" in said
    assert "not asked" in said


def richer(body: Saved) -> None:
    body["balance"] = str(int(body["balance"]) + 1)


def forged(body: Saved) -> None:
    """A state of one's own, under a header of one's own: all of it holds together, and nobody has the block."""
    body["proof"]["block"]["hash"] = "0x" + 32 * "22"


LIES: dict[str, tuple[Callable[[Saved], object], str]] = {
    "a larger balance": (richer, "what it leads to is"),
    "another block": (forged, "another hash"),
    "another holder": (lambda body: body.update(holder="0x" + 20 * "cd"), "not proven"),
    "another property": (lambda body: body.update(property_id=2), "not proven"),
    "a word less": (lambda body: body["proof"]["words"].pop(), "1 words"),
    "no header": (lambda body: body["proof"]["block"].update(header="0x80"), "another hash"),
    "no digits": (lambda body: body["proof"]["block"].update(header="0xzz"), "hexadecimal"),
    "a node cut short": (lambda body: body["proof"]["contract"]["proof"].pop(), "no way leads"),
}


@pytest.mark.parametrize(("change", "words"), LIES.values(), ids=LIES.keys())
def test_what_it_does_not_show_is_refused(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Saved], object], words: str
) -> None:
    body = holding(stack)
    change(body)
    code, said = check(save(tmp_path, body), capsys)
    assert (code, words in said) == (DIFFERENT, True), said


def test_it_must_be_of_the_deployment_and_of_the_nodes_chain(
    stack: Stack, rewound: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = holding(stack)
    manifest = json.loads(stack.manifest.read_text())
    manifest["contracts"]["fraction_token"]["address"] = stack.people.vault.address
    other = tmp_path / "manifest.json"
    other.write_text(json.dumps(manifest))
    code, said = check(save(tmp_path, body), capsys, "--manifest", str(other))
    assert (code, "the deployment's is" in said) == (DIFFERENT, True)
    code, said = check(save(tmp_path, body), capsys, "--rpc", rewound.chain.url)
    assert code == DIFFERENT
    assert "the proof is of" in said or "has no block" in said


def test_what_is_no_proof_is_said_to_be_none(stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = check(tmp_path / "nothing.json", capsys)
    assert (code, "nothing.json" in said) == (WRONG_USAGE, True)
    for text in ("", "{", "[]", '{"account": "0x12"}', "\0"):
        file = tmp_path / "proof.json"
        file.write_text(text)
        code, said = check(file, capsys)
        assert (code, "is no proof" in said) == (WRONG_USAGE, True), said
    code, said = check(save(tmp_path, holding(stack)), capsys, "--rpc", f"http://127.0.0.1:{free_port()}")
    assert (code, "does not answer" in said) == (UNREACHABLE, True)
    code, said = check(save(tmp_path, holding(stack)), capsys, "--manifest", str(tmp_path / "nowhere.json"))
    assert (code, "no deployment manifest" in said) == (WRONG_USAGE, True)
