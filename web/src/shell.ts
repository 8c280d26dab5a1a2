// The frame around every screen: where one can go, who one is, and where the chain stands.

import { html, nothing, type TemplateResult } from "lit";
import { getAddress } from "viem";
import { sameAddress, shortened } from "./accounts.ts";
import { ActionDialog } from "./action/dialog.ts";
import { OpenAction } from "./action/opening.ts";
import { wordsOf } from "./action/words.ts";
import { ApiProblem } from "./api.ts";
import { Watching, type App } from "./app.ts";
import { frameFooter } from "./parts/footer.ts";
import { address } from "./parts/address.ts";
import { PageElement } from "./parts/element.ts";
import { icon, mark, type Icon } from "./parts/icons.ts";
import { pulse } from "./parts/pulse.ts";
import { themeNow, turnTheme } from "./parts/theme.ts";
import { WalletDialog } from "./parts/walletdialog.ts";
import { ProofDialog } from "./proof/dialog.ts";
import { OpenProof } from "./proof/opening.ts";
import { linkTo, routeOf, type Route, type Screen } from "./route.ts";
import "./screens/market.ts";
import "./screens/money.ts";
import "./screens/portfolio.ts";
import "./screens/properties.ts";
import "./screens/property.ts";

const SCREENS: readonly { screen: Screen; name: string; drawing: Icon }[] = [
  { screen: "properties", name: "Properties", drawing: "building" },
  { screen: "portfolio", name: "Portfolio", drawing: "pie" },
  { screen: "money", name: "Money", drawing: "money" },
];
const TITLES: Record<Screen, string> = {
  properties: "Properties",
  property: "Property",
  market: "Market",
  portfolio: "Portfolio",
  money: "Money",
};
const WITHIN_PROPERTIES = new Set<Screen>(["property", "market"]);
const RETRY_MS = 2_000;

export class Shell extends PageElement {
  static override properties = {
    app: { state: true },
    route: { state: true },
    trouble: { state: true },
    switching: { state: true },
  };
  declare private app: App | undefined;
  declare private route: Route;
  declare private trouble: string;
  declare private switching: string;
  private own: { address: string; release: () => void } | undefined;

  constructor() {
    super();
    this.route = routeOf(location.hash);
    this.trouble = this.switching = "";
    addEventListener("hashchange", () => this.go());
    this.addEventListener("connect-wallet", () => this.querySelector<WalletDialog>("fh-wallet")?.open());
    this.addEventListener("open-action", (event) => this.openAction(event));
    this.addEventListener("open-proof", (event) => this.openProof(event));
  }

  /** Learn which contracts this is about, then draw. Tries until the server answers. */
  async begin(parts: Omit<App, "deployment">): Promise<void> {
    try {
      const app = { ...parts, deployment: await parts.api.deployment() };
      app.outbox.deployment = app.deployment;
      new Watching(
        this,
        () => [
          [app.wallet, "change"],
          [app.stream, "tip", "connection"],
          [app.outbox, "change"],
        ],
        (event) => {
          if (event.target === app.wallet) this.keepOwn(app);
        },
      );
      this.keepOwn(app);
      this.trouble = "";
      this.app = app;
    } catch (error) {
      this.trouble = error instanceof ApiProblem ? error.detail : String(error);
      setTimeout(() => void this.begin(parts), RETRY_MS);
    }
  }

  private go(): void {
    const before = this.route;
    this.route = routeOf(location.hash);
    document.title = `${TITLES[this.route.screen]} · Freehold`;
    if (before.screen !== this.route.screen) scrollTo({ top: 0 });
  }

  /** The connected wallet's own accounts and orders are followed on every screen. */
  private keepOwn({ wallet, stream }: Pick<App, "wallet" | "stream">): void {
    const address = wallet.connected?.address;
    if (this.own?.address === address) return;
    this.own?.release();
    if (!address) return void (this.own = undefined);
    const kept = [stream.subscribe(`account:${address}`), stream.subscribe(`orders:${address}`)];
    this.own = { address, release: () => kept.forEach(({ release }) => release()) };
  }

  private openAction(event: Event): void {
    this.querySelector<ActionDialog>("fh-action")?.open(event instanceof OpenAction ? event.detail : undefined);
  }

  private openProof(event: Event): void {
    if (event instanceof OpenProof) this.querySelector<ProofDialog>("fh-proof")?.open(event.detail);
  }

  override render() {
    const { app } = this;
    return html`<a class="skip" href="#content" @click=${this.skip}>Skip to the content</a>
      <header class="top"><div class="top-line">
        <a class="brand" href=${linkTo("properties")} aria-label="Freehold, properties">${mark()}<span>Freehold</span></a>
        <nav class="nav" aria-label="Screens">${SCREENS.map((entry) => this.link(entry))}</nav>
        <div class="top-end">${app ? html`${pulse(app.stream)}${this.underWay(app)}` : nothing}
          <button type="button" class="button-icon" aria-label=${`Use ${themeNow() === "dark" ? "light" : "dark"} colours`} @click=${this.turn}>${icon(themeNow() === "dark" ? "sun" : "moon")}</button>
          ${app ? this.wallet(app) : nothing}</div>
      </div></header>
      ${app ? this.banner(app) : nothing}
      <main id="content" tabindex="-1">${app ? this.screen(app) : this.trouble ? html`<p class="trouble" role="alert">${icon("alert")}${this.trouble} Trying again.</p>` : nothing}</main>
      ${app ? html`${frameFooter(app)}<fh-wallet .app=${app}></fh-wallet><fh-action .app=${app}></fh-action><fh-proof .app=${app}></fh-proof>` : nothing}`;
  }

