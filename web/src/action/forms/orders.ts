// The form that takes a part of a resting order back. The order keeps its place in the queue.

import { html } from "lit";
import type { Market, Order } from "../../answers.ts";
import { lots } from "../../market.ts";
import { grouped, parseCount } from "../../money.ts";
import { orderName, SIDES } from "../../orders.ts";
import { amount, fractions } from "../../parts/amount.ts";
import { nameOf } from "../../parts/party.ts";
import { field, figureInput, pick, picks, type Context, type Draft, type Form } from "../form.ts";

export const reduceForm: Form = {
  title: "Reduce an order",
  fields: ["amount"],
  blame: { "invalid-quantity": "amount", "invalid-amount": "amount" },
  begin: (preset) => ({ amount: "", ...preset }),

  faults: (draft, context) => {
    const parsed = parseCount(draft["amount"] ?? "");
    if (parsed.error !== undefined) return { amount: parsed.error };
    const order = orderOf(draft, context);
    const market = order && context.app.catalogue.market(order.property_id);
    if (!order || !market) return { amount: "The order rests in the book no more." };
    const fault = reduceFault(parsed.units, order, market);
    return fault ? { amount: fault } : {};
  },

  intent: (draft, context) => ({
    action: "reduce_order",
    sender: context.sender,
    property: orderOf(draft, context)?.property_id ?? 0,
    order: draft["order"] ?? "",
    less: parseCount(draft["amount"] ?? "").units ?? 0n,
  }),

  body: (view) => {
    const order = orderOf(view.draft, view);
    if (!order) return html`<p class="faint">The order rests in the book no more.</p>`;
    const remaining = BigInt(order.remaining);
    const less = parseCount(view.draft["amount"] ?? "").units ?? 0n;
    const coin = view.app.deployment.stablecoin;
    const market = view.app.catalogue.market(order.property_id);
    const half = market ? lots(remaining / 2n, market) : 0n;
    return html`<p class="form-lead">${SIDES[order.side]} ${orderName(order)}, ${nameOf(order.property_id, view.app)} · ${amount(BigInt(order.price), coin)}</p>
      ${field(
        view,
        "amount",
        "Fractions less",
        figureInput(view, "fractions", "0", false),
        half > 0n ? picks(pick(`Half ${grouped(half)}`, () => view.edit({ amount: half.toString() }))) : undefined,
      )}
      <dl class="facts facts-live"><div><dt>Rests now</dt><dd>${fractions(remaining)}</dd></div>
        <div><dt>Rests then</dt><dd>${fractions(remaining > less ? remaining - less : 0n)}</dd></div></dl>
      <p class="form-note">It keeps its place in the queue. To take all of it back, cancel it.</p>`;
  },
};

function reduceFault(less: bigint, order: Order, market: Market): string | undefined {
  if (less % BigInt(market.lot) !== 0n) return `Fractions of this book go in lots of ${grouped(market.lot)}.`;
  if (less >= BigInt(order.remaining))
    return `${grouped(order.remaining)} rest: take back fewer, or cancel the order.`;
  return undefined;
}

/** The sender's order, as the stream has it. */
function orderOf(draft: Draft, { app, sender }: Context): Order | undefined {
  return app.stream.replica(`orders:${sender}`)?.orders.get(draft["order"] ?? "");
}
