// How a screen asks for an action: by an event that the shell hands to the dialog.

import type { Draft } from "./form.ts";
import type { Intent } from "./intent.ts";

export type FormName = "transfer" | "deposit" | "withdraw" | "subscribe" | "unsubscribe" | "send";

/** A form to fill in, or intents that need none, one after another. */
export type Opening = { form: FormName; preset?: Draft } | { intents: Intent[] };

const EVENT = "open-action";

export class OpenAction extends CustomEvent<Opening | undefined> {
  constructor(opening?: Opening) {
    super(EVENT, { bubbles: true, detail: opening });
  }
}

/** Show the dialog, from anywhere within the page. */
export function openAction(from: EventTarget | null, opening: Opening): void {
  from?.dispatchEvent(new OpenAction(opening));
}
