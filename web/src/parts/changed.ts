// A brief tint where a number moved. The stylesheet decides what moves, and for whom nothing does.

import { noChange } from "lit";
import { Directive, directive, PartType, type ElementPart, type PartInfo } from "lit/directive.js";

const TINT_MS = 900;

class Changed extends Directive {
  private shown: { key: unknown; value: string } | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error("changed() stands in an element's tag");
  }

  override render(_value: unknown, _key?: unknown): unknown {
    return noChange;
  }

  /** `key` says whose value it is: another one's is another value, not a change. */
  override update({ element }: ElementPart, [value, key]: [unknown, unknown?]): unknown {
    const text = String(value);
    const before = this.shown;
    this.shown = { key, value: text };
    if (before && before.key === key && before.value !== text && element instanceof HTMLElement) {
      element.dataset["changed"] = "";
      clearTimeout(this.timer);
      this.timer = setTimeout(() => delete element.dataset["changed"], TINT_MS);
    }
    return noChange;
  }
}

export const changed = directive(Changed);
