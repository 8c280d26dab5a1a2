"""GET /v1/properties: what is listed, whose it is, and how it stands."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.library import arrivals, content
from api.problems import Problem, documented
from api.reads import Answer, At, Meta, Placed, respond
from api.values import AddressOut, FractionsOut, HashOut, checksummed, hexadecimal
from indexer.chain import PROPERTY_ID_MAX
from indexer.projections.documents import document_counts_at
from indexer.projections.holdings import holders_count_at
from indexer.projections.offerings import offerings_at, uncollected_at
from indexer.projections.properties import properties_at
from indexer.projections.rent import final_rents_at

router = APIRouter(tags=["properties"])

PropertyId = Annotated[int, Path(ge=1, le=PROPERTY_ID_MAX)]


class Metadata(BaseModel):
    """The document that the issuer bound to the property, by hash."""

    version: int = Field(examples=[1])
    content_hash: HashOut
    uri: str | None = Field(examples=[None], description="where it was published; never fetched by this API")
    document: dict[str, Any] | None = Field(
        examples=[{"kind": "Apartment house, 14 flats", "built": 1911}],
        description="what it says, where its bytes are here now and are a JSON object of at most 64 KiB",
    )


class Property(Placed):
    """A listed property; its place is that of the listing."""

    property_id: int = Field(examples=[1])
    name: str = Field(examples=["Linden Court, 12 Rua do Salitre, Lisbon"])
    issuer: AddressOut
    proposed_issuer: AddressOut | None = Field(description="who may accept to be the issuer")
    supply_cap: FractionsOut
    supply: FractionsOut
    uncollected: FractionsOut = Field(description="the part of the supply that was sold and is still to be collected")
    reserved: FractionsOut = Field(description="held for an open offering, beside the supply")
    holders_count: int = Field(examples=[12], description="wallets that hold some of it")
    registry_list: int | None = Field(examples=[1], description="who may hold it; null where anyone may")
    ends: bool = Field(examples=[False], description="whether its final distribution is declared")
    has_ended: bool = Field(examples=[False], description="whether that was released")
    documents_count: int = Field(examples=[3], description="current documents, with the metadata")
    metadata: Metadata


class PropertyList(BaseModel):
    meta: Meta
    properties: list[Property]


class PropertyAnswer(BaseModel):
    meta: Meta
    property: Property


def properties_select(at: At, property_id: int | None = None) -> sa.Select[Any]:
    """Listed properties by id, with what their offerings, rents and documents make of them."""
    listed = properties_at(at.bound, property_id).subquery("listed")
    offered = offerings_at(at.bound).subquery("offered")
    sold = uncollected_at(at.bound).subquery("sold")
    ending = final_rents_at(at.bound).subquery("ending")
    counted = document_counts_at(at.bound).subquery("counted")
    reserved = sa.case((offered.c.status == "open", offered.c.hard_cap), else_=0).label("reserved")
    joined: sa.FromClause = listed.outerjoin(content, content.c.hash == listed.c.content_hash)
    for part in (offered, sold, ending, counted):
        joined = joined.outerjoin(part, part.c.property_id == listed.c.property_id)
    return (
        sa.select(
            listed, reserved, sold.c.uncollected, ending.c.property_id.is_not(None).label("ends"),
            counted.c.documents_count, holders_count_at(at.bound, listed.c.property_id).label("holders_count"),
            content.c.hash.label("stored_hash"), content.c.document,
        )
        .select_from(joined)
        .order_by(listed.c.property_id)
    )  # fmt: skip


def property_out(answer: Answer, row: dict[str, Any]) -> Property:
    proposed = row["proposed_issuer"]
    return Property(
        **answer.placed(row),
        property_id=row["property_id"],
        name=row["name"],
        issuer=checksummed(row["issuer"]),
        proposed_issuer=checksummed(proposed) if proposed else None,
        supply_cap=str(row["supply_cap"]),
        supply=str(row["supply"]),
        uncollected=str(row["uncollected"] or 0),
        reserved=str(row["reserved"]),
        holders_count=row["holders_count"] or 0,
        registry_list=row["registry_list"] or None,
        ends=row["ends"],
        has_ended=row["ended_block"] is not None,
        documents_count=1 + (row["documents_count"] or 0),
        metadata=Metadata(
            version=row["metadata_version"],
            content_hash=hexadecimal(row["content_hash"]),
            uri=row["uri"] or None,
            document=row["document"],
        ),
    )


def came(answer: Answer) -> str:
    """The part of the ETag that changes as metadata documents come in."""
    return arrivals(row["stored_hash"] or "" for row in answer.rows)


def unknown_property(answer: Answer, property_id: int) -> Problem:
    return Problem(
        "unknown-property",
        f"No property {property_id} was listed up to block {answer.meta.at_block}; /v1/properties has the others.",
    )


@router.get(
    "/properties",
    operation_id="listProperties",
    response_model=PropertyList,
    responses=documented(*AT, *FRESH),
)
async def list_properties(request: Request, reader: Fresh, at: At_) -> Response:
    """All listed properties, by id."""
    answer = await reader.answer(properties_select(at), at)
    body = PropertyList(meta=answer.meta, properties=[property_out(answer, row) for row in answer.rows])
    return respond(request, answer, body, came(answer))


@router.get(
    "/properties/{property_id}",
    operation_id="getProperty",
    response_model=PropertyAnswer,
    responses=documented("unknown-property", *AT, *FRESH),
)
async def get_property(request: Request, reader: Fresh, at: At_, property_id: PropertyId) -> Response:
    """One property."""
    answer = await reader.answer(properties_select(at, property_id), at)
    if not answer.rows:
        raise unknown_property(answer, property_id)
    body = PropertyAnswer(meta=answer.meta, property=property_out(answer, answer.rows[0]))
    return respond(request, answer, body, came(answer))
