"""A contract's refusal in words: its custom errors decoded, with what would be accepted instead."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import is_address, to_checksum_address
from eth_utils.crypto import keccak

from indexer.chain import ORDER_NUMBER_BITS

ABI = Path(__file__).resolve().parent.parent / "contracts" / "abi"
ABI_FILES = (
    "SettlementVault", "FractionToken", "Marketplace", "PrimaryOffering", "InvestorRegistry", "Treasury", "Lens",
)  # fmt: skip

ROLE_NAMES = ("LISTER", "OPERATOR", "PAUSER", "FEE")
ROLES = {bytes(32): "DEFAULT_ADMIN_ROLE"} | {keccak(text=name): name for name in ROLE_NAMES}
# Arguments that are seconds since 1970; people are told the date.
TIMES = {"deadline", "earliest", "expiry", "firm", "latest", "release_time"}

# By an error's name, or by its signature where two have the same name.
SENTENCES = {
    # money
    "InsufficientBalance": "The account holds {balance} base units, {needed} are needed. Send less, or deposit first.",
    "NotAccountOwner": "The account belongs to another wallet. Only its owner can move money from it.",
    "InvalidAccount": "Nobody could ever move money out of that account, so it takes none. Check the receiver.",
    "SameAccount": "The money would go to the account that it comes from. Name another receiver.",
    "ZeroAmount": "The amount is zero. Name at least one base unit.",
    "InvalidReceiver": "That address cannot receive money from the vault. Name another receiver.",
    "UnexpectedArrival": "{expected} base units were to arrive, and {received} did: the stablecoin keeps a fee.",
    "StablecoinRefused": "The stablecoin refused to move. Its issuer may have frozen an address.",
    "InvalidStablecoin": "There is no contract at {stablecoin}, so no stablecoin. Check address and chain.",
    "PermitRefused": "The signed approval does not fit, and no other covers the amount. Sign a fresh one, or approve.",
    "KeyUsedForAnotherRequest": "This idempotency key was used for another transfer. Take a fresh key.",
    "KeyVoid": "This idempotency key was made void by its owner. Take a fresh key.",
    "EmptyBatch": "The batch has no legs. Name at least one transfer.",
    "InvalidKind": "There is no such kind here: {kind}. 3 stands for transfers, 4 for batches.",
    "InvalidSignature": "The signature is not one of {signer} over these values. Have the owner sign them again.",
    "SignatureExpired": "The signature was good until {deadline}. Have the owner sign again, with a later deadline.",
    "NotAgent": "Only the contracts that the vault knows may post for others.",
    "AgentCannotDebit": "A contract reaches its own accounts and the main account of its caller, and no other.",
    "DailyLimitExceeded": "With this payment {needed} base units would be paid today, and {daily_limit} may be. "
    "Pay the rest tomorrow, or have the admin raise the limit.",
    # pausing and roles
    "EnforcedPause": "New money is not taken in just now: deposits or subscriptions are paused. All else goes on.",
    "ExpectedPause": "It is not paused, so there is nothing to resume.",
    "AccessControlUnauthorizedAccount": "{account} does not hold the role {needed_role}. An admin can grant it.",
    "AccessControlBadConfirmation": "A role is renounced by its holder alone. Name the sender's own address.",
    "InvalidAdmin": "Address 0 cannot be the admin. Name the wallet or contract that shall grant the roles.",
    # properties
    "UnknownProperty": "There is no property {property_id}. Check the number.",
    "PropertyExists": "Property {property_id} is listed already, for ever. Take another number.",
    "InvalidPropertyId": "{property_id} cannot be a property's number. Take one from 1 to 4294967295.",
    "InvalidSupplyCap": "{supply_cap} cannot be a supply cap. Take one from 1 to 281474976710655 fractions.",
    "InvalidIssuer": "Address 0 cannot be an issuer. Name the issuer's wallet.",
    "InvalidName": "The document has no name. Give it one of at most 64 bytes.",
    "NotIssuer": "{caller} is not the issuer of property {property_id}. Send it from the issuer's wallet.",
    "NotProposedIssuer": "{caller} was not proposed as issuer of property {property_id}. "
    "Its issuer has to propose him first.",
    "SupplyCapExceeded": "{available} fractions of property {property_id} are free within its cap, and {needed} "
    "are needed. What an offering has reserved is not free.",
    "PropertyEnding": "The end of property {property_id} is declared: no more rent, fractions or orders.",
    "NotMarketplace": "Only the marketplace may lock fractions and settle trades.",
    "NotOffering": "Only the offering contract may sell a property's first fractions.",
    # fractions
    "ERC1155InsufficientBalance": "The wallet holds {balance} free fractions, and {needed} are needed.",
    "FractionsLocked": "{locked} of the wallet's fractions rest in escrow. Cancel an order to free them.",
    "NotLocked": "{locked} of the wallet's fractions rest in escrow, and {needed} were to be set free.",
    "ERC1155InvalidReceiver": "The receiver cannot take fractions.",
    "ERC1155InvalidSender": "Address 0 has no fractions to send. Name the wallet that holds them.",
    "ERC1155InvalidOperator": "Address 0 cannot be given the right to move fractions. Name a wallet or contract.",
    "ERC1155InvalidArrayLength": "There are {ids_length} properties and {amounts_length} amounts. Name one for each.",
    "ERC1155MissingApprovalForAll": "The owner has not approved this wallet to move its fractions.",
    "NotEligible": "{account} may gain no fractions of property {property_id}: its registry list has no valid entry "
    "for this wallet. The list's registrar can enter it.",
    "NotEnoughGas": "With so little gas the registry cannot be asked. Send it again with a higher gas limit.",
    # registry
    "UnknownList": "There is no registry list {registry_list}. Create it first, or check the number.",
    "NotRegistrar": "{caller} is not the registrar of list {registry_list}. Send it from the registrar's wallet.",
    "InvalidRegistrar": "Address 0 cannot be a registrar. Name the registrar's wallet.",
    "InvalidWallet": "Address 0 cannot be entered in a list. Check the entries.",
    "InvalidExpiry": "{expiry} is no time of expiry: a second since 1970 below 2^64 is.",
    "InvalidInvestorId": "{investor_id} is no investor's number: a whole number below 2^128 is.",
    # rent
    "InvalidPeriod": "{period} cannot be a period. Take a number from 1 to 4294967295, such as 202611.",
    "InvalidReleaseTime": "Rent cannot be released at {release_time}. Declared now, it can be from {earliest} "
    "to {latest}.",
    "PeriodDeclared": "Rent for period {period} of property {property_id} was declared before. It is paid once.",
    "NothingSold": "Property {property_id} has no fractions yet, so nobody could earn its rent.",
    "RentTooLarge": "{amount} base units are more rent than property {property_id} can count. Declare less.",
    "UnknownRent": "No rent was declared for period {period} of property {property_id}.",
    "RentReleasedBefore": "The rent for period {period} of property {property_id} was released before.",
    "RentNotDue": "The rent for period {period} of property {property_id} can be released from {release_time} on.",
    "RentPending": "Rent of property {property_id} is declared and not released yet. Release it first.",
    "NothingToClaim": "{holder} has no rent of property {property_id} to claim now.",
    # offerings
    "InvalidTerms": "The offering's terms do not fit together: look at {term}.",
    "OfferingExists": "Property {property_id} has an offering that has opened or was decided. Its terms are fixed.",
    "OfferingRuns": "Property {property_id} has an offering. Close or cancel it first.",
    "OfferingNotOpen": "The offering of property {property_id} is not in the state for that: look at its times.",
    "SubscriptionsFirm": "Subscriptions to property {property_id} have been firm since {firm}.",
    "SubscriptionOutOfBounds": "The subscription would be {subscription} fractions, and one wallet may have "
    "{minimum} to {maximum}.",
    "HardCapExceeded": "{available} fractions of property {property_id} are left in this offering, and {needed} "
    "are asked for. Ask for fewer.",
    "InsufficientSubscription": "The wallet has subscribed to {subscription} fractions, and {needed} were to be "
    "taken back.",
    "NotClosable": "The offering of property {property_id} cannot be closed now: it can from its deadline on, or "
    "from its firm time on when it is sold out, and once.",
    "NotSettled": "The offering of property {property_id} was not settled, so there is nothing to collect.",
    "NotFailed": "The offering of property {property_id} has not failed, so nothing is refunded.",
    "NothingSubscribed": "{subscriber} has no subscription to property {property_id} that is left to settle.",
    # the order book
    "BookExists": "Property {property_id} has a book, and gets no second one.",
    "UnknownBook": "Property {property_id} has no book, so nothing can be traded. A lister can open one.",
    "BookClosed": "The book of property {property_id} is closed for ever, because the property ends. What rests in it "
    "can be cancelled, or pruned by anyone.",
    "BookHalted": "The book of property {property_id} is halted: no orders are placed just now. Orders can be "
    "cancelled and reduced; place yours once it is resumed.",
    "InvalidTickSize": "{tick_size} cannot be a tick size. Take one from 1 to {highest} base units.",
    "InvalidLot": "{lot} cannot be a lot. Take one from 1 to {highest} fractions.",
    "InvalidMinimumTicks": "{minimum_ticks} cannot be the least value of an order. Take {highest} tick sizes or less.",
    "FeeTooHigh": "A fee of {fee_ppm} millionths is too high. {highest} millionths are the most.",
    "InvalidFeeReceiver": "Address 0 cannot receive fees. Name a wallet or contract.",
    "InvalidSide": "There is no side {side}. 0 stands for bids, 1 for asks.",
    "InvalidOrderType": "There is no order type {order_type}. 0 is good till cancelled, 1 immediate or cancel, 2 fill "
    "or kill, 3 post only, 4 market.",
    "InvalidTick": "{tick} cannot be the price of an order. Take a tick from 1 to {highest}.",
    "InvalidQuantity": "{quantity} fractions cannot be traded. Take a multiple of the lot, which is {lot}, below 2^48.",
    "InvalidMinimumFill": "{minimum_fill} of {quantity} fractions cannot be what must trade at once. Take at most the "
    "quantity, and of an order at the market at least 1.",
    "InvalidExpiry(uint256,uint256,uint256)": "An order cannot last until {expiry}. Placed now, it can "
    "from {earliest} to {latest}.",
    "ValueTooSmall": "The order is worth {ticks} tick sizes at its own price, and {minimum_ticks} are the least in "
    "this book. Raise quantity or price.",
    "ValueTooLarge": "The order is worth {value} base units, and {highest} are the most. Lower quantity or price.",
    "DeadlinePassed": "The order was to be placed until {deadline}. Prepare it again.",
    "WouldTrade": "The order is to rest and would trade at once. Take a price that no order of the other side meets, "
    "or another type.",
    "NotFilled": "{filled} fractions would trade at once, and {needed} must. Ask for fewer, or take a better price "
    "for the other side.",
    "UnknownOrder": "Order {order_id} does not rest in a book: it is filled or gone, or never was. /v1/orders has "
    "those that rest.",
    "NotOrderOwner": "Order {order_id} is not one of {caller}. Send it from the wallet that placed it.",
    "InvalidReduction": "Of order {order_id} {remaining} fractions remain, and {quantity} were to be taken back. Take "
    "back fewer, or cancel it.",
    "OrderPlacedBefore": "This very order was placed before with the same key. To place it once more, sign it with a "
    "fresh key.",
    "NotToken": "Only the contract of the fractions closes a book, when a property ends.",
    "NotUncollected": "{uncollected} sold fractions of property {property_id} are left to collect, and {needed} "
    "are needed.",
}


@dataclass(frozen=True)
class Revert:
    """error: the custom error's name, `Error` for a plain reason, `unknown` for data that we cannot read."""

    error: str
    arguments: dict[str, str]
    sentence: str


