"""The shape of GET /v1/operations, from which the page is drawn."""

from typing import Literal

from pydantic import BaseModel, Field

from api.values import HashOut

State = Literal["following", "catching_up", "waiting", "halted", "stopped", "empty"]


class Position(BaseModel):
    """Of the index, on the chain. Times are seconds since 1970."""

    indexed_block: int = Field(examples=[120])
    indexed_hash: HashOut
    indexed_timestamp: int = Field(examples=[1790000000])
    head_block: int = Field(examples=[120], description="newest block of the nodes, as of the last commit")
    finalized_block: int = Field(examples=[104])
    lag_blocks: int = Field(examples=[0])
    lag_seconds: int = Field(examples=[2], description="from the newest indexed block's own time to now")
    reorgs: int = Field(examples=[0], description="followed since the index was begun")
    rejected_logs: int = Field(examples=[0], description="logs that no contract of ours can have emitted")


class Verification(BaseModel):
    level: Literal["prove", "trust"]
    warning: str | None = Field(examples=["this chain's blooms are empty"])
    waiting: str | None = Field(examples=["the node does not answer"], description="why nothing moves, if so")
    noted_seconds_ago: int = Field(examples=[3], description="how old this is, and what is said of the providers")


class Provider(BaseModel):
    """A node that the indexer asks, by host and port."""

    name: str = Field(examples=["127.0.0.1:8545"])
    state: str = Field(examples=["proving"], description="proving, trusted, aside, or unknown: not asked yet")
    reason: str | None = Field(examples=["it does not answer"])
    aside_seconds: int = Field(examples=[0], description="for how long it is not asked")
    latency_ms: int = Field(examples=[2])
    head_block: int | None = Field(examples=[120])
    faults: int = Field(examples=[0], description="times it was set aside")
    lies: int = Field(examples=[0], description="answers that failed a proof")


class Version(BaseModel):
    """What was derived, built beside another or live."""

    name: str = Field(examples=["projection_1"])
    fingerprint: str = Field(examples=["e42a8ab22f13e5b6"])
    live: bool
    block: int = Field(examples=[120])
    built_at: int = Field(examples=[1790000000], description="when its building began")
    promoted_at: int | None = Field(examples=[1790000000], description="null while no reader was ever sent to it")


class Reorg(BaseModel):
    epoch: int = Field(examples=[1])
    seen_at: int = Field(examples=[1790000000])
    fork_block: int = Field(examples=[118], description="the last block that both branches share")
    left_block: int = Field(examples=[120], description="the tip that was left")
    left_hash: HashOut
    depth: int = Field(examples=[2], description="blocks that were taken back")


class Difference(BaseModel):
    """A value that is not what the contracts say."""

    check: str = Field(examples=["balances of accounts"])
    where: str = Field(examples=["account 0xab"])
    what: str = Field(examples=["balance"])
    ours: str = Field(examples=["7"])
    chain: str = Field(examples=["5"])
    last_good_block: int | None = Field(examples=[99], description="the last block as of which it was right, if known")


class Check(BaseModel):
    """One kind of what was derived, in the newest reconciliation."""

    name: str = Field(examples=["balances of accounts"])
    values: int = Field(examples=[40], description="how many were compared")
    differences: int = Field(examples=[0])
    last_good_block: int | None = Field(examples=[104], description="of the newest reconciliation without one")


class Reconciliation(BaseModel):
    """What was derived, held against the contracts' own views as of a block."""

    block: int = Field(examples=[104])
    finished_at: int = Field(examples=[1790000000])
    milliseconds: int = Field(examples=[1500], description="how long it took")
    provider: str = Field(examples=["127.0.0.1:8545"])
    sampled: int | None = Field(examples=[20], description="rows of each check drawn by lot; null for all")
    values: int = Field(examples=[900])
    differences: int = Field(examples=[0])


class Operations(BaseModel):
    """All of one moment of the primary database, by its clock."""

    at: int = Field(examples=[1790000000])
    state: State
    advice: str | None = Field(examples=["No indexer leads. Next: freehold indexer run"], description="what to do")
    position: Position | None
    verification: Verification | None
    providers: list[Provider]
    versions: list[Version]
    reorgs: list[Reorg] = Field(description="newest first")
    reconciliations: list[Reconciliation] = Field(description="newest first")
    checks: list[Check] = Field(description="those that found a difference first")
    differences: list[Difference] = Field(description="of the newest reconciliation, the first of them")
