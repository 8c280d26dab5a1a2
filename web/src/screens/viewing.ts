// The wallet that a screen shows: its replica from the stream, given up when the screen goes.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Replica } from "../replica.ts";
import type { Stream } from "../stream.ts";

/** Whether an event of the stream says that a wallet's rows changed. */
export function isOfAccount(event: Event): boolean {
  return event instanceof CustomEvent && String(event.detail).startsWith("account:");
}

export class Viewing implements ReactiveController {
  replica: Replica | undefined;
  private owner: string | undefined;
  private release: (() => void) | undefined;

  constructor(
    host: ReactiveControllerHost,
    private readonly wanted: () => { stream: Stream; owner: string | undefined },
  ) {
    host.addController(this);
  }

  /** Whether the replica's snapshot has come. */
  get known(): boolean {
    return this.replica !== undefined && (this.replica.place !== undefined || this.replica.accounts.size > 0);
  }

  hostUpdate(): void {
    const { stream, owner } = this.wanted();
    if (owner === this.owner) return;
    this.release?.();
    this.owner = owner;
    if (!owner) this.replica = this.release = undefined;
    else ({ replica: this.replica, release: this.release } = stream.subscribe(`account:${owner}`));
  }

  hostDisconnected(): void {
    this.release?.();
    this.replica = this.release = this.owner = undefined;
  }
}