def explain(data: str) -> Revert:
    """The revert data of a call (0x text) in words. Never raises."""
    try:
        selector, body = data[:10].lower(), bytes.fromhex(data[10:])
    except ValueError:
        return Revert("unknown", {"data": data[:500]}, "The contract refused without a reason that we know.")
    if selector == "0x08c379a0":
        return Revert("Error", {}, f"The contract refused: {text_of(body)}.")
    entry = errors_by_selector().get(selector)
    if entry is None:
        return Revert("unknown", {"data": data[:500]}, "The contract refused without a reason that we know.")
    try:
        values = decode([item["type"] for item in entry["inputs"]], body)
    except (DecodingError, UnicodeDecodeError):
        return Revert(entry["name"], {"data": data[:500]}, "The contract refused, with malformed details.")
    names = [item["name"] for item in entry["inputs"]]
    arguments = {
        name: "0x" + value.hex() if isinstance(value, bytes) else str(value)
        for name, value in zip(names, values, strict=True)
    }
    words = sentence_of(entry) or f"The contract refused with {entry['name']}."
    spoken = {name: spoken_of(name, value) for name, value in zip(names, values, strict=True)}
    return Revert(entry["name"], arguments, words.format(**spoken))


def sentence_of(entry: dict[str, Any]) -> str | None:
    """The words for an error of an ABI, with the names of its arguments in braces."""
    return SENTENCES.get(signature_of(entry)) or SENTENCES.get(entry["name"])


