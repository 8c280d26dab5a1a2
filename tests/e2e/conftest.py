"""A running stack, a real Chromium, and a wallet whose keys stay in the test process."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser, Page, sync_playwright
from web3 import Web3

from local.people import fund
from tests.browser import ADVICE, find_browser
from tests.stack import Up, end, fresh_up
from web.__main__ import install_modules

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run")  # fmt: skip
USER_REJECTED, UNSUPPORTED = 4001, 4200
ANNOUNCE = """
(() => {
  const listeners = {};
  const provider = {
    request: async ({method, params}) => {
      const reply = JSON.parse(await window.testWallet(JSON.stringify({method, params: params ?? []})));
      if (reply.error) throw Object.assign(new Error(reply.error.message), {code: reply.error.code});
      return reply.result;
    },
    on: (event, listener) => { (listeners[event] ??= []).push(listener); return provider; },
    removeListener: () => provider,
  };
  const info = {uuid: "7d1fa1f4-0c11-4d3f-9f4e-0f1f6f0d9a11", name: "Test wallet", rdns: "test.wallet",
                icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>"};
  const announce = () => window.dispatchEvent(
    new CustomEvent("eip6963:announceProvider", {detail: Object.freeze({info, provider})}));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
"""


@dataclass
class Wallet:
    """An EIP-1193 wallet. The page sees addresses and hashes; the key never leaves this process."""

    web3: Web3
    account: LocalAccount
    approves: bool = True
    signs_data: bool = True
    """False for one that knows no eth_signTypedData_v4."""
    block_hash: str | None = None
    """What its node says that every block has as its hash, where that is not the chain's."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    signed: list[dict[str, Any]] = field(default_factory=list)

    def request(self, text: str) -> str:
        said = json.loads(text)
        method, params = said["method"], said["params"]
        if method in ("eth_accounts", "eth_requestAccounts"):
            return json.dumps({"result": [self.account.address]})
        if method == "eth_sendTransaction":
            self.asked.append(params[0])
            if not self.approves:
                return json.dumps({"error": {"code": USER_REJECTED, "message": "the user said no"}})
            return json.dumps({"result": self.send(params[0])})
        if method == "eth_signTypedData_v4":
            return json.dumps(self.sign(json.loads(params[1])))
        reply = self.web3.provider.make_request(method, params)
        if self.block_hash and method == "eth_getBlockByNumber":
            reply["result"]["hash"] = self.block_hash
        return json.dumps({"result": reply["result"]} if "result" in reply else {"error": reply["error"]})

    def sign(self, typed: dict[str, Any]) -> dict[str, Any]:
        if not self.signs_data:
            return {"error": {"code": UNSUPPORTED, "message": "unsupported method"}}
        self.signed.append(typed)
        return {"result": self.account.sign_message(encode_typed_data(full_message=typed)).signature.to_0x_hex()}

    def send(self, asked: dict[str, Any]) -> str:
        fees = {"maxFeePerGas": self.web3.to_wei(20, "gwei"), "maxPriorityFeePerGas": self.web3.to_wei(1, "gwei")}
        transaction = {
            "from": self.account.address,
            "to": Web3.to_checksum_address(asked["to"]),
            "data": asked["data"],
            "value": 0,
            "chainId": self.web3.eth.chain_id,
            "nonce": self.web3.eth.get_transaction_count(self.account.address),
            "gas": int(asked["gas"], 16) if "gas" in asked else 300_000,
            **fees,
        }
        signed = self.account.sign_transaction(transaction)
        return self.web3.eth.send_raw_transaction(signed.raw_transaction).to_0x_hex()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = fresh_up(tmp_path_factory.mktemp("stack"))
    child = up.start("--no-traffic")
    yield up
    end(child)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.fail(ADVICE) if os.environ.get("CI") else pytest.skip(ADVICE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def wallet(stack: Up) -> Wallet:
    return new_wallet(stack)


@pytest.fixture
def other_wallet(stack: Up) -> Wallet:
    return new_wallet(stack)


def new_wallet(stack: Up) -> Wallet:
    """A new wallet with ether, dollars in its main account and dollars in its savings."""
    people = stack.people
    account: LocalAccount = Account.create()
    chain_call(stack, "anvil_setBalance", account.address, hex(10**20))
    chain_call(stack, "anvil_impersonateAccount", account.address)
    fund(people, account.address)
    chain_call(stack, "anvil_stopImpersonatingAccount", account.address)
    return Wallet(stack.web3, account)


@pytest.fixture
def open_page(stack: Up, browser: Browser, wallet: Wallet, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens the page with the wallet in it. Whatever the console calls an error fails the test at its end."""
    troubles: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")

    def opened(path: str = "/", used: Wallet = wallet) -> Page:
        page = context.new_page()
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.expose_function("testWallet", used.request)
        page.add_init_script(ANNOUNCE)
        page.goto(f"http://127.0.0.1:{stack.port}{path}")
        return page

    yield opened
    for page in context.pages:
        page.screenshot(path=tmp_path / "last.png")
    context.close()
    assert troubles == []


def chain_call(stack: Up, method: str, *params: Any) -> Any:
    reply = stack.web3.provider.make_request(method, list(params))  # type: ignore[arg-type]
    assert "error" not in reply, reply
    return reply["result"]


def pass_time(stack: Up, seconds: int) -> None:
    """Let the chain's clock go on, by a block at the later time."""
    chain_call(stack, "evm_increaseTime", seconds)
    chain_call(stack, "evm_mine")


def chain_time(stack: Up) -> int:
    return int(stack.web3.eth.get_block("latest")["timestamp"])


@pytest.fixture(scope="session", autouse=True)
def page_modules() -> None:
    """axe, which comes with what the page is built from."""
    install_modules()
