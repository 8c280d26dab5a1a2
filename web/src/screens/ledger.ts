// A wallet's postings, newest first: pages by cursor, and what is new put in front as it comes.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Posting } from "../answers.ts";
import { ApiProblem, type Api } from "../api.ts";

/** Whose postings: all of a wallet's, or one account's. */
export type Scope = { owner: string } | { account: string };

export class Ledger implements ReactiveController {
  rows: Posting[] | undefined;
  next: string | null = null;
  trouble = "";
  loading = false;
  private asked = "";
  private reading = 0;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly wanted: () => { api: Api; scope: Scope | undefined },
    private readonly limit: number,
  ) {
    host.addController(this);
  }

  hostUpdate(): void {
    const key = JSON.stringify(this.wanted().scope ?? null);
    if (key === this.asked) return;
    this.asked = key;
    this.rows = undefined;
    void this.begin();
  }

  /** Forget all pages and read the first, as after a reorganisation. */
  begin = (): Promise<void> =>
    this.read(null, (page, next) => {
      this.rows = page;
      this.next = next;
    });

  /** Put what is new in front. Where more came than one page holds, begin anew. */
  refresh = (): Promise<void> =>
    this.read(null, (page, next) => {
      const known = new Set((this.rows ?? []).map(placeOf));
      const fresh = page.filter((row) => !known.has(placeOf(row)));
      const joins = fresh.length < page.length && this.rows;
      this.rows = joins ? [...fresh, ...(this.rows ?? [])] : page;
      if (!joins) this.next = next;
    });

  more = (): Promise<void> =>
    this.read(this.next, (page, next) => {
      this.rows = [...(this.rows ?? []), ...page];
      this.next = next;
    });

  private async read(cursor: string | null, take: (page: Posting[], next: string | null) => void): Promise<void> {
    const { api, scope } = this.wanted();
    if (!scope) return;
    const reading = ++this.reading;
    this.loading = true;
    try {
      const page = await api.postings({ ...scope, cursor, limit: this.limit });
      if (reading !== this.reading) return;
      this.trouble = "";
      take(page.postings, page.next_cursor);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (reading !== this.reading) return;
      if (error.code === "cursor-orphaned") return await this.begin();
      this.trouble = error.detail;
    } finally {
      if (reading === this.reading) this.loading = false;
    }
    this.host.requestUpdate();
  }
}

function placeOf(row: Posting): string {
  return `${row.block_hash}:${row.log_index}`;
}
