// Candles of a book, drawn by Lightweight Charts, which is loaded where it is needed. Prices are drawn as ticks, whole
// numbers, and only their labels are money.

import { html, type TemplateResult } from "lit";
import type { CandlestickData, HistogramData, IChartApi, ISeriesApi, UTCTimestamp } from "lightweight-charts";
import type { Candle, Coin, Interval, Market } from "../answers.ts";
import { Watching, type App } from "../app.ts";
import { placesOf } from "../market.ts";
import { figureOf, grouped } from "../money.ts";
import { PageElement } from "../parts/element.ts";
import { Following } from "./following.ts";

const INTERVALS: readonly { value: Interval; name: string }[] = [
  { value: "1m", name: "1 min" },
  { value: "5m", name: "5 min" },
  { value: "15m", name: "15 min" },
  { value: "1h", name: "1 h" },
  { value: "4h", name: "4 h" },
  { value: "1d", name: "1 day" },
  { value: "1w", name: "1 week" },
];
/** Of a candle and the space after it. */
const CANDLE_PIXELS = 9;
/** Room for so many at least, so that the first few are not drawn as slabs. */
const CANDLES_MIN = 24;
const VOLUME_TOP = 0.82;
const KEPT = "freehold.candles";

interface Drawn {
  chart: IChartApi;
  prices: ISeriesApi<"Candlestick">;
  volumes: ISeriesApi<"Histogram">;
}

export class CandlesChart extends PageElement {
  static override properties = {
    app: { attribute: false },
    market: { attribute: false },
    interval: { state: true },
    count: { state: true },
  };
  declare app: App;
  declare market: Market;
  declare private interval: Interval;
  /** Candles that are drawn; undefined before the stream told. */
  declare private count: number | undefined;

  private readonly following = new Following(this, () => ({ stream: this.app.stream, keys: [this.key] }));
  private drawn: Drawn | undefined;
  /** The key whose newest candles were brought into view. */
  private settled = "";
  private readonly sizes = new ResizeObserver(() => requestAnimationFrame(() => this.settle()));
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private readonly themes = new MutationObserver(() => this.paint());

  constructor() {
    super();
    this.interval = rememberedInterval();
    new Watching(
      this,
      () => [[this.app.stream, "change"]],
      (event) => {
        if (event instanceof CustomEvent && event.detail === this.key) void this.draw();
      },
    );
  }

  private get key() {
    return `candles:${this.market.property_id}:${this.interval}` as const;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void import("lightweight-charts"); // on its way while the stream tells what to draw
    this.dark.addEventListener("change", this.paint);
    this.sizes.observe(this);
    this.themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.dark.removeEventListener("change", this.paint);
    this.themes.disconnect();
    this.sizes.disconnect();
    this.drawn?.chart.remove();
    this.drawn = undefined;
    this.settled = "";
  }

  override render(): TemplateResult {
    const newest = this.newest()?.at(-1);
    return html`<div class="section-head"><h2>Candles</h2><div class="segments" role="radiogroup" aria-label="Interval of the candles">${INTERVALS.map(
      ({ value, name }) =>
        html`<label class="segment"><input type="radio" name="interval" value=${value} .checked=${value === this.interval} @change=${() => this.choose(value)} /><span>${name}</span></label>`,
    )}</div></div>
    <div class="candles" data-drawn=${this.settled === this.key || this.count === 0} role="img" data-testid="candles" data-count=${this.count ?? ""} aria-label=${newest ? this.inWords(newest) : "No trades yet"}><div class="candles-canvas" aria-hidden="true"></div>
      ${this.count === 0 ? html`<p class="candles-none faint">No trades yet: the first makes the first candle.</p>` : ""}</div>
    <p class="charts-by">Charts by <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">TradingView</a> Lightweight Charts™ · times in UTC</p>`;
  }

  override updated(changes: Map<string, unknown>): void {
    if (changes.has("market") || changes.has("interval")) void this.draw();
  }

  private inWords({ open, high, low, close, volume }: Candle): string {
    const { symbol } = this.app.deployment.stablecoin;
    const said = [open, high, low, close].map((units) => this.label(BigInt(units)));
    return `Newest candle: opened at ${said[0]}, highest ${said[1]}, lowest ${said[2]}, closed at ${said[3]} ${symbol}, ${grouped(volume)} fractions`;
  }

  private choose(interval: Interval): void {
    this.interval = interval;
    rememberInterval(interval);
  }

  /** Oldest first, as the stream has them. */
  private newest(): Candle[] | undefined {
    const candles = this.following.replica(this.key)?.candles.values();
    return candles && [...candles].sort((a, b) => a.start - b.start);
  }

