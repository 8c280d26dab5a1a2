// What a wallet made of its fractions: what they cost, what they are worth, what was made by selling, and their rent.

import { html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import type { Profit } from "../answers.ts";
import { ApiProblem, type Api } from "../api.ts";
import { Refreshing, type App } from "../app.ts";
import { amount, fractions } from "../parts/amount.ts";
import { changed } from "../parts/changed.ts";
import { nameOf } from "../parts/party.ts";
import { averagePrice, gain } from "../parts/price.ts";
import { skeletonRows } from "../parts/skeleton.ts";
import { linkTo } from "../route.ts";

const PAUSE_MS = 2_000;
const SKELETONS = 3;

/** Read again as blocks come. */
export class ProfitReading implements ReactiveController {
  rows: Profit[] | undefined;
  readonly refreshing: Refreshing;
  private about: string | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly wanted: () => { api: Api; owner: string | undefined },
  ) {
    host.addController(this);
    this.refreshing = new Refreshing(host, () => this.read(), PAUSE_MS);
  }

  hostUpdate(): void {
    const { owner } = this.wanted();
    if (owner === this.about) return;
    this.about = owner;
    this.rows = undefined;
    this.refreshing.now();
  }

  private async read(): Promise<void> {
    const { api, owner } = this.wanted();
    if (!owner) return;
    try {
      const { properties } = await api.profit(owner);
      if (owner === this.about) this.rows = properties;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      // What was read last stays; the next block brings the next try.
    }
    this.host.requestUpdate();
  }
}

export function profitSection(rows: Profit[] | undefined, app: App): TemplateResult | typeof nothing {
  if (rows?.length === 0) return nothing;
  return html`<section class="section" data-testid="profit"><div class="section-head"><h2>Profit</h2><span class="more faint">first in, first out</span></div>
    ${rows ? profitTable(rows, app) : skeletonRows(SKELETONS, "activity-row")}</section>`;
}

function profitTable(rows: Profit[], app: App): TemplateResult {
  return html`<div class="table-scroll"><table class="ledger profit">
      <thead><tr><th scope="col">Property</th><th scope="col" class="number">Cost</th><th scope="col" class="number">Unrealised</th><th scope="col" class="number">Realised</th><th scope="col" class="number">Rent</th></tr></thead>
      <tbody>${rows.map((row) => profitRow(row, app))}</tbody></table></div>`;
}

function profitRow(row: Profit, app: App): TemplateResult {
  const coin = app.deployment.stablecoin;
  const money = (name: string, units: string | null, hook: string) =>
    html`<td class="number" data-label=${name} data-testid=${hook} data-value=${units ?? ""}><span ${changed(units, row.property_id)}>${units === null ? html`<span class="faint">–</span>` : gain(BigInt(units), coin)}</span></td>`;
  return html`<tr data-testid="profit-row" data-property=${row.property_id}>
    <td><a class="quiet purpose" href=${linkTo("market", row.property_id)}>${nameOf(row.property_id, app)}</a><span class="row-note">${fractions(BigInt(row.quantity))}</span></td>
    <td class="number" data-label="Cost"><span>${amount(BigInt(row.cost), coin)}</span><span class="row-note">${row.average_cost === null ? nothing : html`${averagePrice(BigInt(row.average_cost), coin, Math.min(2, coin.decimals))} each`}</span></td>
    ${money("Unrealised", row.unrealised, "profit-unrealised")}${money("Realised", row.realised, "profit-realised")}
    ${money("Rent", row.rent_received, "profit-rent")}</tr>`;
}
