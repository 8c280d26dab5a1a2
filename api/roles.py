"""GET /v1/roles: who may do what to which contract, and which contracts are paused."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.problems import Problem, documented
from api.reads import Meta, Placed, respond
from api.reverts import ROLES
from api.status import Deployed
from api.values import AddressOut, HashOut, checksummed, hexadecimal, parse_address, raw
from indexer.chain import Address
from indexer.deployment import Deployment
from indexer.projections.roles import pauses_at, roles_at

router = APIRouter(tags=["roles"])

PAUSABLE = ("settlement_vault", "primary_offering")

ContractName = Annotated[str, Field(examples=["settlement_vault"], description="as /v1/deployment has it")]


class Grant(Placed):
    """A role that an account holds; its place is that of the grant."""

    contract: ContractName
    address: AddressOut = Field(description="of the contract")
    role: str | None = Field(examples=["PAUSER"], description="null where the contract knows no role with this id")
    role_id: HashOut
    account: AddressOut


class Pause(BaseModel):
    """Whether a contract takes nothing new in. What is in it can always leave."""

    contract: ContractName
    paused: bool = Field(examples=[False])


class RoleList(BaseModel):
    meta: Meta
    roles: list[Grant]
    paused: list[Pause]


def parse_contract(text: str, deployment: Deployment) -> Address:
    """A contract's name in the manifest, or an address."""
    named = deployment.followed_contracts.get(text)
    if named is not None:
        return Address(named.address.lower())
    if not text.startswith("0x"):
        known = ", ".join(deployment.followed_contracts)
        raise Problem("invalid-request", f"contract is {text[:80]!r}, and the contracts are {known}.")
    return parse_address(text, "contract")


@router.get(
    "/roles",
    operation_id="listRoles",
    response_model=RoleList,
    responses=documented("invalid-address", *AT, *FRESH),
)
async def list_roles(
    request: Request,
    reader: Fresh,
    at: At_,
    deployment: Deployed,
    contract: Annotated[str | None, Query(description="name of a contract, or its address")] = None,
    account: Annotated[str | None, Query(description="address of who holds them")] = None,
) -> Response:
    """Roles that are held, by contract, role and account; and the contracts that can be paused."""
    at_contract = raw(parse_contract(contract, deployment)) if contract is not None else None
    holder = raw(parse_address(account, "account")) if account is not None else None
    selects = {"roles": roles_at(at.bound, at_contract, holder), "pauses": pauses_at(at.bound)}
    answer = await reader.answers(selects, at)
    names = {
        address[2:]: name for name, address in zip(deployment.followed_contracts, deployment.followed, strict=True)
    }
    paused = {names[row["contract"][2:]] for row in answer.sets["pauses"] if row["paused"]}
    body = RoleList(
        meta=answer.meta,
        roles=[Grant(**answer.placed(row), **grant_of(row, names)) for row in answer.sets["roles"]],
        paused=[Pause(contract=name, paused=name in paused) for name in PAUSABLE],
    )
    return respond(request, answer, body)


def grant_of(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The fields of Grant beside its place. names: of contracts, by their addresses without 0x."""
    return {
        "contract": names[row["contract"][2:]],
        "address": checksummed(row["contract"]),
        "role": ROLES.get(bytes.fromhex(row["role"][2:])),
        "role_id": hexadecimal(row["role"]),
        "account": checksummed(row["account"]),
    }
