// What every screen works with, built once in main.ts and handed down.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Outbox } from "./action/outbox.ts";
import type { Deployment } from "./answers.ts";
import type { Api } from "./api.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Stream } from "./stream.ts";
import type { Wallet } from "./wallet.ts";

export interface App {
  api: Api;
  stream: Stream;
  wallet: Wallet;
  outbox: Outbox;
  catalogue: Catalogue;
  deployment: Deployment;
}

/** Draws its host again whenever one of the sources fires one of the events. */
export class Watching implements ReactiveController {
  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly sources: () => [EventTarget, ...string[]][],
    private readonly also: (event: Event) => void = () => undefined,
  ) {
    host.addController(this);
  }

  private readonly onEvent = (event: Event) => {
    this.also(event);
    this.host.requestUpdate();
  };

  hostConnected(): void {
    for (const [source, ...names] of this.sources())
      for (const name of names) source.addEventListener(name, this.onEvent);
  }

  hostDisconnected(): void {
    for (const [source, ...names] of this.sources())
      for (const name of names) source.removeEventListener(name, this.onEvent);
  }
}

/** Reads again as blocks come, one reading at a time and never more than one in `pause` milliseconds. */
export class Refreshing implements ReactiveController {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = false;
  private wanted = false;
  private gone = true;

  constructor(
    host: ReactiveControllerHost,
    private readonly read: () => Promise<void>,
    private readonly pause = 1_000,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.gone = false;
    this.now();
  }

  hostDisconnected(): void {
    this.gone = true;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  now(): void {
    if (this.running || this.timer !== undefined) this.wanted = true;
    else void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    this.wanted = false;
    await this.read().finally(() => {
      this.running = false;
    });
    if (this.gone) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.wanted) void this.run();
    }, this.pause);
  }
}
