// The facts of a property, as its metadata document has them; the document's hash stands on the chain.

import { html, nothing, type TemplateResult } from "lit";
import { grouped } from "../money.ts";

/** Shown elsewhere, from the chain itself. */
const ELSEWHERE = new Set(["property_id", "name", "supply_cap", "description"]);
const UNITS: Record<string, string> = { _square_metres: "m²", _metres: "m", _percent: "%" };
const YEARS = new Set(["built", "renewed"]);
const FACTS_MAX = 12;
const TEXT_MAX = 200;

export function metadataFacts(document: Record<string, unknown> | null): TemplateResult | typeof nothing {
  if (!document) return nothing;
  const description = document["description"];
  const facts = Object.entries(document).flatMap(([name, value]) => {
    const text = ELSEWHERE.has(name) ? undefined : valueText(name, value);
    return text === undefined ? [] : [{ name: labelOf(name), text }];
  });
  if (facts.length === 0 && typeof description !== "string") return nothing;
  return html`<section class="section about" data-testid="metadata"><h2>About</h2>
    ${typeof description === "string" ? html`<p class="about-words">${description}</p>` : nothing}
    <dl class="about-facts">${facts
      .slice(0, FACTS_MAX)
      .map(({ name, text }) => html`<div><dt>${name}</dt><dd class="figure">${text}</dd></div>`)}</dl></section>`;
}

function labelOf(name: string): string {
  const unit = Object.keys(UNITS).find((ending) => name.endsWith(ending));
  const words = (unit ? name.slice(0, -unit.length) : name).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function valueText(name: string, value: unknown): string | undefined {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "string") return value.length <= TEXT_MAX ? value : `${value.slice(0, TEXT_MAX)}…`;
  if (typeof value !== "number") return undefined;
  const unit = Object.entries(UNITS).find(([ending]) => name.endsWith(ending))?.[1];
  const digits = YEARS.has(name) || !Number.isInteger(value) ? String(value) : grouped(value);
  return unit ? `${digits}\u2009${unit}` : digits;
}
