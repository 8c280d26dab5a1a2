// The API as this page uses it. Types follow /v1/openapi.json; errors are problem+json.

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

export interface Deployment {
  chain_id: number;
  first_block: number;
  settlement_vault: string;
  fraction_token: string;
  stablecoin: { address: string; symbol: string; decimals: number };
}

export interface Property extends Placed {
  property_id: number;
  name: string;
  issuer: string;
  supply_cap: string;
  supply: string;
  metadata: { version: number; content_hash: string; uri: string | null };
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

export interface TransferRequest {
  sender: string;
  from_account: string;
  to: string;
  amount: string;
  reference: string;
  key: string;
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

export interface Prepared {
  action: string;
  sender: string;
  steps: Step[];
  simulation: {
    succeeds: boolean;
    moves: boolean;
    effects: { account: string; change: string; balance: string }[];
    revert: { error: string; sentence: string } | null;
  };
  issues: { code: string; sentence: string }[];
  key: string;
  request_id: string;
  at_block: number;
}

export interface TransactionState {
  hash: string;
  state: "pending" | "mined" | "indexed" | "final" | "reverted" | "orphaned";
  block_number: number | null;
  block_hash: string | null;
  sentence: string;
}

/** An answer that is an error: `code` is stable and made for programs, `detail` is made for people. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

type Query = Record<string, string | number | null | undefined>;

export class Api {
  constructor(private readonly base: string) {}

  deployment = () => this.get<Deployment>("/deployment");
  properties = () => this.get<{ meta: Meta; properties: Property[] }>("/properties");
  property = (id: number) => this.get<{ meta: Meta; property: Property }>(`/properties/${id}`);
  holders = (id: number) => this.get<{ meta: Meta; holdings: Holding[] }>("/holdings", { property_id: id });
  postings = (query: Query) => this.get<PostingPage>("/postings", query);
  transaction = (hash: string) => this.get<TransactionState>(`/transactions/${hash}`);
  prepareTransfer = (request: TransferRequest) =>
    this.send<Prepared>("/transactions/prepare/vault_transfer", JSON.stringify(request));

  /** Answers are revalidated by their ETag: the browser sends If-None-Match, and 304 costs no body. */
  private get<T>(path: string, query: Query = {}): Promise<T> {
    const said = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
    const text = new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
    return this.ask<T>(path + (text ? `?${text}` : ""), {});
  }

  private send<T>(path: string, body: string): Promise<T> {
    return this.ask<T>(path, { method: "POST", body, headers: { "Content-Type": "application/json" } });
  }

  private async ask<T>(path: string, options: RequestInit): Promise<T> {
    let response: Response;
    try {
      response = await fetch(this.base + path, options);
    } catch {
      throw new ApiProblem(0, "unreachable", "No connection", "The server cannot be reached just now.");
    }
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return body as T;
    throw problemOf(response.status, body);
  }
}

function problemOf(status: number, body: unknown): ApiProblem {
  const said = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string, other: string) => (typeof said[name] === "string" ? said[name] : other);
  return new ApiProblem(
    status,
    text("code", "internal"),
    text("title", "Something went wrong"),
    text("detail", `The server answered with status ${status}.`),
  );
}
