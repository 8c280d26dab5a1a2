"""GET /v1/status and /v1/deployment: where the index stands, and which contracts it follows."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from api.freshness import FRESH, Fresh
from api.problems import documented
from api.reads import At, Meta, respond
from api.values import AddressOut, checksummed
from indexer.deployment import Deployment
from indexer.projections.rejections import rejections

router = APIRouter(tags=["status"])


class Status(BaseModel):
    meta: Meta
    lag_blocks: int = Field(examples=[0], description="blocks of the chain that are not indexed yet")
    reorgs: int = Field(examples=[0], description="how many times the chain was rewound")
    projection: str = Field(examples=["e42a8ab22f13e5b6"], description="fingerprint of what the index makes of events")
    rejected_logs: int = Field(examples=[0], description="logs that our contracts cannot have emitted")


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
    answer = await reader.answer(rejections.select(), At())
    body = Status(
        meta=answer.meta,
        lag_blocks=answer.head - answer.meta.indexed_block,
        reorgs=answer.epoch,
        projection=answer.fingerprint,
        rejected_logs=len(answer.rows),
    )
    return respond(request, answer, body)


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
