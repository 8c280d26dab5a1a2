// The forms of fractions: subscribe to an offering, take a subscription back, send what one holds.

import { html, nothing, type TemplateResult } from "lit";
import { isAddressText, mainAccountOf, sameAddress } from "../../accounts.ts";
import type { Offering } from "../../answers.ts";
import { grouped, parseCount } from "../../money.ts";
import { isOutstanding, phaseOf, roomFor, takesSubscriptions } from "../../offering.ts";
import { amount, fractions } from "../../parts/amount.ts";
import { nameOf } from "../../parts/party.ts";
import { moment } from "../../parts/placed.ts";
import {
  field,
  figureInput,
  heldIn,
  pick,
  picks,
  text,
  textInput,
  type Context,
  type Draft,
  type Faults,
  type Form,
} from "../form.ts";

export const subscribeForm: Form = {
  title: "Subscribe",
  fields: ["amount"],
  blame: { "invalid-amount": "amount" },
  begin: (preset) => ({ amount: "", ...preset }),

  faults: (draft, context) => {
    const parsed = parseCount(draft["amount"] ?? "");
    if (parsed.error !== undefined) return { amount: parsed.error };
    const offering = offeringOf(draft, context);
    if (!offering) return {};
    const fault = subscribeFault(parsed.units, offering, ownOf(draft, context), freeMoney(context));
    return fault ? { amount: fault } : {};
  },

  intent: (draft, { sender }) => ({
    action: "offering_subscribe",
    sender,
    property: propertyOf(draft),
    amount: parseCount(draft["amount"] ?? "").units ?? 0n,
  }),

  body: (view) => {
    const offering = offeringOf(view.draft, view);
    const coin = view.app.deployment.stablecoin;
    const own = ownOf(view.draft, view);
    const wanted = parseCount(view.draft["amount"] ?? "").units ?? 0n;
    if (!offering) return html`<p class="faint">There is no offering of this property.</p>`;
    const price = BigInt(offering.price);
    const money = freeMoney(view);
    const room = affordable(roomFor(offering, own), price, money);
    const least = BigInt(offering.minimum) - own;
    return html`<p class="form-lead">${nameOf(offering.property_id, view.app)} · ${amount(price, coin)} <span class="faint">a fraction</span></p>
      ${field(
        view,
        "amount",
        own > 0n ? "Fractions to add" : "Fractions",
        figureInput(view, "fractions", "0", false),
        picks(
          ...(least > 0n ? [pick(`Least ${grouped(least)}`, () => view.edit({ amount: least.toString() }))] : []),
          ...(room > 0n ? [pick(`Most ${grouped(room)}`, () => view.edit({ amount: room.toString() }))] : []),
        ),
      )}
      <dl class="facts facts-live">
        ${live("It costs", amount(wanted * price, coin), "subscribe-cost")}
        ${money === undefined ? nothing : live("Left in your main account", amount(money - wanted * price, coin))}
        ${live("Your subscription", fractions(own + wanted), "subscribe-total")}
        ${live("Allowed for one wallet", html`${fractions(BigInt(offering.minimum), false)} to ${fractions(BigInt(offering.maximum))}`)}
        ${live("May be taken back until", moment(offering.firm))}
      </dl>`;
  },
};

export const unsubscribeForm: Form = {
  title: "Take back",
  fields: ["amount"],
  blame: { "invalid-amount": "amount" },
  begin: (preset) => ({ amount: "", ...preset }),

  faults: (draft, context) => {
    const parsed = parseCount(draft["amount"] ?? "");
    if (parsed.error !== undefined) return { amount: parsed.error };
    const offering = offeringOf(draft, context);
    const left = ownOf(draft, context) - parsed.units;
    if (left < 0n) return { amount: `Your subscription is for ${grouped(ownOf(draft, context))} fractions.` };
    const least = BigInt(offering?.minimum ?? 0);
    if (left > 0n && left < least) return { amount: `Leave at least ${grouped(least)} fractions, or take all back.` };
    return {};
  },

  intent: (draft, { sender }) => ({
    action: "offering_unsubscribe",
    sender,
    property: propertyOf(draft),
    amount: parseCount(draft["amount"] ?? "").units ?? 0n,
  }),

  body: (view) => {
    const offering = offeringOf(view.draft, view);
    const coin = view.app.deployment.stablecoin;
    const own = ownOf(view.draft, view);
    const wanted = parseCount(view.draft["amount"] ?? "").units ?? 0n;
    const price = BigInt(offering?.price ?? 0);
    return html`<p class="form-lead">${nameOf(propertyOf(view.draft), view.app)}</p>
      ${field(
        view,
        "amount",
        "Fractions to take back",
        figureInput(view, "fractions", "0", false),
        picks(pick(`All ${grouped(own)}`, () => view.edit({ amount: own.toString() }))),
      )}
      <dl class="facts facts-live">
        ${live("You get back", amount(wanted * price, coin))}
        ${live("Left of your subscription", fractions(own > wanted ? own - wanted : 0n))}
        ${offering ? live("Possible until", moment(offering.firm)) : nothing}
      </dl>`;
  },
};

