"""SettlementVault: postings; and keys that are void, which the marketplace says in the same words."""

from indexer.abi import Decoder, Malformed, address, bytes32, indexed, kind, static, words
from indexer.chain import AccountId, Amount, Bytes32, Log
from indexer.events import Event, KeyBurnt, Posting


def posting(log: Log) -> list[Event]:
    _, debit, credit = indexed(log, 2)
    if debit == credit:
        raise Malformed(f"account {debit} is debited and credited at once")
    amount, number, request_id, reference, debit_balance, credit_balance = words(log, 6)
    event = Posting(
        log.block_number,
        log.log_index,
        AccountId(debit),
        AccountId(credit),
        Amount(int(amount, 16)),
        kind(number),
        Bytes32("0x" + request_id),
        Bytes32("0x" + reference),
        Amount(int(debit_balance, 16)),
        Amount(int(credit_balance, 16)),
    )
    return [event]


KEYS: dict[str, Decoder] = {
    "KeyBurnt(address,uint8,bytes32,bytes32)": static(KeyBurnt, [address], [kind, bytes32, bytes32]),
}
VAULT: dict[str, Decoder] = {
    "Posting(uint256,uint256,uint256,uint8,bytes32,bytes32,uint256,uint256)": posting,
}
