// Elements draw into the page itself, not into a shadow: one stylesheet, labels that reach, text that can be found.

import { LitElement } from "lit";

export class PageElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
