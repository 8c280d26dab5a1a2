// Who holds a property, the largest first as the API has them.

import { html, nothing, type TemplateResult } from "lit";
import { sameAddress } from "../accounts.ts";
import type { Holding, Property } from "../answers.ts";
import type { App } from "../app.ts";
import { address } from "../parts/address.ts";
import { fractions, percent } from "../parts/amount.ts";
import { bar } from "../parts/bar.ts";
import { changed } from "../parts/changed.ts";
import { finality } from "../parts/finality.ts";
import { empty, trouble } from "../parts/notice.ts";
import { placed } from "../parts/placed.ts";
import { skeletonRows } from "../parts/skeleton.ts";
import { proofButton } from "../proof/opening.ts";
import { linkTo } from "../route.ts";
import type { Paged } from "./paged.ts";

export function holdersTable(
  property: Property,
  { rows, next, trouble: said, read, more }: Paged<Holding>,
  owner: string | undefined,
  { stream }: App,
): TemplateResult | TemplateResult[] {
  if (!rows) return said ? trouble(said, () => void read()) : skeletonRows(6, "activity-row");
  if (rows.length === 0)
    return empty("Nobody holds a fraction yet", "They come into being when they are allotted or sold.");
  const cap = BigInt(property.supply_cap);
  return html`<div class="table-scroll"><table class="ledger holders">
    <thead><tr><th scope="col">Holder</th><th scope="col" class="wide"><span class="heard">Share as a bar</span></th><th scope="col" class="number">Share</th>
      <th scope="col" class="number">Fractions</th><th scope="col" class="number wide">Locked</th><th scope="col" class="wide">Last change</th><th scope="col"><span class="heard">Finality</span></th></tr></thead>
    <tbody>${rows.map(
      (
        holding,
      ) => html`<tr data-testid="holder-row" data-holder=${holding.holder} data-own=${sameAddress(holding.holder, owner)}>
      <td>${address(holding.holder, linkTo("portfolio", holding.holder))}${proofButton({ property: holding.property_id, holder: holding.holder }, `the fractions of ${holding.holder}`)}</td>
      <td class="wide bar-cell">${bar(BigInt(holding.balance), cap, "Share of the property", BigInt(holding.locked))}</td>
      <td class="number">${percent(BigInt(holding.balance), cap)}</td>
      <td class="number"><span ${changed(holding.balance, holding.holder)}>${fractions(BigInt(holding.balance), false)}</span></td>
      <td class="number wide faint">${holding.locked === "0" ? "–" : fractions(BigInt(holding.locked), false)}</td>
      <td class="wide faint">${placed(holding)}</td>
      <td>${finality(holding, stream.tip)}</td></tr>`,
    )}</tbody></table></div>
    ${said ? trouble(said, () => void read()) : nothing}
    ${next ? html`<button type="button" class="button load-more" data-testid="holders-more" @click=${more}>Load more</button>` : nothing}`;
}
