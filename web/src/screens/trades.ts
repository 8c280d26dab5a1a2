// The latest trades of a book: which way, at what price, how many, when.

import { html, type TemplateResult } from "lit";
import type { Coin, Market, Trade } from "../answers.ts";
import { placesOf } from "../market.ts";
import { grouped } from "../money.ts";
import { finality } from "../parts/finality.ts";
import { icon } from "../parts/icons.ts";
import { empty } from "../parts/notice.ts";
import { time } from "../parts/placed.ts";
import { price } from "../parts/price.ts";
import { skeleton } from "../parts/skeleton.ts";
import type { Tip } from "../stream.ts";

const SHOWN = 14;
const SKELETONS = 14;

const WAYS = { bid: { way: "rise", words: "bought" }, ask: { way: "fall", words: "sold" } } as const;

export function tradesTable(
  trades: Iterable<Trade> | undefined,
  market: Market,
  coin: Coin,
  tip: Tip | undefined,
): TemplateResult {
  const newest = trades && latest(trades);
  if (newest?.length === 0) return empty("No trades yet", "The first will stand here, with its block.");
  return html`<table class="tape" aria-label="Latest trades">
    <thead><tr><th scope="col">Price <span class="unit">${coin.symbol}</span></th><th scope="col" class="number">Quantity</th><th scope="col" class="number">Time</th><th scope="col"><span class="heard">Finality</span></th></tr></thead>
    <tbody>${
      newest
        ? newest.map((trade) => tradeRow(trade, market, coin, tip))
        : Array.from({ length: SKELETONS }, () => html`<tr><td colspan="4">${skeleton("long")}</td></tr>`)
    }</tbody></table>`;
}

function latest(trades: Iterable<Trade>): Trade[] {
  return [...trades]
    .sort((a, b) => b.block_number - a.block_number || b.log_index - a.log_index)
    .slice(0, SHOWN);
}

function tradeRow(trade: Trade, market: Market, coin: Coin, tip: Tip | undefined): TemplateResult {
  const { way, words } = WAYS[trade.taker_side];
  return html`<tr data-testid="trade-row" data-quantity=${trade.quantity} title=${`Block ${trade.block_number}, ${trade.transaction_hash}`}>
    <td><span class="change change-${way}">${icon(way)}<span class="heard">${words} at</span>${price(BigInt(trade.price), coin, placesOf(market, coin.decimals))}</span></td>
    <td class="number">${grouped(trade.quantity)}</td><td class="number faint">${time(trade.timestamp)}</td><td>${finality(trade, tip)}</td></tr>`;
}
