# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title ERC-1155
@notice Transfers, approvals and acceptance as EIP-1155 asks for them, with the behaviour of
        OpenZeppelin's implementation and the errors of ERC-6093. Balances are those of the
        holdings module.
"""

# Errors:
#   ERC1155InvalidSender(address sender)
#   ERC1155InvalidReceiver(address receiver)
#   ERC1155MissingApprovalForAll(address operator, address owner)
#   ERC1155InvalidOperator(address operator)
#   ERC1155InvalidArrayLength(uint256 ids_length, uint256 amounts_length)

from contracts.modules import eligibility
from contracts.modules import holdings
from contracts.modules import terms

uses: eligibility
uses: holdings
uses: terms


event TransferSingle:
    operator: indexed(address)
    sender: indexed(address)
    receiver: indexed(address)
    id: uint256
    amount: uint256


event TransferBatch:
    operator: indexed(address)
    sender: indexed(address)
    receiver: indexed(address)
    ids: DynArray[uint256, 128]
    amounts: DynArray[uint256, 128]


event ApprovalForAll:
    owner: indexed(address)
    operator: indexed(address)
    approved: bool


event URI:
    value: String[256]
    id: indexed(uint256)


ON_RECEIVED: constant(bytes4) = 0xf23a6e61
ON_BATCH_RECEIVED: constant(bytes4) = 0xbc197c81

isApprovedForAll: public(HashMap[address, HashMap[address, bool]])


@external
@view
def balanceOf(account: address, id: uint256) -> uint256:
    return holdings._balance(id, account)


@external
@view
def balanceOfBatch(accounts: DynArray[address, 128], ids: DynArray[uint256, 128]) -> DynArray[uint256, 128]:
    self._require_same_length(len(ids), len(accounts))
    balances: DynArray[uint256, 128] = []
    for i: uint256 in range(len(ids), bound=128):
        balances.append(holdings._balance(ids[i], accounts[i]))
    return balances


@external
def setApprovalForAll(operator: address, approved: bool):
    if operator == empty(address):
        raw_revert(abi_encode(operator, method_id=method_id("ERC1155InvalidOperator(address)")))
    self.isApprovedForAll[msg.sender][operator] = approved
    log ApprovalForAll(owner=msg.sender, operator=operator, approved=approved)


@external
def safeTransferFrom(sender: address, receiver: address, id: uint256, amount: uint256, data: Bytes[1024]):
    self._require_transferable(sender, receiver)
    self._move(sender, receiver, id, amount)
    log TransferSingle(operator=msg.sender, sender=sender, receiver=receiver, id=id, amount=amount)
    self._require_accepted(sender, receiver, id, amount, data)


@external
def safeBatchTransferFrom(
    sender: address,
    receiver: address,
    ids: DynArray[uint256, 128],
    amounts: DynArray[uint256, 128],
    data: Bytes[1024],
):
    self._require_same_length(len(ids), len(amounts))
    self._require_transferable(sender, receiver)
    for i: uint256 in range(len(ids), bound=128):
        self._move(sender, receiver, ids[i], amounts[i])
    log TransferBatch(operator=msg.sender, sender=sender, receiver=receiver, ids=ids, amounts=amounts)
    if receiver.is_contract:
        request: Bytes[9540] = abi_encode(
            msg.sender, sender, ids, amounts, data, method_id=ON_BATCH_RECEIVED
        )
        accepted: bool = False
        response: Bytes[1024] = b""
        accepted, response = raw_call(receiver, request, max_outsize=1024, revert_on_failure=False)
        self._require_answer(receiver, accepted, response, ON_BATCH_RECEIVED)


@internal
def _move(sender: address, receiver: address, id: uint256, amount: uint256):
    slot: uint256 = terms.slots[id]
    eligibility._require_eligible(id, terms._list_in(slot), receiver)
    rent_index: uint256 = slot & terms.INDEX_MASK
    holdings._subtract(id, sender, amount, rent_index)
    holdings._add(id, receiver, amount, rent_index)


@internal
def _mint(receiver: address, id: uint256, amount: uint256):
    """@dev The supply was increased before. What follows the call may not change state."""
    if receiver == empty(address):
        raw_revert(abi_encode(receiver, method_id=method_id("ERC1155InvalidReceiver(address)")))
    slot: uint256 = terms.slots[id]
    eligibility._require_eligible(id, terms._list_in(slot), receiver)
    holdings._add(id, receiver, amount, slot & terms.INDEX_MASK)
    log TransferSingle(operator=msg.sender, sender=empty(address), receiver=receiver, id=id, amount=amount)
    self._require_accepted(empty(address), receiver, id, amount, b"")


@internal
def _burn(holder: address, id: uint256, amount: uint256):
    holdings._subtract(id, holder, amount, terms._rent_index(id))
    log TransferSingle(operator=msg.sender, sender=holder, receiver=empty(address), id=id, amount=amount)


@internal
@view
def _require_transferable(sender: address, receiver: address):
    if sender != msg.sender and not self.isApprovedForAll[sender][msg.sender]:
        raw_revert(
            abi_encode(msg.sender, sender, method_id=method_id("ERC1155MissingApprovalForAll(address,address)"))
        )
    if receiver == empty(address):
        raw_revert(abi_encode(receiver, method_id=method_id("ERC1155InvalidReceiver(address)")))
    if sender == empty(address):
        raw_revert(abi_encode(sender, method_id=method_id("ERC1155InvalidSender(address)")))


@internal
def _require_accepted(sender: address, receiver: address, id: uint256, amount: uint256, data: Bytes[1024]):
    """@dev Asked last, after all state, so that a receiver who calls back meets finished books."""
    if receiver.is_contract:
        request: Bytes[1220] = abi_encode(msg.sender, sender, id, amount, data, method_id=ON_RECEIVED)
        accepted: bool = False
        response: Bytes[1024] = b""
        accepted, response = raw_call(receiver, request, max_outsize=1024, revert_on_failure=False)
        self._require_answer(receiver, accepted, response, ON_RECEIVED)


@internal
@pure
def _require_answer(receiver: address, accepted: bool, response: Bytes[1024], expected: bytes4):
    if not accepted and len(response) > 0:
        raw_revert(response)
    if accepted and len(response) >= 32:
        if convert(slice(response, 0, 32), bytes32) == convert(expected, bytes32):
            return
    raw_revert(abi_encode(receiver, method_id=method_id("ERC1155InvalidReceiver(address)")))


@internal
@pure
def _require_same_length(ids_length: uint256, amounts_length: uint256):
    if ids_length != amounts_length:
        raw_revert(
            abi_encode(
                ids_length, amounts_length, method_id=method_id("ERC1155InvalidArrayLength(uint256,uint256)")
            )
        )
