// A wallet's orders, newest first, with what became of them: pages by cursor, read anew as they change.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Order } from "../answers.ts";
import { ApiProblem, type Api } from "../api.ts";

const PAGE = 20;

export class OrderLog implements ReactiveController {
  rows: Order[] | undefined;
  next: string | null = null;
  trouble = "";
  private asked = "";
  private reading = 0;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly wanted: () => { api: Api; owner: string | undefined; property: number | undefined },
  ) {
    host.addController(this);
  }

  hostUpdate(): void {
    const { owner, property } = this.wanted();
    const about = `${owner}:${property}`;
    if (about === this.asked) return;
    this.asked = about;
    this.rows = undefined;
    void this.begin();
  }

  /** Read the newest page, and forget what followed it: any order may have changed. */
  begin = (): Promise<void> =>
    this.read(null, (page) => {
      this.rows = page;
    });

  more = (): Promise<void> =>
    this.read(this.next, (page) => {
      this.rows = [...(this.rows ?? []), ...page];
    });

  private async read(cursor: string | null, take: (page: Order[]) => void): Promise<void> {
    const { api, owner, property } = this.wanted();
    if (!owner) return;
    const reading = ++this.reading;
    try {
      const page = await api.orders({ owner, property_id: property, status: "all", cursor, limit: PAGE });
      if (reading !== this.reading) return;
      this.trouble = "";
      this.next = page.next_cursor;
      take(page.orders);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (reading !== this.reading) return;
      if (error.code === "cursor-orphaned") return await this.begin();
      this.trouble = error.detail;
    }
    this.host.requestUpdate();
  }
}
