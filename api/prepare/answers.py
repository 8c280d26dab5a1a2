"""What a prepared transaction looks like: what to sign, what it would do, what stands against it."""

from typing import Literal

from pydantic import BaseModel, Field

from api.values import (
    AccountOut,
    AddressOut,
    AmountOut,
    FractionsOut,
    HashOut,
    OrderIdOut,
    OrderNumberOut,
    OrderType,
    PriceOut,
    RatePpmOut,
    RemovalReason,
    Side,
    TickOut,
)


class Argument(BaseModel):
    name: str = Field(examples=["amount"])
    type: str = Field(examples=["uint256"])
    value: str = Field(examples=["1500000"], description="numbers in decimal, but accounts and bytes in hexadecimal")


class Step(BaseModel):
    """One transaction to sign. The client decodes `data` again, and signs only what it finds there."""

    kind: Literal["approve", "call"] = Field(description="approve: on the stablecoin, before the call that needs it")
    chain_id: int = Field(examples=[31337])
    to: AddressOut
    data: str = Field(examples=["0x5fca4135"])
    value: AmountOut = Field(examples=["0"], description="wei")
    gas: str | None = Field(examples=["102000"], description="limit, with a margin; null where the call would fail")
    function: str = Field(examples=["transfer(uint256,uint256,uint256,bytes32,bytes32)"])
    arguments: list[Argument] = Field(
        description="one for each leaf: of a struct as `terms.price`, of a list `legs[0]`"
    )
    sentence: str = Field(examples=["Send 1.50 TUSD to 0x90F7…b906."])


class Call(BaseModel):
    """A call as EIP-5792 wants it: quantities in hexadecimal."""

    to: AddressOut
    data: str = Field(examples=["0x5fca4135"])
    value: str = Field(examples=["0x0"])


class TypedData(BaseModel):
    """What eth_signTypedData_v4 takes (EIP-712), and nothing else. Numbers of the message are decimal text."""

    types: dict[str, list[dict[str, str]]] = Field(examples=[{"Transfer": [{"name": "amount", "type": "uint256"}]}])
    primaryType: str = Field(examples=["Transfer"])  # noqa: N815 EIP-712 spells it so
    domain: dict[str, str | int] = Field(examples=[{"name": "Freehold SettlementVault", "version": "1"}])
    message: dict[str, str] = Field(examples=[{"amount": "1500000"}])


class MoneyEffect(BaseModel):
    """What the transaction would do to a vault account."""

    kind: Literal["money"]
    account: AccountOut
    change: str = Field(examples=["-1500000"], description="base units, with a sign")
    balance: AmountOut = Field(description="afterwards")


class FractionsEffect(BaseModel):
    """What the transaction would do to a holding."""

    kind: Literal["fractions"]
    property_id: int = Field(examples=[1])
    holder: AddressOut
    change: str = Field(examples=["+10"], description="whole fractions, with a sign")
    balance: FractionsOut = Field(description="afterwards")


class ExpectedFill(BaseModel):
    """A trade with an order that rests now, at its price."""

    maker_order: OrderIdOut
    maker: AddressOut
    tick: TickOut
    price: PriceOut
    quantity: FractionsOut
    amount: AmountOut = Field(description="what the fractions cost, before fees")
    maker_fee: AmountOut = Field(examples=["20"])


class OrderEffect(BaseModel):
    """What would become of an order at once, in the book as it is. filled, rests and unfilled make up its quantity."""

    kind: Literal["order"]
    order_id: OrderIdOut
    number: OrderNumberOut
    property_id: int = Field(examples=[1])
    owner: AddressOut
    side: Side
    order_type: OrderType
    tick: TickOut
    price: PriceOut
    quantity: FractionsOut
    filled: FractionsOut
    amount: AmountOut = Field(description="value of all fills, before fees")
    average_price: PriceOut | None = Field(description="of the fills, rounded down; null without one")
    worst_tick: TickOut | None = Field(description="of the last fill; null without one")
    taker_fee: AmountOut = Field(examples=["40"])
    fills: list[ExpectedFill]
    rests: FractionsOut = Field(description="what stays in the book")
    unfilled: FractionsOut = Field(description="what neither trades nor stays")
    escrowed: AmountOut = Field(description="of a bid that rests: base units, its fee among them; else 0")
    locked: FractionsOut = Field(description="of an ask that rests; else 0")
    expiry: int = Field(examples=[1805552000], description="last second at which it may trade")
    maker_fee_ppm: RatePpmOut
    taker_fee_ppm: RatePpmOut


class RemovalEffect(BaseModel):
    """An order that would be taken out of the book: the sender's, or one that stands in the way and cannot trade."""

    kind: Literal["removal"]
    order_id: OrderIdOut
    number: OrderNumberOut
    property_id: int = Field(examples=[1])
    owner: AddressOut
    reason: RemovalReason
    quantity: FractionsOut = Field(description="what remained of it")
    refund: AmountOut = Field(description="base units of a bid; 0 of an ask, whose fractions are free again")


class ReductionEffect(BaseModel):
    """An order that would get smaller and keep its place."""

    kind: Literal["reduction"]
    order_id: OrderIdOut
    number: OrderNumberOut
    property_id: int = Field(examples=[1])
    owner: AddressOut
    quantity: FractionsOut = Field(description="what is taken back")
    remaining: FractionsOut
    refund: AmountOut = Field(description="base units of a bid; 0 of an ask, whose fractions are free again")


Effect = MoneyEffect | FractionsEffect | OrderEffect | RemovalEffect | ReductionEffect


class RevertOut(BaseModel):
    error: str = Field(examples=["InsufficientBalance"])
    arguments: dict[str, str] = Field(examples=[{"account": "1", "balance": "100", "needed": "1500000"}])
    sentence: str = Field(examples=["The account holds 100 base units, 1500000 are needed. Send less, or deposit."])


class Simulation(BaseModel):
    """All steps in their order, as they would go after the newest block. null is what this node cannot tell: one
    without eth_simulateV1 says of a single step whether it succeeds, and of several only if the first would fail."""

    succeeds: bool | None
    moves: bool | None = Field(
        description="whether money or fractions change hands; a retry of a transfer moves nothing"
    )
    effects: list[Effect] | None
    revert: RevertOut | None = Field(examples=[None], description="how the contract would refuse; null if it would not")


class Issue(BaseModel):
    """Something to mend before signing."""

    code: str = Field(examples=["insufficient-balance"])
    sentence: str = Field(examples=["The account holds 100 base units, 1500000 are needed. Send less, or deposit."])


class Prepared(BaseModel):
    """Ordered steps for the wallet to sign. Where a signature is wanted first there are none: typed_data is signed,
    and the action prepared again with it."""

    action: str = Field(examples=["vault_transfer"])
    sender: AddressOut
    steps: list[Step]
    calls: list[Call]
    typed_data: TypedData | None = Field(examples=[None])
    digest: HashOut | None = Field(examples=[None], description="of the typed data: the 32 bytes that are signed")
    deadline: int | None = Field(examples=[None], description="last second at which the signature holds")
    simulation: Simulation
    issues: list[Issue] = Field(examples=[[]])
    key: HashOut | None = Field(description="send the same key again, and the money still moves once")
    request_id: HashOut | None = Field(description="by which the posting will be found; of an action with a key")
    at_block: int = Field(examples=[120], description="the node's newest block, whose state was simulated upon")


def issue(code: str, sentence: str) -> Issue:
    return Issue(code=code, sentence=sentence)
