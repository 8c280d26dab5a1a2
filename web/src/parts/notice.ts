// What a screen says where it has nothing to show, or could not read it.

import { html, type TemplateResult } from "lit";
import { icon } from "./icons.ts";

export function empty(title: string, words: string | TemplateResult): TemplateResult {
  return html`<div class="empty"><p class="empty-title">${title}</p><p class="faint">${words}</p></div>`;
}

export function trouble(words: string, again: () => void): TemplateResult {
  return html`<div class="trouble" role="alert">${icon("alert")}<p>${words}</p><button type="button" class="button" @click=${again}>Try again</button></div>`;
}
