// What the API answers, as /v1/openapi.json has it. Amounts are base units and fractions whole numbers, both as text.
// What it answers about order books stands in marketanswers.ts.

import type { Hex } from "viem";
import type { OrderEffect, ReductionEffect, RemovalEffect } from "./marketanswers.ts";

export type * from "./marketanswers.ts";

export interface Meta {
  indexed_block: number;
  indexed_block_hash: string;
  finalized_block: number;
  at_block: number;
  at_timestamp: number;
}

/** Where on the chain a row comes from. */
export interface Placed {
  block_number: number;
  block_hash: string;
  transaction_hash: string;
  log_index: number;
  timestamp: number;
  finality: string;
}

export interface Coin {
  address: string;
  symbol: string;
  decimals: number;
}

export interface Deployment {
  chain_id: number;
  first_block: number;
  settlement_vault: string;
  fraction_token: string;
  primary_offering: string;
  investor_registry: string;
  treasury: string;
  marketplace: string;
  stablecoin: Coin;
}

export interface Metadata {
  version: number;
  content_hash: string;
  uri: string | null;
  /** The document itself, where its bytes are known and are a JSON object. */
  document: Record<string, unknown> | null;
}

export interface Property extends Placed {
  property_id: number;
  name: string;
  issuer: string;
  proposed_issuer: string | null;
  supply_cap: string;
  supply: string;
  /** Sold in an offering and not collected yet; part of the supply. */
  uncollected: string;
  reserved: string;
  /** Wallets that hold some of it. */
  holders_count: number;
  /** The list of the registry whose wallets may hold it; null for anyone. */
  registry_list: number | null;
  /** Its end was declared. */
  ends: boolean;
  has_ended: boolean;
  documents_count: number;
  metadata: Metadata;
}

export interface PropertyDocument extends Placed {
  name: string;
  version: number;
  content_hash: string;
  uri: string | null;
  available: boolean;
  size: number | null;
  media_type: string | null;
  is_current: boolean;
  is_metadata: boolean;
}

export interface Holding extends Placed {
  property_id: number;
  holder: string;
  balance: string;
  locked: string;
}

export interface Account extends Placed {
  account: string;
  owner: string;
  number: string;
  balance: string;
}

/** From a block's hash down to words of a contract's storage (EIP-1186). Nodes and the header are in RLP. */
export interface StateProof {
  block: { number: number; hash: Hex; header: Hex };
  contract: { address: string; code_hash: Hex; storage_root: Hex; proof: Hex[] };
  words: { variable: string; slot: number; keys: Hex[]; key: Hex; word: Hex; proof: Hex[] }[];
}

export interface AccountProof {
  meta: Meta;
  account: string;
  balance: string;
  indexed_balance: string;
  proof: StateProof;
}

export interface HoldingProof {
  meta: Meta;
  property_id: number;
  holder: string;
  balance: string;
  locked: string;
  supply_cap: string;
  supply: string;
  indexed_balance: string;
  indexed_locked: string;
  proof: StateProof;
}

export interface Posting extends Placed {
  kind: string;
  debit_account: string;
  credit_account: string;
  amount: string;
  request_id: string | null;
  reference: string;
  reference_text: string | null;
  debit_balance: string;
  credit_balance: string;
}

export interface PostingPage {
  meta: Meta;
  postings: Posting[];
  next_cursor: string | null;
}

/** Times are seconds since 1970; caps, minimum and maximum are fractions, the price base units for one. */
export interface Offering extends Placed {
  property_id: number;
  issuer: string;
  status: "open" | "settled" | "failed" | "cancelled";
  price: string;
  soft_cap: string;
  hard_cap: string;
  opens: number;
  firm: number;
  deadline: number;
  minimum: string;
  maximum: string;
  subscribed: string;
  /** Left out by the stream where there are none. */
  proceeds?: string | null;
}

export interface Subscription extends Placed {
  property_id: number;
  subscriber: string;
  amount: string;
  money: string;
  state: "subscribed" | "collected" | "refunded" | "withdrawn";
}

/** Period 0 is the final distribution. */
export interface Rent extends Placed {
  property_id: number;
  period: number;
  label: string;
  amount: string;
  release_time: number;
  state: "declared" | "due" | "released";
  released_at_block: number | null;
  /** Base units as an exact decimal, which may end within a unit. */
  per_fraction: string | null;
}

/** What a holder has of a property's rent. */
export interface RentPosition {
  property_id: number;
  claimable: string;
  claimed: string;
  earned: string;
  /** Of fractions bought and not collected; claimable with them. */
  uncollected_rent: string;
}

export interface RentShare {
  period: number;
  label: string;
  state: string;
  fractions: string;
  earned: string;
  release_time: number;
}

export interface RegistryList {
  number: number;
  name: string;
  registrar: string;
}

export interface RegistryEntry {
  wallet: string;
  investor_id: string;
  /** Seconds since 1970, as text: it may lie beyond all calendars. */
  expiry: string;
  frozen: boolean;
  eligible: boolean;
}

export interface Step {
  kind: string;
  chain_id: number;
  to: string;
  data: string;
  value: string;
  gas: string | null;
  function: string;
  sentence: string;
}

export interface TypedData {
  domain: Record<string, unknown>;
  types: Record<string, { name: string; type: string }[]>;
  primaryType: string;
  message: Record<string, unknown>;
}

/** Before and after, for an account or for a holding. */
export type Change =
  | { kind: "money"; account: string; change: string; balance: string }
  | { kind: "fractions"; property_id: number; holder: string; change: string; balance: string };

export type Effect = Change | OrderEffect | RemovalEffect | ReductionEffect;

export function isChange(effect: Effect): effect is Change {
  return effect.kind === "money" || effect.kind === "fractions";
}

export interface Issue {
  code: string;
  sentence: string;
}

export interface Prepared {
  action: string;
  sender: string;
  steps: Step[];
  typed_data: TypedData | null;
  /** null where the node cannot tell. */
  simulation: {
    succeeds: boolean | null;
    moves: boolean | null;
    effects: Effect[] | null;
    revert: { error: string; sentence: string } | null;
  };
  issues: Issue[];
  key: string | null;
  request_id: string | null;
  at_block: number;
}

export interface TransactionState {
  hash: string;
  state: "pending" | "mined" | "indexed" | "final" | "reverted" | "orphaned";
  block_number: number | null;
  block_hash: string | null;
  sentence: string;
}
