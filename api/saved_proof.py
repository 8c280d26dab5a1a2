"""freehold proof: follow a proof that somebody saved, on this machine alone; with --rpc ask a node for its block.

Exit codes: 0 it holds; 1 the node does not answer; 2 wrong usage, or no proof at all; 4 it does not hold, is of another
contract, or of a block that the node does not have.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from requests.exceptions import RequestException
from web3 import HTTPProvider, Web3
from web3.exceptions import BlockNotFound, Web3Exception

from api.layout import Place, figures_of_holding, places_of_account, places_of_holding
from api.problems import Problem
from api.proofs import AccountProof, HoldingProof, StateProof, require_code
from api.state_proof import Followed, NotProven, follow
from api.values import parse_account, parse_address, raw
from indexer.deployment import Contract, read_deployment
from indexer.errors import Halt

DONE, UNREACHABLE, WRONG_USAGE, DIFFERENT = 0, 1, 2, 4
TIMEOUT_SECONDS = 10
PROOF: TypeAdapter[AccountProof | HoldingProof] = TypeAdapter(AccountProof | HoldingProof)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="freehold proof", description="Check a proof as /v1/proofs answers it.")
    parser.add_argument("file", type=Path, help="where it was saved")
    parser.add_argument("--manifest", type=Path, help="deployments/<chain id>.json: is it of those contracts?")
    parser.add_argument("--rpc", help="HTTP JSON-RPC of a node that you trust: does it have the block?")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(arguments)
    try:
        found = checked(read(options.file), options.manifest)
        if options.rpc:
            require_block(options.rpc, found["block"], found["hash"])
    except NotProven as error:
        return refuse(f"it is not proven: {error}", DIFFERENT)
    except (RequestException, Web3Exception) as error:
        return refuse(f"{options.rpc} does not answer: {error}", UNREACHABLE)
    except ValidationError as error:
        first = error.errors()[0]
        words = ": ".join([".".join(map(str, first["loc"])), first["msg"]] if first["loc"] else [first["msg"]])
        return refuse(f"{options.file} is no proof as /v1/proofs answers it: {words}", WRONG_USAGE)
    except (Halt, Problem, OSError) as error:
        return refuse(str(error), WRONG_USAGE)
    found["node"] = "has the block" if options.rpc else "not asked: --rpc says which"
    print(json.dumps(found) if options.json else "\n".join(f"{name:<11} {value}" for name, value in found.items()))
    return DONE


def refuse(words: str, code: int) -> int:
    print(f"freehold proof: {words}", file=sys.stderr)
    return code


def read(file: Path) -> AccountProof | HoldingProof:
    """Raises OSError where there is no such file, ValidationError where it is no proof."""
    return PROOF.validate_json(file.read_bytes())


def checked(body: AccountProof | HoldingProof, manifest: Path | None) -> dict[str, Any]:
    """What a proof shows, line by line. Raises NotProven where it shows something else, or nothing."""
    if isinstance(body, AccountProof):
        followed = words_in(body.proof, places_of_account(parse_account(body.account, "account")))
        subject, figures = {"account": body.account}, {"balance": str(followed.words[0])}
        name = "settlement_vault"
    else:
        places = places_of_holding(body.property_id, parse_address(body.holder, "holder"))
        followed = words_in(body.proof, places)
        subject, figures = (
            {"property_id": str(body.property_id), "holder": body.holder},
            figures_of_holding(*followed.words),
        )
        name = "fraction_token"
    for figure, value in figures.items():
        if getattr(body, figure) != value:
            raise NotProven(f"it says that the {figure} is {getattr(body, figure)}, and what it leads to is {value}")
    whose = "not looked up: --manifest says which"
    if manifest:
        require_contract(getattr(read_deployment(manifest).contracts, name), body.proof, followed)
        whose = f"{name} of {manifest}"
    return {
        **subject,
        **figures,
        "block": followed.number,
        "hash": body.proof.block.hash,
        "time": datetime.fromtimestamp(followed.timestamp, UTC).isoformat(),
        "contract": body.proof.contract.address,
        "code_hash": "0x" + followed.contract.code_hash.hex(),
        "deployment": whose,
    }


def words_in(proof: StateProof, places: list[Place]) -> Followed:
    """Under the keys that we compute, whatever the file says that they are."""
    if len(proof.words) != len(places):
        raise NotProven(f"it has {len(proof.words)} words, and {len(places)} are needed")
    words = [(where.key, given.proof) for where, given in zip(places, proof.words, strict=True)]
    try:
        header = raw(proof.block.header)
        return follow(header, proof.block.hash, proof.contract.address, proof.contract.proof, words)
    except ValueError as error:
        raise (
            error if isinstance(error, NotProven) else NotProven("a part of it is not in hexadecimal digits")
        ) from error


def require_contract(contract: Contract, proof: StateProof, followed: Followed) -> None:
    if contract.address.lower() != proof.contract.address.lower():
        raise NotProven(f"it is of the contract {proof.contract.address}, and the deployment's is {contract.address}")
    require_code(contract, followed)


def require_block(rpc: str, number: int, block_hash: str) -> None:
    """Raises NotProven where the node's chain has another block there, or none."""
    web3 = Web3(HTTPProvider(rpc, request_kwargs={"timeout": TIMEOUT_SECONDS}))
    try:
        has = web3.eth.get_block(number)["hash"].to_0x_hex()
    except BlockNotFound as error:
        raise NotProven(f"the node has no block {number} yet") from error
    if has != block_hash:
        raise NotProven(f"the node's block {number} is {has}, and the proof is of {block_hash}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
