// The API as this page asks it. What it answers stands in answers.ts; errors are problem+json.

import type {
  AccountProof,
  Deployment,
  Holding,
  HoldingProof,
  Meta,
  Order,
  PostingPage,
  Prepared,
  Profit,
  Property,
  PropertyDocument,
  RegistryEntry,
  RegistryList,
  Rent,
  RentPosition,
  RentShare,
  TransactionState,
} from "./answers.ts";

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
  documents = (id: number) => this.get<{ meta: Meta; documents: PropertyDocument[] }>(`/properties/${id}/documents`);
  holdings = (query: Query) =>
    this.get<{ meta: Meta; holdings: Holding[]; next_cursor: string | null }>("/holdings", query);
  postings = (query: Query) => this.get<PostingPage>("/postings", query);
  rents = (id: number) => this.get<{ meta: Meta; rents: Rent[] }>("/rents", { property_id: id });
  rentOf = (holder: string, id: number) =>
    this.get<{ meta: Meta; properties: (RentPosition & { periods: RentShare[] })[] }>(`/rents/holders/${holder}`, {
      property_id: id,
    });
  registryLists = () => this.get<{ meta: Meta; lists: RegistryList[] }>("/registry/lists");
  registryEntries = (list: number, wallet: string) =>
    this.get<{ meta: Meta; entries: RegistryEntry[] }>(`/registry/lists/${list}/entries`, { wallet });
  orders = (query: Query) =>
    this.get<{ meta: Meta; orders: Order[]; next_cursor: string | null }>("/orders", query);
  proof = (path: string) => this.get<AccountProof | HoldingProof>(path);
  profit = (owner: string) => this.get<{ meta: Meta; properties: Profit[] }>("/profit", { owner });
  transaction = (hash: string) => this.get<TransactionState>(`/transactions/${hash}`);
  prepare = (action: string, request: object) =>
    this.send<Prepared>(`/transactions/prepare/${action}`, JSON.stringify(request));

  /** Where a document's bytes are; whoever reads them checks their hash. */
  documentAddress(hash: string): string {
    return `${this.base}/documents/${hash}`;
  }

  /** Bring a document's bytes, which must have the hash. */
  async deliver(hash: string, file: Blob): Promise<void> {
    await this.ask(`/documents/${hash}`, { method: "PUT", body: file, headers: { "Content-Type": file.type } });
  }

  exportAddress(account: string, query: Query): string {
    return this.base + withQuery(`/accounts/${account}/export`, query);
  }

  /** Answers are revalidated by their ETag: the browser sends If-None-Match, and 304 costs no body. */
  private get<T>(path: string, query: Query = {}): Promise<T> {
    return this.ask<T>(withQuery(path, query), {});
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

function withQuery(path: string, query: Query): string {
  const said = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  const text = new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
  return path + (text ? `?${text}` : "");
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
