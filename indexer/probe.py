"""What is asked of a provider before its first use: whether it is on our chain, and can prove what it says."""

from indexer import bloom, proof
from indexer.chain import Address, Block, BlockNumber
from indexer.deployment import Deployment
from indexer.errors import Halt, Lie, Unusable
from indexer.keccak import keccak
from indexer.node import Node, NodeError, seal_of

LOGS_LOOKED_AT_BLOCKS = (1, 10, 100, 1_000)
"""From the first block of the deployment on, more and more: somewhere there are logs that its blooms must hold."""


def require_our_chain(node: Node, deployment: Deployment) -> None:
    """Raises Halt where the node is on another chain, or has other code at our addresses."""
    chain_id = node.chain_id()
    if chain_id != deployment.chain_id:
        raise Halt(
            f"the node is on chain {chain_id}, the manifest is for chain {deployment.chain_id}: point --rpc at it"
        )
    genesis = node.headers(BlockNumber(0), BlockNumber(0))[0].hash
    if genesis != deployment.genesis:
        raise Halt(
            f"the node's genesis is {genesis}, the manifest's is {deployment.genesis}: another chain with the same "
            "id. Deploy to this one, or point --rpc at the one that was deployed to"
        )
    for name, contract in deployment.followed_contracts.items():
        code = node.code(Address(contract.address.lower()))
        if not code:
            raise Halt(f"there is no code at {contract.address}, where the manifest has {name}: is the node in sync?")
        if "0x" + keccak(code).hex() != contract.code_hash:
            raise Halt(f"the code at {contract.address} is not that of {name} in the manifest: name another manifest")


def anchor_of(node: Node, deployment: Deployment) -> Block:
    """The block below the deployment's first one, on which everything stands. Raises Unusable where an answer is not
    sound in itself: with one that was garbled, no block of the chain would ever stand on what we hold."""
    anchor, _ = node.headers(BlockNumber(deployment.start - 1), deployment.start)
    if anchor.number == 0 and anchor.hash != deployment.genesis:
        raise Unusable(f"the node's genesis is {anchor.hash} now, and was {deployment.genesis} before")
    return anchor


def why_unproven(node: Node, deployment: Deployment) -> str | None:
    """Why nothing that this node says can be proven; None where it can. Raises Unusable where it is away."""
    head = node.tip()[0]
    if head.number < deployment.start:
        raise Unusable(f"the node stands at block {head.number}, before the deployment at {deployment.start}")
    node.proves = True
    try:
        blocks = [node.headers(number, number)[0] for number in sorted({deployment.start, head.number})]
        for block in blocks:
            (receipts,) = node.receipts([block])
            if proof.bloom_of_logs(receipts) != seal_of(block).bloom:
                return f"the bloom of block {block.number} is not that of its logs: blooms prove nothing here"
        return why_blooms_are_empty(node, deployment, head)
    except (Lie, NodeError) as trouble:
        return str(trouble)
    finally:
        node.proves = False


def why_blooms_are_empty(node: Node, deployment: Deployment, head: Block) -> str | None:
    """Look at a block in which the node itself has logs of ours. Some chains leave all blooms at zero."""
    number = None
    for blocks in LOGS_LOOKED_AT_BLOCKS:
        last = BlockNumber(min(head.number, deployment.start + blocks - 1))
        try:
            number = number or node.first_log(deployment.start, last, deployment.followed)
        except NodeError:
            break  # too many for it: the blocks that were looked at must do
    if number is None:
        return None
    (block,) = node.headers(number, number)
    if bloom.may_hold(seal_of(block).bloom, deployment.followed):
        return None
    return f"block {number} has logs of ours, and its bloom says that it has none: blooms prove nothing here"
