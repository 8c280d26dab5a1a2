"""Where an order flow is replayed: a property with a book, and a wallet with all that it needs for each account."""

from collections import Counter
from dataclasses import dataclass

from eth_utils.crypto import keccak
from web3 import Web3

from indexer.deployment import Deployment
from local.order_flow import HIGHEST_TICK, SIDES, Line, Rules
from local.people import People, main_account, meet
from local.pipeline import Pipeline
from local.rpc import Rpc, calldata

PROPERTY_ID = 1
EARLIER_SECONDS = 86_400
"""How long before the first line the chain begins, so that there is time to deploy."""
IN_A_BLOCK = 400
HIGHEST_FEES = (102, 100)  # a bid and the highest fees of it
LARGEST_AMOUNT = 2**95


@dataclass(frozen=True)
class Fees:
    """Of the book, in millionths of a trade's value."""

    maker_ppm: int
    taker_ppm: int


@dataclass(frozen=True)
class Stage:
    """Contracts with a book, and the wallet of each account."""

    people: People
    pipeline: Pipeline
    rules: Rules
    wallets: dict[str, str]

    @property
    def market(self) -> str:
        return str(self.people.market.address)


def set_stage(web3: Web3, url: str, deployment: Deployment, lines: list[Line], rules: Rules, fees: Fees) -> Stage:
    """On a chain that mines at once; afterwards it mines when it is told to."""
    people = meet(web3, deployment)
    admin, issuer = people.accounts[:2]
    for contract in (people.token, people.market):
        people.send(contract.functions.grantRole(keccak(text="LISTER"), admin), admin)
    fractions, dollars = needs_of(lines, rules)
    cap = max(1, sum(fractions.values()))
    listing = people.token.functions.list_property(PROPERTY_ID, issuer, cap, 0, "Replay", keccak(b""), "")
    people.send(listing, admin)
    book = (PROPERTY_ID, rules.tick_size, rules.lot, 0, fees.maker_ppm, fees.taker_ppm)
    people.send(people.market.functions.create_book(*book), admin)
    total = sum(dollars.values())
    people.send(people.dollar.functions.mint(admin, total), admin)
    people.send(people.dollar.functions.approve(people.vault.address, total), admin)
    rpc = Rpc(url)
    rpc("evm_setAutomine", False)
    pipeline, wallets = Pipeline(rpc), {account: wallet_of(account) for account in {line.account for line in lines}}
    pipeline.endow([admin, issuer, *wallets.values()])
    endow(people, pipeline, wallets, fractions, dollars)
    return Stage(people, pipeline, rules, wallets)


def wallet_of(account: str) -> str:
    """An address that is an account's alone, on every replay the same."""
    return Web3.to_checksum_address(keccak(text=f"replayed account {account}")[-20:])


def needs_of(lines: list[Line], rules: Rules) -> tuple[Counter[str], Counter[str]]:
    """By account: fractions to sell everything that it asks for, and units for everything that it bids for."""
    fractions: Counter[str] = Counter()
    dollars: Counter[str] = Counter()
    highest = max((line.tick for line in lines), default=0) or 1
    for line in lines:
        if not line.is_placing:
            continue
        if line.side == SIDES["ask"]:
            fractions[line.account] += line.quantity
        else:
            value = line.quantity * (line.tick or highest) * rules.tick_size
            dollars[line.account] += -(-value * HIGHEST_FEES[0] // HIGHEST_FEES[1])
    return fractions, dollars


def endow(
    people: People, pipeline: Pipeline, wallets: dict[str, str], fractions: Counter[str], dollars: Counter[str]
) -> None:
    """Raises RuntimeError where the contracts refuse, which they do for more than they can hold."""
    admin, issuer = people.accounts[:2]
    vault, token = str(people.vault.address), str(people.token.address)
    deposit, allot = "deposit(uint256,uint256)", "allot(uint256,address,uint256)"
    calls = [(admin, vault, calldata(deposit, main_account(wallets[who]), units)) for who, units in dollars.items()]
    for who, amount in fractions.items():
        calls.append((issuer, token, calldata(allot, PROPERTY_ID, int(wallets[who], 16), amount)))
    for start in range(0, len(calls), IN_A_BLOCK):
        for call in calls[start : start + IN_A_BLOCK]:
            pipeline.add(*call)
        latest = pipeline.rpc("eth_getBlockByNumber", "latest", False)
        for receipt in pipeline.mine(int(latest["timestamp"], 16) + 1):
            if int(receipt["status"], 16) != 1:
                raise RuntimeError(f"an account could not be endowed: {receipt['transactionHash']} failed")


def market_tick(line: Line) -> int:
    """The price of an order at the market that names none: whatever the book has."""
    return HIGHEST_TICK if line.side == SIDES["bid"] else 1
