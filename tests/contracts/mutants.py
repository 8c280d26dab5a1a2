"""Faults that were never there: each replaces one text of the sources, and the tests must notice."""

from dataclasses import dataclass

MACHINE = "machine"


@dataclass(frozen=True)
class Mutant:
    """`killer` is the state machine, or a file of tests below tests/contracts."""

    name: str
    file: str  # below contracts/
    text: str
    fault: str
    harm: str
    killer: str = MACHINE


MUTANTS = (
    Mutant(
        "the sender's rent is forgotten",
        "modules/holdings.vy",
        "        slot = self._settled(property_id, holder, slot, rent_index)\n    # The lowest",
        "        slot = (slot & BELOW_MARK) | (rent_index << MARK_BIT)\n    # The lowest",
        "who sells before he claims loses what he earned",
    ),
    Mutant(
        "the receiver's rent is forgotten",
        "modules/holdings.vy",
        "    if slot >> MARK_BIT != rent_index:\n"
        "        slot = self._settled(property_id, holder, slot, rent_index)\n"
        "    self.slots[property_id][holder] = unsafe_add(slot, amount)\n",
        "    self.slots[property_id][holder] = unsafe_add(slot, amount)\n",
        "who buys more earns on it backwards, out of others' rent",
    ),
    Mutant(
        "the rent of one whose ask is taken is forgotten",
        "modules/holdings.vy",
        "        slot = self._settled(property_id, holder, slot, rent_index)\n    # Both",
        "        slot = (slot & BELOW_MARK) | (rent_index << MARK_BIT)\n    # Both",
        "a maker loses what he earned while his ask was open",
        "rent/test_settle.py",
    ),
    Mutant(
        "what was sold stays locked",
        "modules/holdings.vy",
        "unsafe_sub(slot, amount | (amount << AMOUNT_BITS))",
        "unsafe_sub(slot, amount)",
        "a seller's other fractions are stuck for ever",
        "fraction_token/test_settle.py",
    ),
    Mutant(
        "more is sold than is locked",
        "modules/holdings.vy",
        "        self._refuse_locked(property_id, holder, locked, amount)\n    if slot",
        "        pass\n    if slot",
        "a faulty marketplace sells what nobody offered",
        "fraction_token/test_settle.py",
    ),
    Mutant(
        "anyone settles a purchase",
        "modules/trading.vy",
        '    @dev No seller is called.\n    """\n    self._require_marketplace()\n',
        '    @dev No seller is called.\n    """\n',
        "every open ask is taken for nothing",
        "fraction_token/test_settle.py",
    ),
    Mutant(
        "the mark is not moved",
        "modules/holdings.vy",
        "    return (slot & BELOW_MARK) | (rent_index << MARK_BIT)",
        "    return slot",
        "rent is paid again and again",
    ),
    Mutant(
        "rent is floored at each settlement",
        "modules/holdings.vy",
        "earned: uint256 = unsafe_mul(balance, unsafe_sub(rent_index, slot >> MARK_BIT))\n        self",
        "earned: uint256 = (unsafe_mul(balance, unsafe_sub(rent_index, slot >> MARK_BIT)) >> 48) << 48\n        self",
        "each transfer loses up to a unit",
    ),
    Mutant(
        "a claim forgets the part of a unit",
        "modules/holdings.vy",
        "        self.owed[property_id][holder] = scaled & AMOUNT_MASK\n",
        "        self.owed[property_id][holder] = 0\n",
        "each claim loses up to a unit",
    ),
    Mutant(
        "the remainder is dropped",
        "modules/rent.vy",
        "    scaled: uint256 = (amount << SCALE_BITS) + ((slot >> REMAINDER_BIT) & REMAINDER_MASK)",
        "    scaled: uint256 = amount << SCALE_BITS",
        "what does not divide is lost with each release",
    ),
    Mutant(
        "the notice is not enforced",
        "modules/rent.vy",
        "    if release_time < earliest or release_time > latest:",
        "    if release_time > latest:",
        "one buys just before a release and sells just after",
    ),
    Mutant(
        "rent is released twice",
        "modules/rent.vy",
        "    self.rents[property_id][period] = rent | RELEASED\n",
        "",
        "other properties' rent is paid out",
    ),
    Mutant(
        "a property ends while rent waits",
        "modules/rent.vy",
        "    if period == FINAL and slot // ONE_PENDING != 1:",
        "    if period == FINAL and slot // ONE_PENDING == 0:",
        "rent is released when there is nobody left to earn it",
        "rent/test_final.py",
    ),
    Mutant(
        "all may be locked but one",
        "modules/holdings.vy",
        "    if free < amount:",
        "    if free <= amount:",
        "a holder cannot sell his last fraction",
    ),
    Mutant(
        "locked fractions move",
        "modules/holdings.vy",
        "    if unsafe_sub(balance, amount) < locked:",
        "    if balance < locked:",
        "an ask sells what is gone",
    ),
    Mutant(
        "locked fractions are burnt at the end",
        "FractionToken.vy",
        "        burnt = holdings._balance(property_id, holder) - holdings._locked(property_id, holder)\n",
        "        burnt = holdings._balance(property_id, holder)\n",
        "who has an ask open can never claim",
        "rent/test_final.py",
    ),
    Mutant(
        "eligibility is not asked on a transfer",
        "modules/erc1155.vy",
        "    eligibility._require_eligible(id, terms._list_in(slot), receiver)\n    rent_index",
        "    rent_index",
        "who is on no list gains",
    ),
    Mutant(
        "eligibility is not asked when fractions come into being",
        "modules/erc1155.vy",
        "    eligibility._require_eligible(id, terms._list_in(slot), receiver)\n    holdings._add",
        "    holdings._add",
        "who was struck off the list collects",
    ),
    Mutant(
        "a registry is given all gas",
        "modules/eligibility.vy",
        "        gas=REGISTRY_GAS,\n",
        "",
        "a hostile registry burns what its askers pay",
        "fraction_token/test_hostile_registry.py",
    ),
    Mutant(
        "an offering is set while rent is declared",
        "FractionToken.vy",
        "        rent._require_none_pending(property_id)\n    issuance._reserve",
        "    issuance._reserve",
        "an issuer sells himself a share of rent that was announced to others",
        "primary_offering/test_terms.py",
    ),
    Mutant(
        "an approval is not asked for",
        "modules/erc1155.vy",
        "    if sender != msg.sender and not self.isApprovedForAll[sender][msg.sender]:",
        "    if sender == empty(address):",
        "anyone moves anyone's fractions",
    ),
    Mutant(
        "the supply does not grow",
        "modules/issuance.vy",
        "    properties._increase_supply(property_id, amount, self._reserved(property_id))\n",
        "    properties._require_available(property_id, amount, self._reserved(property_id))\n",
        "the cap never binds",
    ),
    Mutant(
        "what an offering may sell is allotted",
        "modules/issuance.vy",
        "    properties._increase_supply(property_id, amount, self._reserved(property_id))\n",
        "    properties._increase_supply(property_id, amount, 0)\n",
        "a sold-out offering cannot close",
    ),
    Mutant(
        "uncollected fractions earn from the beginning",
        "modules/issuance.vy",
        "(sold << UNCOLLECTED_BIT) | (rent_index << MARK_BIT)",
        "sold << UNCOLLECTED_BIT",
        "buyers are paid the rent of times before the sale",
        "primary_offering/test_collect.py",
    ),
    Mutant(
        "frozen wallets are eligible",
        "InvestorRegistry.vy",
        "    if slot < FROZEN and slot >> EXPIRY_BIT > block.timestamp:",
        "    if slot >> EXPIRY_BIT > block.timestamp:",
        "who is frozen goes on buying",
        "investor_registry/test_is_eligible.py",
    ),
    Mutant(
        "a key is not recorded",
        "modules/idempotency.vy",
        "        self.fingerprints[request_id] = fingerprint\n",
        "",
        "a retry pays again",
    ),
    Mutant(
        "the fingerprint leaves the reference out",
        "SettlementVault.vy",
        "    request_id: bytes32 = idempotency._request_id(msg.sender, postings.KIND_TRANSFER, key)\n"
        "    fingerprint: bytes32 = keccak256(abi_encode(from_account, to_account, amount, reference))\n",
        "    request_id: bytes32 = idempotency._request_id(msg.sender, postings.KIND_TRANSFER, key)\n"
        "    fingerprint: bytes32 = keccak256(abi_encode(from_account, to_account, amount))\n",
        "another invoice's payment passes for this one's",
    ),
    Mutant(
        "a burnt key answers as a retry",
        "modules/idempotency.vy",
        "    if known != fingerprint:",
        "    if known != fingerprint and known != BURNT:",
        "a voided payment looks done",
        "settlement_vault/test_burn_key.py",
    ),
    Mutant(
        "an agent reaches sub-accounts",
        "SettlementVault.vy",
        "owner == empty(address) or account != account_ids._main_account_of(owner) or",
        "owner == empty(address) or",
        "savings are taken by a faulty marketplace",
        "settlement_vault/test_post.py",
    ),
    Mutant(
        "an agent reaches the outside account",
        "SettlementVault.vy",
        "owner == empty(address) or account != account_ids",
        "account != account_ids",
        "money is made out of nothing",
    ),
    Mutant(
        "every agent settles trades",
        "SettlementVault.vy",
        "    if msg.sender != agents.MARKETPLACE:\n",
        "    if not agents._is_agent(msg.sender):\n",
        "a fault of token or offering pays out of main accounts",
        "settlement_vault/test_settle.py",
    ),
    Mutant(
        "an escrow is anybody's account",
        "SettlementVault.vy",
        "    if account_ids._owner_of(escrow_account) != msg.sender:\n",
        "    if escrow_account == 0:\n",
        "a bid's money is out of the marketplace's reach",
        "settlement_vault/test_settle.py",
    ),
    Mutant(
        "a taker pays with what he does not have",
        "modules/postings.vy",
        "            self._refuse_balance(debit_account, balance, amount)\n",
        "            pass\n",
        "money is made out of nothing, in a balance that wraps",
        "settlement_vault/test_settle.py",
    ),
    Mutant(
        "a taker's balance is not written",
        "modules/postings.vy",
        "    self.balances[debit_account] = balance\n    if fees",
        "    if fees",
        "the same money buys again and again",
    ),
    Mutant(
        "a batch skips the legs that fail",
        "SettlementVault.vy",
        "        self._require_owner(leg.from_account)\n        self._transfer(",
        "        self._require_owner(leg.from_account)\n"
        "        if postings.balances[leg.from_account] < leg.amount:\n"
        "            continue\n"
        "        self._transfer(",
        "a payroll is half paid, and its key is used",
    ),
    Mutant(
        "anyone withdraws from any account",
        "SettlementVault.vy",
        "    self._require_owner(account)\n    # None",
        "    # None",
        "the vault is empty",
        "settlement_vault/test_withdraw.py",
    ),
    Mutant(
        "the mirrored signature is taken",
        "modules/signatures.vy",
        "    if s > HIGHEST_S:\n        return empty(address)\n",
        "",
        "one signature has two hashes",
    ),
    Mutant(
        "a signature never expires",
        "modules/signatures.vy",
        "    if block.timestamp > deadline:",
        "    if deadline == 0:",
        "an old order is carried out years later",
        "settlement_vault/test_transfer_signed.py",
    ),
    Mutant(
        "a signature is for another chain",
        "modules/signatures.vy",
        "    return keccak256(abi_encode(DOMAIN_TYPE, NAME_HASH, keccak256(VERSION), chain.id, self))",
        "    return keccak256(abi_encode(DOMAIN_TYPE, NAME_HASH, keccak256(VERSION), convert(1, uint256), self))",
        "what was signed for a test chain moves real money",
    ),
    Mutant(
        "an unclear yes is a yes",
        "modules/eligibility.vy",
        "    if standing & ~(ELIGIBLE | INVESTOR_MASK) != 0:\n        return 0\n",
        "",
        "whatever a faulty registry answers lets everybody in",
        "fraction_token/test_hostile_registry.py",
    ),
    Mutant(
        "any answer of a contract wallet is its word",
        "modules/signatures.vy",
        "    return convert(answer, bytes32) == convert(IS_VALID_SIGNATURE, bytes32)",
        "    return convert(answer, bytes32) != empty(bytes32)",
        "a contract that answers something else is robbed",
        "settlement_vault/test_contract_wallets.py",
    ),
    Mutant(
        "a refund does not clear the subscription",
        "modules/sales.vy",
        "    self.subscriptions[property_id][subscriber] = 0\n",
        "",
        "one subscriber is refunded with all others' money",
    ),
    Mutant(
        "an offering closes at the firm time",
        "PrimaryOffering.vy",
        "    closes: uint256 = sale.terms.deadline\n",
        "    closes: uint256 = sale.terms.firm\n",
        "anyone lets an offering fail before its deadline",
    ),
    Mutant(
        "the soft cap must be passed",
        "PrimaryOffering.vy",
        "    settled: bool = sale.subscribed >= sale.terms.soft_cap\n",
        "    settled: bool = sale.subscribed > sale.terms.soft_cap\n",
        "an offering that meets its soft cap exactly fails",
    ),
    Mutant(
        "subscribers leave after the firm time",
        "PrimaryOffering.vy",
        "    if block.timestamp >= sale.terms.firm:",
        "    if block.timestamp >= sale.terms.deadline:",
        "a whale fills an offering and leaves in the last block",
    ),
    Mutant(
        "the daily limit is per payment",
        "Treasury.vy",
        "    paid_today: uint256 = self.paid_on[day] + amount\n",
        "    paid_today: uint256 = amount\n",
        "a stolen operator's key empties the treasury in a day",
        "treasury/test_daily_limit.py",
    ),
)
