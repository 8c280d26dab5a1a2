"""GET /v1/properties: what is listed."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.problems import Problem, documented
from api.reads import AT, FRESH, Answer, At_, Fresh, Meta, Placed, respond
from api.values import AddressOut, FractionsOut, HashOut, checksummed, hexadecimal
from indexer.chain import PROPERTY_ID_MAX
from indexer.projections.properties import properties_at

router = APIRouter(tags=["properties"])

PropertyId = Annotated[int, Path(ge=1, le=PROPERTY_ID_MAX)]


class Metadata(BaseModel):
    """The document that the issuer bound to the property, by hash."""

    version: int = Field(examples=[1])
    content_hash: HashOut
    uri: str | None = Field(examples=[None], description="where it was published; never fetched by this API")


class Property(Placed):
    """A listed property; its place is that of the listing."""

    property_id: int = Field(examples=[1])
    name: str = Field(examples=["Linden Court, 12 Rua do Salitre, Lisbon"])
    issuer: AddressOut
    supply_cap: FractionsOut
    supply: FractionsOut
    metadata: Metadata


class PropertyList(BaseModel):
    meta: Meta
    properties: list[Property]


class PropertyAnswer(BaseModel):
    meta: Meta
    property: Property


def property_out(answer: Answer, row: dict[str, Any]) -> Property:
    return Property(
        **answer.placed(row),
        property_id=row["property_id"],
        name=row["name"],
        issuer=checksummed(row["issuer"]),
        supply_cap=str(row["supply_cap"]),
        supply=str(row["supply"]),
        metadata=Metadata(
            version=row["metadata_version"], content_hash=hexadecimal(row["content_hash"]), uri=row["uri"] or None
        ),
    )


@router.get(
    "/properties",
    operation_id="listProperties",
    response_model=PropertyList,
    responses=documented(*AT, *FRESH),
)
async def list_properties(request: Request, reader: Fresh, at: At_) -> Response:
    """All listed properties, by id."""
    answer = await reader.answer(properties_at(at.bound), at)
    body = PropertyList(meta=answer.meta, properties=[property_out(answer, row) for row in answer.rows])
    return respond(request, answer, body)


@router.get(
    "/properties/{property_id}",
    operation_id="getProperty",
    response_model=PropertyAnswer,
    responses=documented("unknown-property", *AT, *FRESH),
)
async def get_property(request: Request, reader: Fresh, at: At_, property_id: PropertyId) -> Response:
    """One property."""
    answer = await reader.answer(properties_at(at.bound, property_id), at)
    if not answer.rows:
        raise Problem(
            "unknown-property",
            f"No property {property_id} was listed up to block {answer.meta.at_block}; /v1/properties has the others.",
        )
    return respond(request, answer, PropertyAnswer(meta=answer.meta, property=property_out(answer, answer.rows[0])))
