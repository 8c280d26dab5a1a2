// Figures, periods and phases as people read them: by text and whole numbers alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nextAccountOf } from "../../web/src/accounts.ts";
import { amountText, exactText, parseAmount, parseCount } from "../../web/src/money.ts";
import { isOutstanding, phaseOf, roomFor } from "../../web/src/offering.ts";
import { periodName, periodOfReference, rentState } from "../../web/src/rent.ts";

const plain = (text) => text.replaceAll("\u2009", "");
const offering = {
  status: "open",
  opens: 10,
  firm: 20,
  deadline: 30,
  subscribed: "5",
  hard_cap: "9",
  maximum: "4",
  minimum: "1",
};

test("amounts are read exactly", () => {
  assert.equal(parseAmount("9007199254740993.000001", 6).units, 9007199254740993000001n);
  for (const typed of ["", "-1", "1e3", "1,5", "0", "0.0000001", "1.5.5", "0x10"])
    assert.ok(parseAmount(typed, 6).error, typed);
  assert.equal(plain(amountText(1234567n, 6)), "1.234567");
});

test("fractions are whole", () => {
  assert.equal(parseCount("1 250").units, 1250n);
  for (const typed of ["", "0", "1.5", "-3", "1e3", "ten"]) assert.ok(parseCount(typed).error, typed);
});

test("rent of one fraction is cut off, never rounded up", () => {
  assert.equal(exactText("2142857.142857142857", 6), "2.14285714");
  assert.equal(exactText("12.5", 6), "0.0000125");
  assert.equal(exactText("0.999999999", 6), "0.00000099");
});

test("periods are months where issuers wrote months", () => {
  assert.equal(periodName(202611), "November 2026");
  assert.equal(periodName(202613), "Period 202613");
  assert.equal(periodName(7), "Period 7");
  assert.equal(periodName(0), "Final distribution");
  assert.equal(periodOfReference(`0x${(202611).toString(16).padStart(64, "0")}`), 202611);
  assert.equal(periodOfReference(`0x${"ff".repeat(32)}`), undefined);
});

test("phases turn at their second, as the contract has them", () => {
  const at = (now, change = {}) => phaseOf({ ...offering, ...change }, now);
  assert.deepEqual(
    [9, 10, 19, 20, 29, 30].map((now) => at(now)),
    ["announced", "open", "open", "firm", "firm", "closable"],
  );
  assert.deepEqual(
    [19, 20].map((now) => at(now, { subscribed: "9" })),
    ["open", "closable"],
    "sold out: from the firm time",
  );
  assert.equal(at(99, { status: "settled" }), "settled");
});

test("rent is due from its release time on", () => {
  const rent = { state: "declared", release_time: 100 };
  assert.deepEqual(
    [99, 100].map((now) => rentState(rent, now)),
    ["declared", "due"],
  );
  assert.equal(rentState({ ...rent, state: "released" }, 0), "released");
});

test("one can add up to one's own maximum, and up to the hard cap", () => {
  assert.equal(roomFor(offering, 0n), 4n);
  assert.equal(roomFor(offering, 3n), 1n);
  assert.equal(roomFor({ ...offering, subscribed: "8" }, 0n), 1n);
  assert.equal(roomFor(offering, 9n), 0n);
});

test("what was collected, refunded or taken back waits for nothing", () => {
  assert.equal(isOutstanding({ amount: "5", state: "subscribed" }), true);
  for (const state of ["collected", "refunded", "withdrawn"])
    assert.equal(isOutstanding({ amount: "5", state }), false);
});

test("a new sub-account is one that is not used", () => {
  const owner = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
  const next = nextAccountOf(owner, [{ number: "0" }, { number: "4" }]);
  assert.equal(next, `${owner.toLowerCase()}${"5".padStart(24, "0")}`);
});
