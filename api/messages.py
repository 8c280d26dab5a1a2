"""What /v1/stream says and hears, as types: the stream sends these and nothing else, and AsyncAPI is made of them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.accounts import Account
from api.holdings import Holding
from api.offerings import Offering, Subscription
from api.rents import RentTotal
from api.values import HashOut

Channel = Literal["blocks", "account", "offerings"]
KeyOut = Annotated[
    str,
    Field(
        examples=["0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"],
        description="of account a wallet's address, of offerings a property's id, or * for all; blocks has none",
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
    """State after `indexed_block`. Rows replace those of the same account or property; a balance of 0, or a
    subscription that is withdrawn, is one that fell to 0. Whether a row is final follows from its block_number and the
    newest finalized_block."""

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
