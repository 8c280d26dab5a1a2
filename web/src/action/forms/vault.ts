// The forms of money that comes into the vault from the wallet, and goes back there.

import { html, nothing } from "lit";
import { accountName, isAddressText, mainAccountOf, nextAccountOf } from "../../accounts.ts";
import { amountText, parseAmount } from "../../money.ts";
import {
  accountSelect,
  field,
  figureInput,
  heldIn,
  pick,
  picks,
  plain,
  text,
  textInput,
  type Context,
  type Draft,
  type Faults,
  type Form,
} from "../form.ts";

export const depositForm: Form = {
  title: "Deposit",
  fields: ["amount"],
  blame: { "invalid-amount": "amount" },
  begin: (preset, { sender }) => ({ account: mainAccountOf(sender), amount: "", ...preset }),

  faults: (draft, { app, inWallet }) =>
    amountFault(draft, app.deployment.stablecoin.decimals, inWallet, "Your wallet does not hold that much."),

  intent: (draft, context) => ({
    action: "vault_deposit",
    sender: context.sender,
    account: text(draft, "account"),
    units: unitsOf(draft, context),
    reference: "",
  }),

  body: (view) => {
    const { accounts, app, inWallet, draft } = view;
    const coin = app.deployment.stablecoin;
    const fresh = nextAccountOf(view.sender, accounts);
    const known = accounts.some(({ account }) => account === mainAccountOf(view.sender));
    const main = mainAccountOf(view.sender);
    return html`${field(
      view,
      "amount",
      "Amount",
      figureInput(view, coin.symbol, "0.00", true),
      inWallet === undefined
        ? nothing
        : html`<span class="field-aside"><span class="faint figure" data-testid="in-wallet">${amountText(inWallet, coin.decimals)} in your wallet</span>
          ${picks(pick("All", () => view.edit({ amount: plain(inWallet, coin.decimals) })))}</span>`,
    )}
      ${field(
        view,
        "account",
        "Into",
        accountSelect(
          view,
          "account",
          accounts,
          html`${known ? nothing : html`<option value=${main} ?selected=${draft["account"] === main}>Main account</option>`}
            <option value=${fresh} ?selected=${draft["account"] === fresh}>New: ${accountName(fresh).toLowerCase()}</option>`,
        ),
      )}
      <p class="form-note">The vault takes just this amount from your wallet. Where your wallet can sign a permit, that is one signature and one transaction; otherwise it is an approval and then the deposit.</p>`;
  },
};

export const withdrawForm: Form = {
  title: "Withdraw",
  fields: ["amount", "receiver"],
  blame: { "invalid-amount": "amount", "invalid-address": "receiver" },
  begin: (preset, { sender }) => ({ account: mainAccountOf(sender), amount: "", receiver: sender, ...preset }),

  faults: (draft, { app, accounts }) => {
    const held = heldIn(text(draft, "account"), accounts);
    const faults = amountFault(draft, app.deployment.stablecoin.decimals, held, "The account does not hold that much.");
    if (!isAddressText(text(draft, "receiver"))) faults["receiver"] = "An address is 0x with 40 hexadecimal digits.";
    return faults;
  },

  intent: (draft, context) => ({
    action: "vault_withdraw",
    sender: context.sender,
    account: text(draft, "account"),
    units: unitsOf(draft, context),
    receiver: text(draft, "receiver"),
    reference: "",
  }),

  body: (view) => {
    const { accounts, app, draft } = view;
    const coin = app.deployment.stablecoin;
    const held = heldIn(draft["account"], accounts);
    const own = text(draft, "receiver") === view.sender;
    return html`${field(view, "account", "From", accountSelect(view, "account", accounts))}
      ${field(
        view,
        "amount",
        "Amount",
        figureInput(view, coin.symbol, "0.00", true),
        held === undefined ? nothing : picks(pick("All", () => view.edit({ amount: plain(held, coin.decimals) }))),
      )}
      ${field(
        view,
        "receiver",
        "To",
        textInput(view, "receiver", "Address, 0x…", "hex-input"),
        own
          ? html`<span class="faint">Your own wallet</span>`
          : picks(pick("My wallet", () => view.edit({ receiver: view.sender }))),
      )}
      <p class="form-note">The money leaves the vault. Nobody can pause withdrawing.</p>`;
  },
};

function amountFault(draft: Draft, decimals: number, held: bigint | undefined, words: string): Faults {
  const parsed = parseAmount(draft["amount"] ?? "", decimals);
  if (parsed.error !== undefined) return { amount: parsed.error };
  return held !== undefined && parsed.units > held ? { amount: words } : {};
}

function unitsOf(draft: Draft, { app }: Context): bigint {
  const { units, error } = parseAmount(draft["amount"] ?? "", app.deployment.stablecoin.decimals);
  if (error !== undefined) throw new Error(error);
  return units;
}
