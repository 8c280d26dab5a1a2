// The keys of the stream that a screen shows, each given up when it is shown no more.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Replica } from "../replica.ts";
import type { Key, Stream } from "../stream.ts";

export class Following implements ReactiveController {
  private readonly held = new Map<Key, { replica: Replica; release: () => void }>();

  constructor(
    host: ReactiveControllerHost,
    private readonly wanted: () => { stream: Stream; keys: Key[] },
  ) {
    host.addController(this);
  }

  /** What is held under a key; undefined before its snapshot came. */
  replica(key: Key): Replica | undefined {
    const replica = this.held.get(key)?.replica;
    return replica && replica.snapshots > 0 ? replica : undefined;
  }

  hostUpdate(): void {
    const { stream, keys } = this.wanted();
    for (const [key, { release }] of this.held)
      if (!keys.includes(key)) {
        release();
        this.held.delete(key);
      }
    for (const key of keys) if (!this.held.has(key)) this.held.set(key, stream.subscribe(key));
  }

  hostDisconnected(): void {
    for (const { release } of this.held.values()) release();
    this.held.clear();
  }
}
