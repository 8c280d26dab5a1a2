"""What every contract may say: who has a role, and that it is paused. The ABI is OpenZeppelin's."""

from indexer.abi import Decoder, address, bytes32, ending_in, static
from indexer.events import PauseChanged, RoleChanged

ROLES: dict[str, Decoder] = {
    f"{name}(bytes32,address,address)": static(
        ending_in(RoleChanged, held), [bytes32, address, address], names_contract=True
    )
    for name, held in (("RoleGranted", True), ("RoleRevoked", False))
}
PAUSING: dict[str, Decoder] = {
    f"{name}(address)": static(ending_in(PauseChanged, paused), [], [address], names_contract=True)
    for name, paused in (("Paused", True), ("Unpaused", False))
}
