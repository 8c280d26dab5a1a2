// The form of a transfer: from, to, how much, and what for. To another, or between one's own accounts.

import { html } from "lit";
import { accountName, accountWord, isAddressText, mainAccountOf, nextAccountOf, sameAddress } from "../../accounts.ts";
import { parseAmount } from "../../money.ts";
import {
  accountSelect,
  field,
  figureInput,
  heldIn,
  pick,
  picks,
  plain,
  referenceFault,
  referenceField,
  text,
  textInput,
  type Faults,
  type Form,
  type FormView,
} from "../form.ts";
import { keyed } from "../keys.ts";

export const transferForm: Form = {
  title: "Transfer",
  fields: ["to", "amount", "reference"],
  blame: { "invalid-address": "to", "invalid-account": "to", "invalid-amount": "amount" },
  begin: (preset, { sender }) => ({ from: mainAccountOf(sender), to: "", amount: "", reference: "", ...preset }),

  // Checksums are the server's to judge, in its words.
  faults: (draft, { app, accounts }) => {
    const faults: Faults = referenceFault(draft);
    const to = text(draft, "to");
    const from = text(draft, "from");
    if (to === "") faults["to"] = "Name a receiver: an address, or an account id.";
    else if (!isAddressText(to) && !/^0x[0-9a-fA-F]{64}$/.test(to)) {
      faults["to"] = "That is neither an address (0x and 40 hexadecimal digits) nor an account id (0x and 64).";
    } else if (accountWord(to) === accountWord(from)) faults["to"] = "That is the account the money comes from.";
    const parsed = parseAmount(draft["amount"] ?? "", app.deployment.stablecoin.decimals);
    const held = heldIn(from, accounts);
    if (parsed.error !== undefined) faults["amount"] = parsed.error;
    else if (held !== undefined && parsed.units > held) faults["amount"] = "The account does not hold that much.";
    return faults;
  },

  intent: (draft, { app, sender }) => {
    const { units, error } = parseAmount(draft["amount"] ?? "", app.deployment.stablecoin.decimals);
    if (error !== undefined) throw new Error(error);
    const [from, to, reference] = [text(draft, "from"), text(draft, "to"), text(draft, "reference")];
    return keyed({ action: "vault_transfer", sender, from, to, units, reference });
  },

  body: (view) => {
    const { draft, accounts, app } = view;
    const coin = app.deployment.stablecoin;
    const held = heldIn(draft["from"], accounts);
    return html`${field(view, "from", "From", accountSelect(view, "from", accounts))}
      ${field(view, "to", "To", textInput(view, "to", "Address or account id, 0x…", "hex-input"), ownAccounts(view))}
      ${field(
        view,
        "amount",
        "Amount",
        figureInput(view, coin.symbol, "0.00", true),
        held === undefined ? undefined : picks(pick("All", () => view.edit({ amount: plain(held, coin.decimals) }))),
      )}
      ${referenceField(view)}`;
  },
};

/** The wallet's other accounts, and the next one that it could open. */
function ownAccounts({ draft, accounts, sender, edit }: FormView) {
  const others = accounts.filter((known) => known.account !== draft["from"] && sameAddress(known.owner, sender));
  const fresh = nextAccountOf(sender, accounts);
  return picks(
    ...others.slice(0, 2).map(({ account }) => pick(accountName(account), () => edit({ to: account }))),
    pick("New sub-account", () => edit({ to: fresh })),
  );
}
