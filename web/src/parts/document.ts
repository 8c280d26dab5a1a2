// A document of a property, and whether the bytes that are delivered have the hash that stands on the chain.

import { html, nothing, type TemplateResult } from "lit";
import { keccak256, type Hex } from "viem";
import type { PropertyDocument } from "../answers.ts";
import { ApiProblem } from "../api.ts";
import type { App } from "../app.ts";
import { address } from "./address.ts";
import { PageElement } from "./element.ts";
import { finality } from "./finality.ts";
import { icon, type Icon } from "./icons.ts";
import { placed } from "./placed.ts";

/** Smaller ones are checked as they are shown, larger ones when asked. */
const UNASKED_BYTES_MAX = 2_000_000;

const KINDS: Record<string, string> = {
  "application/pdf": "PDF",
  "application/json": "JSON",
  "text/plain": "Text",
  "image/png": "PNG picture",
  "image/jpeg": "JPEG picture",
  "image/webp": "WebP picture",
};

type Outcome = "unchecked" | "checking" | "verified" | "differs" | "missing" | "failed";

const WORDS: Record<Outcome, { text: string; drawing?: Icon; title: string }> = {
  unchecked: { text: "Not checked", title: "The bytes were not compared with the chain yet" },
  checking: { text: "Checking…", title: "Reading the bytes and hashing them in this browser" },
  verified: {
    text: "Verified",
    drawing: "check",
    title: "This browser hashed the bytes: they are those that the chain names",
  },
  differs: {
    text: "Differs",
    drawing: "alert",
    title: "The bytes are not those that the chain names: do not rely on them",
  },
  missing: { text: "Not delivered", title: "The chain names this document, and nobody has brought its bytes yet" },
  failed: { text: "Not readable", drawing: "alert", title: "The bytes could not be read just now" },
};

/** Sent by a row of the metadata document, once its bytes were compared with the chain. */
export class MetadataChecked extends CustomEvent<Outcome> {
  constructor(outcome: Outcome) {
    super("metadata-checked", { bubbles: true, detail: outcome });
  }
}

export class DocumentRow extends PageElement {
  static override properties = {
    app: { attribute: false },
    document: { attribute: false },
    outcome: { state: true },
    complaint: { state: true },
  };
  declare app: App;
  declare document: PropertyDocument;
  declare private outcome: Outcome;
  /** What was wrong with a file that somebody brought. */
  declare private complaint: string;
  /** What was checked, and the hash that its bytes have. */
  private checked: string | undefined;
  private found: Hex | undefined;

  constructor() {
    super();
    this.outcome = "unchecked";
    this.complaint = "";
  }

  override willUpdate(): void {
    const { content_hash, available, size } = this.document;
    const subject = `${content_hash}:${available}`;
    if (this.checked === subject) return;
    this.checked = subject;
    this.outcome = available ? "unchecked" : "missing";
    if (available && (size ?? Infinity) <= UNASKED_BYTES_MAX) void this.check();
  }

  override render(): TemplateResult {
    const { document, outcome } = this;
    const { text, drawing, title } = WORDS[outcome];
    return html`<div class="row document-row" data-testid="document-row" data-name=${document.name} data-outcome=${outcome}>
      <span class="row-main"><span class="row-title">${this.titled()}</span>
        <span class="row-note">${described(document)}</span></span>
      <span class="document-place row-note">${placed(document)}${finality(document, this.app.stream.tip)}</span>
      <span class="document-check"><span class="verdict verdict-${outcome}" role="status" title=${title}>${drawing ? icon(drawing) : nothing}${text}</span></span>
      <span class="document-do">${this.action()}</span>
      ${this.complaint ? html`<p class="document-fault" role="alert">${this.complaint}</p>` : nothing}
      ${
        outcome === "differs"
          ? html`<p class="document-fault">The chain names ${address(document.content_hash)}, these bytes have ${address(this.found ?? "")}. Do not rely on them.</p>`
          : nothing
      }
    </div>`;
  }

  private titled(): TemplateResult {
    const { name, content_hash, available, is_metadata } = this.document;
    const said = is_metadata ? "Facts of the property" : documentTitle(name);
    if (!available) return html`${said}`;
    return html`<a href=${this.app.api.documentAddress(content_hash)} target="_blank" rel="noopener">${said}</a>`;
  }

  private action(): TemplateResult | typeof nothing {
    if (this.outcome === "checking") return nothing;
    if (this.outcome === "missing")
      return html`<label class="button button-small" title="Anyone who has the file may bring it; only the very bytes that the chain names are taken">Deliver<span class="heard"> ${this.document.name}</span>
        <input class="heard" type="file" data-testid="document-deliver" accept=${Object.keys(KINDS).join(",")} @change=${(event: Event) => void this.deliver(event)} /></label>`;
    const words = this.outcome === "unchecked" ? "Check" : "Check again";
    return html`<button type="button" class="button button-small" data-testid="document-check" @click=${() => void this.check()}>${words}<span class="heard"> ${this.document.name}</span></button>`;
  }

  /** Hash the chosen file here, and hand it on only where it is the one. */
  private async deliver(event: Event): Promise<void> {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (!file) return;
    const { content_hash } = this.document;
    this.complaint = "";
    try {
      const hash = keccak256(new Uint8Array(await file.arrayBuffer()));
      if (hash !== content_hash.toLowerCase())
        this.complaint = `${file.name} is another file: its hash is not the one that the chain names.`;
      else {
        await this.app.api.deliver(content_hash, file);
        await this.check();
      }
    } catch (error) {
      this.complaint = error instanceof ApiProblem ? error.detail : "The file could not be read.";
    }
  }

  /** Read the bytes past every cache, hash them here, and compare. */
  private async check(): Promise<void> {
    const { content_hash } = this.document;
    this.outcome = "checking";
    try {
      const response = await fetch(this.app.api.documentAddress(content_hash), { cache: "no-store" });
      if (!response.ok) throw new Error(String(response.status));
      this.found = keccak256(new Uint8Array(await response.arrayBuffer()));
      this.outcome = this.found === content_hash.toLowerCase() ? "verified" : "differs";
      const { is_metadata, is_current } = this.document;
      if (is_metadata && is_current) this.dispatchEvent(new MetadataChecked(this.outcome));
    } catch {
      this.outcome = "failed";
    }
  }
}

export function documentTitle(name: string): string {
  const words = name.replaceAll("_", " ").replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function described({ version, media_type, size }: PropertyDocument): string {
  const kind = media_type === null ? [] : [KINDS[media_type] ?? media_type];
  return [`Version ${version}`, ...kind, ...(size === null ? [] : [sizeText(size)])].join(" · ");
}

export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  const [unit, name] = bytes < 1_000_000 ? [1_000, "kB"] : [1_000_000, "MB"];
  const tenths = Math.round((bytes * 10) / unit);
  return `${Math.floor(tenths / 10)}.${tenths % 10} ${name}`;
}

customElements.define("fh-document", DocumentRow);
