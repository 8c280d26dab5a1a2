"""GET /v1/status and /v1/deployment: where the index stands, and which contracts it follows."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.problems import documented
from api.reads import At, Meta, cursor, respond, tip
from api.values import AddressOut, checksummed
from indexer.deployment import Deployment
from indexer.projections.history import SCHEMA, Block
from indexer.projections.rejections import rejections

router = APIRouter(tags=["status"])

digests = sa.Table("digests", sa.MetaData(schema=SCHEMA), sa.Column("block_number"), sa.Column("digest"))
reconciliations = sa.table(
    "reconciliations", *map(sa.column, ("id", "number", "difference_count", "finished_at")), schema="journal"
)


class FinalDigest(BaseModel):
    """Equal on every index of this deployment and projection, as of this block."""

    block: int = Field(examples=[104], description="the newest block that is final and indexed")
    digest: str = Field(examples=["9f86d081884c7d65"], description="over all rows up to it; empty while there are none")


class Reconciled(BaseModel):
    """When the index was last held against the contracts' own state."""

    block: int = Field(examples=[104])
    differences: int = Field(examples=[0])
    at: int = Field(examples=[1790000000], description="in seconds since 1970")


class Status(BaseModel):
    meta: Meta
    lag_blocks: int = Field(examples=[0], description="blocks of the chain that are not indexed yet")
    reorgs: int = Field(examples=[0], description="how many times the chain was rewound")
    projection: str = Field(examples=["e42a8ab22f13e5b6"], description="fingerprint of what the index makes of events")
    rejected_logs: int = Field(examples=[0], description="logs that our contracts cannot have emitted")
    final_digest: FinalDigest
    reconciled: Reconciled | None = Field(description="null where nobody has compared them yet")


class Digest(BaseModel):
    meta: Meta
    projection: str = Field(examples=["e42a8ab22f13e5b6"], description="only digests of the same one can be compared")
    digest: str = Field(examples=["9f86d081884c7d65"], description="over all rows up to the block; empty if none")


class StablecoinOut(BaseModel):
    address: AddressOut
    symbol: str = Field(examples=["TUSD"])
    decimals: int = Field(examples=[6])


class DeploymentOut(BaseModel):
    """Everything that a client must know to speak to the contracts itself."""

    chain_id: int = Field(examples=[31337])
    first_block: int = Field(examples=[1])
    settlement_vault: AddressOut
    fraction_token: AddressOut
    marketplace: AddressOut
    primary_offering: AddressOut
    investor_registry: AddressOut
    treasury: AddressOut
    lens: AddressOut = Field(description="views of the order books; it has no events")
    stablecoin: StablecoinOut
    rent_notice: int = Field(examples=[604800], description="seconds from declaring a rent to its release, at least")


def deployment_of(request: Request) -> Deployment:
    deployment: Deployment = request.app.state.deployment
    return deployment


Deployed = Annotated[Deployment, Depends(deployment_of)]


@router.get("/status", operation_id="getStatus", response_model=Status, responses=documented(*FRESH))
async def get_status(request: Request, reader: Fresh) -> Response:
    """Where the index stands."""
    selects = {
        "rejections": rejections.select(), "digest": digest_at(FINAL), "final": sa.select(FINAL.label("block")),
        "reconciled": newest_reconciliation(),
    }  # fmt: skip
    answer = await reader.answers(selects, At())
    reconciled = [Reconciled(**row) for row in answer.sets["reconciled"]]
    body = Status(
        meta=answer.meta,
        lag_blocks=answer.head - answer.meta.indexed_block,
        reorgs=answer.epoch,
        projection=answer.fingerprint,
        rejected_logs=len(answer.sets["rejections"]),
        final_digest=FinalDigest(block=answer.sets["final"][0]["block"], digest=text_of(answer.sets["digest"])),
        reconciled=reconciled[0] if reconciled else None,
    )
    return respond(request, answer, body, f"{reconciled[0].at}" if reconciled else "")


@router.get("/digest", operation_id="getDigest", response_model=Digest, responses=documented(*AT, *FRESH))
async def get_digest(request: Request, reader: Fresh, at: At_) -> Response:
    """The digest of the index as of a block: where two of the same projection differ, so does something before it."""
    answer = await reader.answer(digest_at(at.bound), at)
    body = Digest(meta=answer.meta, projection=answer.fingerprint, digest=text_of(answer.rows))
    return respond(request, answer, body)


FINAL = (
    sa.select(sa.func.least(cursor.c.finalized_number, tip.c.number))
    .select_from(tip.join(cursor, sa.true()))
    .where(tip.c.live)
    .scalar_subquery()
)
"""The newest block that is final and indexed."""


def digest_at(at_block: Block) -> sa.Select[tuple[object, ...]]:
    """That of the last block with rows; no row while there is none."""
    rows = digests.c
    newest = digests.select().where(rows.block_number <= at_block).order_by(rows.block_number.desc()).limit(1)
    return sa.select(sa.func.encode(newest.subquery("newest").c.digest, "hex").label("digest"))


def text_of(rows: list[dict[str, Any]]) -> str:
    return str(rows[0]["digest"]) if rows else ""


def newest_reconciliation() -> sa.Select[tuple[object, ...]]:
    rows = reconciliations.c
    at = sa.cast(sa.func.extract("epoch", rows.finished_at), sa.BigInteger)
    newest = sa.select(rows.number.label("block"), rows.difference_count.label("differences"), at.label("at"))
    return newest.order_by(rows.id.desc()).limit(1)


@router.get("/deployment", operation_id="getDeployment", responses=documented())
async def get_deployment(deployment: Deployed) -> DeploymentOut:
    """The contracts and the chain."""
    contracts = deployment.contracts
    addresses = {name: checksummed(contract.address) for name, contract in deployment.followed_contracts.items()}
    return DeploymentOut(
        chain_id=deployment.chain_id,
        first_block=deployment.first_block,
        **addresses,
        lens=checksummed(contracts.lens.address),
        stablecoin=StablecoinOut(
            address=checksummed(contracts.stablecoin.address),
            symbol=contracts.stablecoin.symbol,
            decimals=contracts.stablecoin.decimals,
        ),
        rent_notice=deployment.parameters.rent_notice,
    )