export const sendForm: Form = {
  title: "Send fractions",
  fields: ["to", "amount"],
  blame: { "invalid-amount": "amount", "invalid-address": "to" },
  begin: (preset) => ({ to: "", amount: "", ...preset }),

  faults: (draft, context) => {
    const faults: Faults = {};
    const to = text(draft, "to");
    if (!isAddressText(to)) faults["to"] = "An address is 0x with 40 hexadecimal digits.";
    else if (sameAddress(to, context.sender)) faults["to"] = "That is your own wallet.";
    const parsed = parseCount(draft["amount"] ?? "");
    if (parsed.error !== undefined) faults["amount"] = parsed.error;
    else if (parsed.units > freeFractions(draft, context)) faults["amount"] = "You do not hold that many.";
    return faults;
  },

  intent: (draft, { sender }) => ({
    action: "fraction_transfer",
    sender,
    property: propertyOf(draft),
    receiver: text(draft, "to"),
    amount: parseCount(draft["amount"] ?? "").units ?? 0n,
  }),

  body: (view) => {
    const free = freeFractions(view.draft, view);
    return html`<p class="form-lead">${nameOf(propertyOf(view.draft), view.app)}</p>
      ${field(view, "to", "To", textInput(view, "to", "Address, 0x…", "hex-input"))}
      ${field(
        view,
        "amount",
        "Fractions",
        figureInput(view, "fractions", "0", false),
        picks(pick(`All ${grouped(free)}`, () => view.edit({ amount: free.toString() }))),
      )}
      <p class="form-note">Rent that you have earned so far stays yours and can be claimed later.</p>`;
  },
};

/** What is wrong with adding so many; the contract would refuse it in the same places. */
function subscribeFault(
  wanted: bigint,
  offering: Offering,
  own: bigint,
  money: bigint | undefined,
): string | undefined {
  const total = own + wanted;
  const [least, most] = [BigInt(offering.minimum), BigInt(offering.maximum)];
  const left = BigInt(offering.hard_cap) - BigInt(offering.subscribed);
  const already = own > 0n ? " with what you have" : "";
  if (total < least) return `One wallet subscribes to at least ${grouped(least)} fractions${already}.`;
  if (total > most) return `One wallet subscribes to at most ${grouped(most)} fractions${already}.`;
  if (wanted > left) return `Only ${grouped(left)} are left up to the hard cap.`;
  if (money !== undefined && wanted * BigInt(offering.price) > money)
    return "Your main account does not hold that much.";
  return undefined;
}

function affordable(room: bigint, price: bigint, money: bigint | undefined): bigint {
  const most = money === undefined || price === 0n ? 0n : money / price;
  return room < most ? room : most;
}

function propertyOf(draft: Draft): number {
  return Number(draft["property"] ?? 0);
}

function offeringOf(draft: Draft, { app }: Context): Offering | undefined {
  const offering = app.catalogue.offering(propertyOf(draft));
  return offering && takesSubscriptions(phaseOf(offering, app.stream.tip?.timestamp ?? 0)) ? offering : undefined;
}

/** Fractions that the wallet has subscribed to already. */
function ownOf(draft: Draft, { app, sender }: Context): bigint {
  const subscription = app.stream.replica(`account:${sender}`)?.subscriptions.get(propertyOf(draft));
  return isOutstanding(subscription) ? BigInt(subscription.amount) : 0n;
}

/** What the main account holds; undefined while the accounts have not come. */
function freeMoney({ accounts, sender, app }: Context): bigint | undefined {
  const known = app.stream.replica(`account:${sender}`)?.place !== undefined;
  return heldIn(mainAccountOf(sender), accounts) ?? (known ? 0n : undefined);
}

function freeFractions(draft: Draft, { app, sender }: Context): bigint {
  const holding = app.stream.replica(`account:${sender}`)?.holdings.get(propertyOf(draft));
  return holding ? BigInt(holding.balance) - BigInt(holding.locked) : 0n;
}

function live(name: string, value: TemplateResult, hook?: string): TemplateResult {
  return html`<div><dt>${name}</dt><dd data-testid=${hook ?? nothing}>${value}</dd></div>`;
}
