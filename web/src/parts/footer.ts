// What every figure on the page rests on.

import { html, nothing, type TemplateResult } from "lit";
import type { App } from "../app.ts";
import { address } from "./address.ts";
import { dot } from "./finality.ts";
import { blockNumber } from "./placed.ts";

export function frameFooter({ deployment, stream }: App): TemplateResult {
  const { tip } = stream;
  return html`<footer class="foot"><div class="foot-line">
    <span class="legend">${dot(false)}indexed${tip ? html` to ${blockNumber(tip.indexed)}` : nothing}</span>
    <span class="legend">${dot(true)}final${tip ? html` to ${blockNumber(tip.finalized)}` : nothing}</span>
    <span class="foot-end"><span>Chain <span class="figure">${deployment.chain_id}</span></span>
      <span>Vault ${address(deployment.settlement_vault)}</span><span>Fractions ${address(deployment.fraction_token)}</span>
      <span>${deployment.stablecoin.symbol} ${address(deployment.stablecoin.address)}</span></span>
  </div></footer>`;
}