  private async draw(): Promise<void> {
    const candles = this.newest();
    this.count = candles?.length;
    if (!candles) return;
    const drawn = (this.drawn ??= await this.begin());
    if (!drawn) return;
    drawn.prices.setData(candles.map((candle) => this.bar(candle)));
    drawn.volumes.setData(candles.map((candle) => volumeBar(candle, this.colours())));
    this.settle();
  }

  /** Show the newest candles, once there are any and there is room: on a phone the chart is hidden at first. */
  private settle(): void {
    const width = this.querySelector(".candles-canvas")?.clientWidth ?? 0;
    if (!this.drawn || !this.count || width === 0 || this.settled === this.key) return;
    this.settled = this.key;
    this.requestUpdate();
    const fits = Math.floor(width / CANDLE_PIXELS);
    const shown = Math.max(CANDLES_MIN, Math.min(fits, this.count + 1));
    this.drawn.chart.timeScale().setVisibleLogicalRange({ from: this.count - shown, to: this.count + 1 });
  }

  private async begin(): Promise<Drawn | undefined> {
    const { createChart, CandlestickSeries, HistogramSeries } = await import("lightweight-charts");
    const place = this.querySelector<HTMLElement>(".candles-canvas");
    if (!place || !this.isConnected) return undefined;
    if (this.drawn) return this.drawn;
    // Its own attribution would bring a style element, which the page's policy forbids: it stands below in words.
    const chart = createChart(place, {
      autoSize: true,
      layout: { attributionLogo: false },
      handleScroll: { vertTouchDrag: false, mouseWheel: false },
      handleScale: { mouseWheel: false },
    });
    const prices = chart.addSeries(CandlestickSeries, {
      priceFormat: { type: "custom", minMove: 1, formatter: (tick: number) => this.label(this.units(tick)) },
    });
    const volumes = chart.addSeries(HistogramSeries, {
      priceScaleId: "",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    volumes.priceScale().applyOptions({ scaleMargins: { top: VOLUME_TOP, bottom: 0 } });
    prices.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 1.04 - VOLUME_TOP } });
    this.drawn = { chart, prices, volumes };
    this.paint();
    return this.drawn;
  }

  private bar({ start, open, high, low, close }: Candle): CandlestickData {
    const tick = (units: string) => Number(BigInt(units) / BigInt(this.market.tick_size));
    return { time: start as UTCTimestamp, open: tick(open), high: tick(high), low: tick(low), close: tick(close) };
  }

  private units(tick: number): bigint {
    return BigInt(Math.round(tick)) * BigInt(this.market.tick_size);
  }

  private label(units: bigint): string {
    const coin: Coin = this.app.deployment.stablecoin;
    const { sign, whole, fraction } = figureOf(units, coin.decimals, placesOf(this.market, coin.decimals));
    return `${sign}${whole}${fraction ? `.${fraction}` : ""}`;
  }

  /** The page's own colours, as they are now. */
  private colours(): Record<"ink" | "soft" | "hair" | "in" | "out", string> {
    const probe = document.createElement("span");
    this.append(probe);
    const colour = (name: string) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    const found = {
      ink: colour("ink"),
      soft: colour("soft"),
      hair: colour("hair"),
      in: colour("in"),
      out: colour("out"),
    };
    probe.remove();
    return found;
  }

  private readonly paint = () => {
    if (!this.drawn) return;
    const { chart, prices, volumes } = this.drawn;
    const { soft, hair, in: up, out: down } = this.colours();
    const fontFamily = getComputedStyle(this).fontFamily;
    chart.applyOptions({
      layout: { background: { color: "transparent" }, textColor: soft, fontFamily, fontSize: 11 },
      grid: { vertLines: { visible: false }, horzLines: { color: hair } },
      rightPriceScale: { borderVisible: false, entireTextOnly: true },
      timeScale: { borderColor: hair, timeVisible: true, secondsVisible: false },
      crosshair: { vertLine: { color: soft, labelBackgroundColor: soft }, horzLine: { color: soft, labelBackgroundColor: soft } },
    });
    // A candle that fell is filled and one that rose is hollow, so that colour is never alone.
    prices.applyOptions({
      upColor: "transparent",
      downColor: down,
      borderUpColor: up,
      borderDownColor: down,
      wickUpColor: up,
      wickDownColor: down,
      priceLineColor: soft,
    });
    volumes.applyOptions({ color: hair });
    void this.draw();
  };
}

function volumeBar({ start, volume }: Candle, { hair }: { hair: string }): HistogramData {
  return { time: start as UTCTimestamp, value: Number(volume), color: hair };
}

function rememberedInterval(): Interval {
  try {
    const kept = localStorage.getItem(KEPT);
    return INTERVALS.find(({ value }) => value === kept)?.value ?? "5m";
  } catch {
    return "5m";
  }
}

function rememberInterval(interval: Interval): void {
  try {
    localStorage.setItem(KEPT, interval);
  } catch {
    // The next visit begins with five minutes again.
  }
}

customElements.define("fh-candles", CandlesChart);
