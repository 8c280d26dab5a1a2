"""GET /v1/transactions/{hash}: what became of a transaction that somebody sent."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from web3.types import TxParams

from api.node import Reverted
from api.problems import Problem, documented
from api.reads import Reader, reader_of
from api.reverts import explain
from api.values import HashOut, parse_hash

router = APIRouter(tags=["transactions"])

REFUSED_THEN = "The contract refused it at the time."


class TransactionState(BaseModel):
    """What became of a transaction."""

    hash: HashOut
    state: Literal["pending", "mined", "indexed", "final", "reverted", "orphaned"] = Field(examples=["indexed"])
    block_number: int | None = Field(examples=[118])
    block_hash: HashOut | None
    sentence: str = Field(examples=["It is in the books; it will be final soon."])


@router.get(
    "/transactions/{transaction}",
    operation_id="getTransaction",
    responses=documented("invalid-hash", "unknown-transaction", "node-away"),
)
async def get_transaction(transaction: str, reader: Annotated[Reader, Depends(reader_of)]) -> TransactionState:
    """What became of a transaction: pending, mined, indexed, final; reverted; orphaned."""
    wanted = parse_hash(transaction, "transaction")
    found = await reader.node.look_at(wanted)
    if found is None:
        raise Problem("unknown-transaction", f"The node knows no transaction {wanted}: not sent yet, or dropped.")
    sent, receipt = found
    if receipt is None:
        return state_of(wanted, "pending", None, "The network has it; no block holds it yet.")
    if receipt["status"] != 1:
        return state_of(wanted, "reverted", receipt, await why_reverted(reader, sent, int(receipt["blockNumber"])))
    tip = reader.watch.tip
    number = int(receipt["blockNumber"])
    if tip is None or number > tip.number:
        return state_of(wanted, "mined", receipt, "A block holds it; the index is about to.")
    held, fork = await reader.block_with_hash("0x" + bytes(receipt["blockHash"]).hex())
    if held is None and fork is None:
        return state_of(wanted, "mined", receipt, "A block of a new branch holds it; the index is about to follow.")
    if held is None:
        return state_of(wanted, "orphaned", receipt, "A reorganisation took its block back; it may be mined again.")
    if number <= tip.finalized:
        return state_of(wanted, "final", receipt, "Final: no reorganisation can take it back.")
    return state_of(wanted, "indexed", receipt, "It is in the books; it will be final soon.")


def state_of(transaction: str, state: Any, receipt: dict[str, Any] | None, sentence: str) -> TransactionState:
    return TransactionState(
        hash=transaction,
        state=state,
        block_number=int(receipt["blockNumber"]) if receipt else None,
        block_hash="0x" + bytes(receipt["blockHash"]).hex() if receipt else None,
        sentence=sentence,
    )


async def why_reverted(reader: Reader, sent: dict[str, Any], block_number: int) -> str:
    """The refusal of the same call as of the block before, which is nearly always the refusal of then."""
    call: TxParams = {"from": sent["from"], "data": sent["input"], "value": sent["value"]}
    if sent["to"]:
        call["to"] = sent["to"]
    try:
        result = await reader.node.simulate(call, block_number - 1)
    except Problem:  # the node keeps no state of so long ago
        return REFUSED_THEN
    return explain(result.data).sentence if isinstance(result, Reverted) else REFUSED_THEN
