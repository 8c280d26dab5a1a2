"""Documents and metadata, bound to a property by hash; the issuer's."""

from fastapi import APIRouter
from pydantic import Field

from api.prepare.action import action
from api.prepare.answers import Prepared
from api.prepare.bodies import HashIn, PropertyBody, UriIn, parse_text
from api.prepare.desk import AtDesk
from api.prepare.listed import name_of
from api.prepare.plan import Plan
from api.values import parse_address, parse_hash, raw

router = APIRouter(tags=["transactions"])

URI_BYTES_MAX, NAME_BYTES_MAX = 256, 64


class MetadataSet(PropertyBody):
    """A new version of the metadata document."""

    content_hash: HashIn = Field(description="keccak256 of the document's bytes")
    uri: UriIn = ""


class DocumentSet(MetadataSet):
    """A new version of a named document."""

    name: str = Field(max_length=NAME_BYTES_MAX, examples=["valuation"], description="up to 64 bytes")


@action(router, "metadata_set")
async def prepare_metadata_set(body: MetadataSet, desk: AtDesk) -> Prepared:
    """A new version of a property's metadata."""
    content, uri = bound(body)
    sentence = f"Bind new metadata to {await name_of(desk, body.property_id)}."
    step = desk.step("FractionToken", "set_metadata", [body.property_id, content, uri], sentence)
    return await desk.prepare(Plan("metadata_set", parse_address(body.sender, "sender"), [step]))


@action(router, "document_set")
async def prepare_document_set(body: DocumentSet, desk: AtDesk) -> Prepared:
    """A new version of a named document of a property."""
    content, uri = bound(body)
    name = parse_text(body.name, "name", NAME_BYTES_MAX)
    shown = name if name.isprintable() else "of an unreadable name"
    sentence = f"Bind the document “{shown}” to {await name_of(desk, body.property_id)}."
    values = [body.property_id, name, content, uri]
    step = desk.step("FractionToken", "set_document", values, sentence)
    return await desk.prepare(Plan("document_set", parse_address(body.sender, "sender"), [step]))


def bound(body: MetadataSet) -> tuple[bytes, str]:
    return raw(parse_hash(body.content_hash, "content_hash")), parse_text(body.uri, "uri", URI_BYTES_MAX)
