"""What the issuer of the local chain does in these tests. The page has no part in it: issuers work by scripts."""

import itertools
from typing import Any

from web3 import Web3

from tests.e2e.conftest import chain_time
from tests.stack import Up

FIRST_ID = 1001
RELEASE_MARGIN = 5

ids = itertools.count(FIRST_ID)


def list_property(stack: Up, cap: int, document: bytes = b"{}", name: str = "Quay House, 9 Test Street, Porto") -> int:
    """A new property of the issuer's; its id."""
    people, number = stack.people, next(ids)
    admin, issuer = people.accounts[:2]
    listing = people.token.functions.list_property(number, issuer, cap, 0, name, Web3.keccak(document), "")
    people.send(listing, admin)
    return number


def offer(stack: Up, *, price: int, soft_cap: int, hard_cap: int, opens_in: int, lasts: int) -> int:
    """A new property that is offered; its id. Any wallet may take any part, and leave in the first half."""
    people, number = stack.people, list_property(stack, hard_cap)
    opens = chain_time(stack) + opens_in
    terms = (price, soft_cap, hard_cap, opens, opens + lasts // 2, opens + lasts, 1, hard_cap)
    people.send(people.offering.functions.set_offering(number, terms), people.accounts[1])
    return number


def allot(stack: Up, number: int, receiver: str, amount: int) -> None:
    people = stack.people
    people.send(people.token.functions.allot(number, receiver, amount), people.accounts[1])


def declare_rent(stack: Up, number: int, period: int, amount: int) -> int:
    """Seconds from now to the release."""
    people = stack.people
    wait: int = people.token.functions.rent_notice().call() + RELEASE_MARGIN
    declaration: Any = people.token.functions.declare_rent(number, period, amount, chain_time(stack) + wait)
    people.send(declaration, people.accounts[1])
    return wait


def attach(stack: Up, number: int, name: str, content: bytes) -> str:
    """Bind a document by its hash; the hash."""
    people, digest = stack.people, Web3.keccak(content)
    people.send(people.token.functions.set_document(number, name, digest, ""), people.accounts[1])
    return str(digest.to_0x_hex())
