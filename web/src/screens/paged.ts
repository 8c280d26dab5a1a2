// A list whose rows any block may change: so many pages as were asked for, all read anew, from the first on.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { ApiProblem } from "../api.ts";

export interface Page<Row> {
  rows: Row[];
  /** What the page after it begins with; null on the last one. */
  next: string | null;
}

/** The list that is wanted, by name, and how a page of it is read. */
export interface Wanted<Row> {
  name: string;
  page: (cursor: string | null) => Promise<Page<Row>>;
}

export class Paged<Row> implements ReactiveController {
  rows: Row[] | undefined;
  next: string | null = null;
  trouble = "";
  private name = "";
  private pages = 1;
  private reading = 0;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly wanted: () => Wanted<Row> | undefined,
  ) {
    host.addController(this);
  }

  hostUpdate(): void {
    const name = this.wanted()?.name ?? "";
    if (name === this.name) return;
    this.name = name;
    this.rows = undefined;
    this.pages = 1;
    this.reading += 1;
    void this.read();
  }

  /** Read all that is shown. Never raises: trouble is kept in words. */
  read = async (): Promise<void> => {
    const wanted = this.wanted();
    if (!wanted) return;
    const reading = ++this.reading;
    try {
      let page = await wanted.page(null);
      const rows = [...page.rows];
      for (let read = 1; read < this.pages && page.next !== null; read++) {
        page = await wanted.page(page.next);
        rows.push(...page.rows);
      }
      if (reading !== this.reading) return;
      this.rows = rows;
      this.next = page.next;
      this.trouble = "";
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (reading !== this.reading) return;
      if (error.code === "cursor-orphaned") return await this.read();
      this.trouble = error.detail;
    }
    this.host.requestUpdate();
  };

  more = (): Promise<void> => {
    this.pages += 1;
    return this.read();
  };
}
