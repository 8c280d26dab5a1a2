// Where nobody is shown yet: connect a wallet, or watch an address.

import { html, type TemplateResult } from "lit";
import type { Screen } from "../route.ts";
import "../parts/watch.ts";

export function owning(title: string, screen: Screen): TemplateResult {
  const connect = (event: Event) => event.target?.dispatchEvent(new Event("connect-wallet", { bubbles: true }));
  return html`<section class="welcome">
    <h1>${title}</h1>
    <p class="lead">Connect a wallet to see what it owns, or watch any address: what is on the chain is open to everybody.</p>
    <div class="welcome-ways">
      <button type="button" class="button button-primary" @click=${connect}>Connect a wallet</button>
      <fh-watch .screen=${screen}></fh-watch>
    </div>
  </section>`;
}
