// Rent of a property: what was declared and released by period, and what the wallet has of it.

import { html, nothing, type TemplateResult } from "lit";
import type { Intent } from "../action/intent.ts";
import { openAction } from "../action/opening.ts";
import type { Property, Rent, RentPosition, RentShare } from "../answers.ts";
import type { App } from "../app.ts";
import { exactText } from "../money.ts";
import { amount } from "../parts/amount.ts";
import { changed } from "../parts/changed.ts";
import { finality } from "../parts/finality.ts";
import { empty } from "../parts/notice.ts";
import { blockNumber, distance, moment } from "../parts/placed.ts";
import { skeleton, skeletonRows } from "../parts/skeleton.ts";
import { periodName, rentState } from "../rent.ts";

export interface RentView {
  app: App;
  property: Property;
  rents: Rent[] | undefined;
  shares: ReadonlyMap<number, RentShare>;
  owner: string | undefined;
}

const WORDS = { declared: "Declared", due: "Due", released: "Released" } as const;

export function rentTable({ app, rents, shares, owner }: RentView): TemplateResult | TemplateResult[] {
  if (!rents) return skeletonRows(3, "activity-row");
  if (rents.length === 0)
    return empty(
      "No rent was declared yet",
      "The issuer announces it ahead of its release; whoever holds then earns it.",
    );
  const now = app.stream.tip?.timestamp ?? 0;
  const newest = [...rents].sort((a, b) => b.block_number - a.block_number || b.log_index - a.log_index);
  return html`<div class="table-scroll"><table class="ledger rents">
    <thead><tr><th scope="col">Period</th><th scope="col" class="number wide">Rent</th><th scope="col" class="number wide">Per fraction</th>
      ${owner ? html`<th scope="col" class="number">Yours</th>` : nothing}<th scope="col">Release</th><th scope="col"><span class="heard">What to do</span></th></tr></thead>
    <tbody>${newest.map((rent) => rentRow(rent, shares.get(rent.period), now, owner !== undefined, app))}</tbody></table></div>`;
}

function rentRow(rent: Rent, share: RentShare | undefined, now: number, owned: boolean, app: App): TemplateResult {
  const coin = app.deployment.stablecoin;
  const state = rentState(rent, now);
  const release: Intent = {
    action: "rent_release",
    sender: app.wallet.connected?.address ?? "",
    property: rent.property_id,
    period: rent.period,
  };
  return html`<tr data-testid="rent-row" data-period=${rent.period} data-state=${state}>
    <td><span class="purpose">${periodName(rent.period)}</span><span class="narrow row-note">${amount(BigInt(rent.amount), coin)}</span></td>
    <td class="number wide">${amount(BigInt(rent.amount), coin)}</td>
    <td class="number wide faint">${rent.per_fraction === null ? "–" : html`<span class="figure" title=${rent.per_fraction}>${exactText(rent.per_fraction, coin.decimals)}<span class="unit">${coin.symbol}</span></span>`}</td>
    ${owned ? html`<td class="number">${share && state === "released" ? amount(BigInt(share.earned), coin) : html`<span class="faint">–</span>`}</td>` : nothing}
    <td><span class="badge badge-${state}">${WORDS[state]}</span> <span class="row-note rent-when">${
      state === "released" && rent.released_at_block !== null
        ? blockNumber(rent.released_at_block)
        : distance(rent.release_time, now)
    }</span></td>
    <td>${
      state === "due"
        ? html`<button type="button" class="button button-small" data-testid="rent-release" @click=${(event: Event) => openAction(event.currentTarget, { intents: [release] })}>Release<span class="heard"> ${periodName(rent.period)}</span></button>`
        : finality(rent, app.stream.tip)
    }</td></tr>`;
}

/** What the wallet earned and what of it waits; with the next release that is announced. */
export function ownRent(
  { app, property, rents, owner }: RentView,
  position: RentPosition | undefined,
): TemplateResult | typeof nothing {
  const coin = app.deployment.stablecoin;
  const now = app.stream.tip?.timestamp ?? 0;
  const next = (rents ?? [])
    .filter((rent) => rentState(rent, now) !== "released")
    .sort((a, b) => a.release_time - b.release_time)[0];
  if (!owner || (property.supply === "0" && !position)) return nothing;
  const known = rents !== undefined;
  const waiting = BigInt(position?.uncollected_rent ?? 0);
  const claimable = BigInt(position?.claimable ?? 0);
  const claim: Intent = {
    action: "rent_claim",
    sender: app.wallet.connected?.address ?? "",
    property: property.property_id,
    holder: owner,
  };
  return html`<section class="section panel" data-testid="own-rent"><h2>Your rent</h2>
    <p class="panel-figure"><span class="large" data-testid="claimable" data-value=${claimable.toString()} ${changed(claimable, known && owner)}>${known ? amount(claimable, coin) : skeleton("figure")}</span> <span class="faint">to claim</span></p>
    <dl class="facts">
      <div><dt>Earned so far</dt><dd>${known ? amount(BigInt(position?.earned ?? 0), coin) : skeleton("figure")}</dd></div>
      <div><dt>Claimed</dt><dd data-testid="claimed">${known ? amount(BigInt(position?.claimed ?? 0), coin) : skeleton("figure")}</dd></div>
      ${waiting > 0n ? html`<div><dt>Comes as you collect</dt><dd>${amount(waiting, coin)}</dd></div>` : nothing}
      ${next ? html`<div><dt>${rentState(next, now) === "due" ? "Due since" : "Next release"}</dt><dd><span class="binding">${moment(next.release_time)}<span class="faint">${periodName(next.period)}</span></span></dd></div>` : nothing}
    </dl>
    <div class="actions"><button type="button" class="button ${claimable > 0n ? "button-primary" : ""}" data-testid="rent-claim" ?disabled=${claimable === 0n}
      @click=${(event: Event) => openAction(event.currentTarget, { intents: [claim] })}>${property.has_ended ? "Claim, and end your holding" : "Claim"}</button></div>
  </section>`;
}