def spoken_of(name: str, value: Any) -> str:
    """An argument as people say it: dates, names of roles, addresses with their checksum."""
    if name in TIMES:
        return time_text(value)
    if name == "order_id":
        return order_text(value)
    if isinstance(value, bytes):
        return ROLES.get(value, "0x" + value.hex())
    return to_checksum_address(value) if is_address(value) else str(value)


def time_text(seconds: int) -> str:
    """Seconds since 1970 as a date of UTC, or as they are where no calendar reaches."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"


def order_text(order_id: int) -> str:
    """An order's id as people say it: its property and its number there, 3-17."""
    return f"{order_id >> ORDER_NUMBER_BITS}-{order_id % 2**ORDER_NUMBER_BITS}"


def text_of(body: bytes) -> str:
    try:
        (reason,) = decode(["string"], body)
    except (DecodingError, UnicodeDecodeError):
        return "no readable reason"
    return str(reason)


@cache
def errors_by_selector() -> dict[str, Any]:
    entries = [entry for name in ABI_FILES for entry in json.loads((ABI / f"{name}.json").read_text())]
    errors = [entry for entry in entries if entry["type"] == "error"]
    return {"0x" + keccak(text=signature_of(entry))[:4].hex(): entry for entry in errors}


def signature_of(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"