  /** Whose things are shown: the watched address, or else the wallet's. */
  private owner(app: App): string | undefined {
    return this.route.watched ? getAddress(this.route.watched) : app.wallet.connected?.address;
  }

  private link({ screen, name, drawing }: (typeof SCREENS)[number]): TemplateResult {
    const here = this.route.screen === screen || (screen === "properties" && WITHIN_PROPERTIES.has(this.route.screen));
    const watched = screen === "properties" ? undefined : this.route.watched;
    return html`<a href=${linkTo(screen, watched)} aria-current=${here ? "page" : nothing}>${icon(drawing)}<span>${name}</span></a>`;
  }

  private wallet({ wallet }: App): TemplateResult {
    const open = () => this.querySelector<WalletDialog>("fh-wallet")?.open();
    if (!wallet.connected)
      return html`<button type="button" class="button button-primary" data-testid="connect" @click=${open}><span>Connect<span class="wide-word"> wallet</span></span></button>`;
    const { address, detail } = wallet.connected;
    return html`<button type="button" class="button chip" data-testid="wallet-address" data-address=${address} title=${`${detail.info.name}: ${address}`} @click=${open}>
      ${detail.info.icon.startsWith("data:image/") ? html`<img src=${detail.info.icon} alt="" width="18" height="18" />` : nothing}<span class="hex">${shortened(address)}</span></button>`;
  }

  private underWay({ outbox }: App): TemplateResult | typeof nothing {
    if (!outbox.busy || !outbox.sent) return nothing;
    const { short } = wordsOf(outbox.sent.intent);
    return html`<button type="button" class="button chip" aria-label=${`${short} under way`} @click=${this.openAction}><span class="spinner" aria-hidden="true"></span><span class="wide-word">${short}</span></button>`;
  }

  private banner({ wallet, deployment, stream }: App): TemplateResult | typeof nothing {
    const { connected } = wallet;
    const owner = this.app && this.owner(this.app);
    const shows = this.route.screen === "portfolio" || this.route.screen === "money";
    if (connected && connected.chainId !== deployment.chain_id) {
      return html`<section class="banner banner-warning" aria-label="Another chain" role="alert">${icon("alert")}<p>Your wallet is on chain ${connected.chainId}. Freehold is on chain ${deployment.chain_id}.
        ${this.switching}</p><button type="button" class="button" data-testid="switch-chain" @click=${() => void this.switchChain()}>Switch</button></section>`;
    }
    if (!stream.connected && stream.tip) {
      return html`<section class="banner" aria-label="Connection" role="status">${icon("alert")}<p>Offline. The figures are as of block ${stream.tip.indexed}; they move again once the connection is back.</p></section>`;
    }
    if (shows && this.route.watched && owner && !sameAddress(owner, connected?.address)) {
      return html`<section class="banner" aria-label="Watched address" data-testid="watching">${icon("eye")}<p>Watching ${address(owner)}<span class="wide-word faint"> · read only</span></p>
        <a class="button" href=${linkTo(this.route.screen)}>${connected ? "Back to yours" : "Stop"}</a></section>`;
    }
    return nothing;
  }

  private screen(app: App): TemplateResult {
    const owner = this.owner(app);
    const readOnly = !sameAddress(owner, app.wallet.connected?.address);
    switch (this.route.screen) {
      case "property":
        return html`<fh-property .app=${app} .number=${this.route.property ?? 0} .owner=${owner}></fh-property>`;
      case "market":
        return html`<fh-market .app=${app} .number=${this.route.property ?? 0} .owner=${owner}></fh-market>`;
      case "portfolio":
        return html`<fh-portfolio .app=${app} .owner=${owner} .readOnly=${readOnly}></fh-portfolio>`;
      case "money":
        return html`<fh-money .app=${app} .owner=${owner} .readOnly=${readOnly}></fh-money>`;
      case "properties":
        return html`<fh-properties .app=${app}></fh-properties>`;
    }
  }

  private async switchChain(): Promise<void> {
    this.switching = "";
    try {
      await this.app?.wallet.switchTo(this.app.deployment.chain_id);
    } catch (error) {
      this.switching = error instanceof Error ? error.message : String(error);
    }
  }

  private readonly turn = () => {
    turnTheme();
    this.requestUpdate();
  };

  private readonly skip = (event: Event) => {
    event.preventDefault();
    this.querySelector<HTMLElement>("#content")?.focus();
  };
}

customElements.define("fh-shell", Shell);
