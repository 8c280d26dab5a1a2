"""Treasury: the day's limit, and what was paid."""

from indexer.abi import Decoder, account, amount, bytes32, small, static
from indexer.events import DailyLimitSet, Paid

TREASURY: dict[str, Decoder] = {
    "DailyLimitSet(uint256)": static(DailyLimitSet, [], [amount]),
    "Paid(bytes32,uint256,uint256,uint256,uint256)": static(Paid, [bytes32, account], [amount, small, amount]),
}
