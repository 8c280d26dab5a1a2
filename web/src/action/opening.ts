// How a screen asks for an action: by an event that the shell hands to the dialog.

import type { Prepared } from "../answers.ts";
import type { Draft } from "./form.ts";
import type { Intent } from "./intent.ts";

export type FormName = "transfer" | "deposit" | "withdraw" | "subscribe" | "unsubscribe" | "send" | "reduce";

/** A form to fill in; intents that need none, one after another; or one that was prepared already. */
export type Opening =
  | { form: FormName; preset?: Draft }
  | { intents: Intent[] }
  | { intent: Intent; prepared: Prepared };

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
