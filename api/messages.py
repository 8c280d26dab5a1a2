"""What /v1/stream says and hears, as types: the stream sends these and nothing else, and AsyncAPI is made of them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.accounts import Account
from api.book import Book
from api.candles import Candle
from api.holdings import Holding
from api.markets import Market
from api.offerings import Offering, Subscription
from api.orders import Order
from api.rents import RentTotal
from api.trades import Trade
from api.values import HashOut

Channel = Literal["blocks", "account", "offerings", "market", "book", "trades", "candles", "orders"]
KeyOut = Annotated[
    str,
    Field(
        examples=["0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"],
        description="of account and orders a wallet's address; of offerings and market a property's id, or * for all; "
        "of book and trades a property's id; of candles a property's id and an interval, 1:1h; blocks has none",
    ),
]


class Subscribe(BaseModel):
    """Begin to hear of a key. With the epoch and seq of the last message heard, only what came after is sent."""

    model_config = ConfigDict(extra="ignore")
    op: Literal["subscribe"]
    channel: Channel
    key: KeyOut | None = None
    epoch: int | None = Field(None, examples=[0])
    seq: int | None = Field(None, examples=[120])


class Unsubscribe(BaseModel):
    """Hear no more of a key."""

    op: Literal["unsubscribe"]
    channel: Channel
    key: KeyOut | None = None


class BlockOut(BaseModel):
    number: int = Field(examples=[120])
    hash: HashOut
    timestamp: int = Field(examples=[1790000000])


class Data(BaseModel):
    """State after `indexed_block`. Rows replace those of the same account, property, order or start of a candle; a
    balance of 0, or a subscription that is withdrawn, is one that fell to 0. Trades are added. Whether a row is final
    follows from its block_number and the newest finalized_block."""

    indexed_block: int = Field(examples=[120])
    finalized_block: int = Field(examples=[104])
    blocks: list[BlockOut] | None = Field(None, description="of the channel blocks")
    accounts: list[Account] | None = Field(None, description="of the channel account")
    holdings: list[Holding] | None = Field(None, description="of the channel account")
    subscriptions: list[Subscription] | None = Field(None, description="of the channel account")
    rents: list[RentTotal] | None = Field(None, description="of the channel account")
    offerings: list[Offering] | None = Field(
        None, description="of the channel offerings; sent too as one enters another phase"
    )
    markets: list[Market] | None = Field(
        None, description="of the channel market; sent too as a trade falls out of the day"
    )
    book: Book | None = Field(
        None,
        description="of the channel book: the 1,000 best prices of each side, then prices that changed, those that "
        "have no orders any more with quantity 0; checksum is that of the whole book afterwards",
    )
    trades: list[Trade] | None = Field(
        None, description="of the channel trades: the newest 50, newest first; then those that came, in their order"
    )
    candles: list[Candle] | None = Field(None, description="of the channel candles: the newest 300, then what changed")
    orders: list[Order] | None = Field(
        None, description="of the channel orders: those that rest; then all that changed, sent too as one expires"
    )


class Keyed(BaseModel):
    channel: Channel
    key: KeyOut | None = None
    epoch: int = Field(examples=[0], description="counts the rewinds of the chain")
    seq: int = Field(examples=[120], description="block up to which the client now knows everything of the key")


class Snapshot(Keyed):
    """All of a key; what the client held of it before is void."""

    type: Literal["snapshot"] = "snapshot"
    data: Data


class Resumed(Keyed):
    """What the client held up to seq is right still; deltas follow."""

    type: Literal["resumed"] = "resumed"


class Delta(Keyed):
    """What changed since prev_seq. Where that is not the client's seq, it missed something: subscribe again."""

    type: Literal["delta"] = "delta"
    prev_seq: int = Field(examples=[118])
    data: Data


class Reorg(BaseModel):
    """The chain took blocks back; a snapshot of each key follows."""

    type: Literal["reorg"] = "reorg"
    epoch: int = Field(examples=[1])
    indexed_block: int = Field(examples=[120])


class Heartbeat(BaseModel):
    """Nothing happened."""

    type: Literal["heartbeat"] = "heartbeat"


class ResyncRequired(BaseModel):
    """Messages were dropped, and all subscriptions ended: subscribe again, without a seq."""

    type: Literal["resync_required"] = "resync_required"
    reason: str = Field(examples=["the client reads too slowly"])


class Refusal(BaseModel):
    """The client said what makes no sense; the connection goes on."""

    type: Literal["error"] = "error"
    code: str = Field(examples=["invalid-address"])
    detail: str = Field(examples=["key is 'x', and an address is 0x with 40 hexadecimal digits."])


HEARD = (Subscribe, Unsubscribe)
SAID = (Snapshot, Resumed, Delta, Reorg, Heartbeat, ResyncRequired, Refusal)
Message = Snapshot | Resumed | Delta | Reorg | Heartbeat | ResyncRequired | Refusal
