// Nothing may be signed that is not what the person asked for. Each case alters one thing that a server could alter.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFunctionData, erc20Abi, zeroHash } from "../../web/node_modules/viem/_esm/index.js";
import { mismatches } from "../../web/src/action/check.ts";
import { CONTRACTS, contractAddress, expectedCall } from "../../web/src/action/expected.ts";
import { requestOf } from "../../web/src/action/intent.ts";
import { permitOf } from "../../web/src/action/permit.ts";

const ME = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const OTHER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const NOW = 1_795_000_000;
const ORDER = ((4n << 40n) + 17n).toString();
const deployment = {
  chain_id: 31337,
  settlement_vault: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
  fraction_token: "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0",
  primary_offering: "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9",
  marketplace: "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9",
  stablecoin: { address: "0x5FbDB2315678afecb367f032d93F642f64180aa3", symbol: "TUSD", decimals: 6 },
};
const around = { deployment, wallet: { address: ME, chainId: 31337 }, now: NOW };

const main = (owner) => `${owner.toLowerCase()}${"0".repeat(24)}`;
const about = { sender: ME, property: 4 };
const INTENTS = {
  vault_transfer: {
    action: "vault_transfer",
    sender: ME,
    from: main(ME),
    to: OTHER,
    units: 5n,
    reference: "invoice 7",
    key: `0x${"ab".repeat(32)}`,
  },
  vault_deposit: { action: "vault_deposit", sender: ME, account: main(ME), units: 7n, reference: "" },
  vault_withdraw: { action: "vault_withdraw", sender: ME, account: main(ME), units: 7n, receiver: ME, reference: "" },
  fraction_transfer: { action: "fraction_transfer", ...about, receiver: OTHER, amount: 3n },
  offering_subscribe: { action: "offering_subscribe", ...about, amount: 20n },
  offering_unsubscribe: { action: "offering_unsubscribe", ...about, amount: 20n },
  offering_close: { action: "offering_close", ...about },
  offering_collect: { action: "offering_collect", ...about, subscriber: ME },
  offering_refund: { action: "offering_refund", ...about, subscriber: ME },
  rent_claim: { action: "rent_claim", ...about, holder: ME },
  rent_release: { action: "rent_release", ...about, period: 202611 },
  place_order: {
    action: "place_order",
    ...about,
    side: "bid",
    type: "market",
    tick: 1_650,
    quantity: 40n,
    minimumFill: 1n,
    expiry: 0,
    deadline: NOW + 600,
  },
  cancel_order: { action: "cancel_order", ...about, order: ORDER },
  cancel_orders: { action: "cancel_orders", sender: ME, orders: [ORDER, (BigInt(ORDER) + 1n).toString()] },
  reduce_order: { action: "reduce_order", ...about, order: ORDER, less: 5n },
};

function encode({ contract, name, arguments: values }) {
  const { abi } = CONTRACTS[contract];
  const count = Object.keys(values).length;
  const named = abi.filter((item) => item.type === "function" && item.name === name);
  const entry = named.find((item) => item.inputs.length === count) ?? named[0];
  // The fields of a struct have names of their own among the values.
  const given = ({ name: input, components }) =>
    components ? Object.fromEntries(components.map((field) => [field.name, values[field.name]])) : values[input];
  return encodeFunctionData({ abi: [entry], functionName: name, args: entry.inputs.map(given) });
}

function step(expected, change = {}) {
  const to = contractAddress(deployment, expected.contract);
  return {
    kind: "call",
    chain_id: 31337,
    to,
    data: encode(expected),
    value: "0",
    gas: null,
    function: "",
    sentence: "",
    ...change,
  };
}

function prepared(intent, steps, change = {}) {
  const simulation = { succeeds: true, moves: true, effects: [], revert: null };
  return {
    action: intent.action,
    sender: ME,
    steps,
    typed_data: null,
    simulation,
    issues: [],
    key: null,
    request_id: null,
    at_block: 1,
    ...change,
  };
}

const right = (intent) => expectedCall(intent, undefined);
const altered = (value) =>
  typeof value === "object"
    ? value.slice(1)
    : typeof value === "bigint"
    ? value + 1n
    : value === "0x"
      ? "0x01"
      : value.length === 42
        ? deployment.fraction_token
        : `0x${"cd".repeat(32)}`;

for (const [name, intent] of Object.entries(INTENTS)) {
  test(`${name}: what was asked for may be signed`, () => {
    assert.deepEqual(mismatches(prepared(intent, [step(right(intent))]), intent, around), []);
  });

  for (const argument of Object.keys(right(intent).arguments))
    test(`${name}: another ${argument} may not`, () => {
      const expected = right(intent);
      const wrong = {
        ...expected,
        arguments: { ...expected.arguments, [argument]: altered(expected.arguments[argument]) },
      };
      assert.equal(mismatches(prepared(intent, [step(wrong)]), intent, around).length, 1);
    });

  test(`${name}: nor another contract, chain, function, sender, or ether`, () => {
    const expected = right(intent);
    const other = right(INTENTS[name === "rent_claim" ? "rent_release" : "rent_claim"]);
    const bad = [
      prepared(intent, [step(expected, { to: OTHER })]),
      prepared(intent, [step(expected, { chain_id: 1 })]),
      prepared(intent, [step(expected, { value: "1" })]),
      prepared(intent, [
        step(expected, { data: `${step(expected).data.slice(0, 2)}deadbeef${step(expected).data.slice(10)}` }),
      ]),
      prepared(intent, [step(other)]),
      prepared(intent, [step(expected), step(expected)]),
      prepared(intent, []),
      prepared(intent, [step(expected)], { sender: OTHER }),
      prepared(intent, [step(expected)], { action: "fraction_burn" }),
    ];
    for (const each of bad) assert.notDeepEqual(mismatches(each, intent, around), [], JSON.stringify(each));
  });

  test(`${name}: nor by a wallet that moved meanwhile`, () => {
    const call = prepared(intent, [step(right(intent))]);
    assert.equal(mismatches(call, intent, { ...around, wallet: { address: OTHER, chainId: 31337 } }).length, 1);
    assert.equal(mismatches(call, intent, { ...around, wallet: { address: ME, chainId: 1 } }).length, 1);
  });
}

const deposit = INTENTS.vault_deposit;
const approval = (spender, amount) => ({
  ...step(right(deposit)),
  kind: "approve",
  to: deployment.stablecoin.address,
  data: encodeFunctionData({ abi: erc20Abi, functionName: "approve", args: [spender, amount] }),
});

test("an approval may stand before a deposit: for the vault, and for this amount", () => {
  const call = step(right(deposit));
  const said = (first) => mismatches(prepared(deposit, [first, call]), deposit, around);
  assert.deepEqual(said(approval(deployment.settlement_vault, 7n)), []);
  assert.equal(said(approval(deployment.settlement_vault, 8n)).length, 1);
  assert.equal(said(approval(deployment.settlement_vault, 2n ** 256n - 1n)).length, 1);
  assert.equal(said(approval(OTHER, 7n)).length, 1);
});

test("no approval stands before anything else", () => {
  const claim = INTENTS.rent_claim;
  const steps = [approval(deployment.settlement_vault, 7n), step(right(claim))];
  assert.notDeepEqual(mismatches(prepared(claim, steps), claim, around), []);
});

test("a deposit without its reference is the same deposit", () => {
  const { arguments: values, ...rest } = right(deposit);
  const { reference, ...others } = values;
  assert.equal(reference, zeroHash);
  assert.deepEqual(mismatches(prepared(deposit, [step({ ...rest, arguments: others })]), deposit, around), []);
});

const typed = () => ({
  domain: { name: "Test Dollar", version: "1", chainId: 31337, verifyingContract: deployment.stablecoin.address },
  types: {},
  primaryType: "Permit",
  message: { owner: ME, spender: deployment.settlement_vault, value: "7", nonce: "0", deadline: String(NOW + 3600) },
});

test("a permit is for this wallet, this vault, this coin, this amount, and not for long", () => {
  const said = (change) => {
    const data = typed();
    change(data);
    return mismatches(prepared(deposit, [], { typed_data: data }), deposit, around);
  };
  assert.deepEqual(
    said(() => undefined),
    [],
  );
  const wrong = [
    (data) => (data.message.owner = OTHER),
    (data) => (data.message.spender = OTHER),
    (data) => (data.message.value = "8"),
    (data) => (data.message.deadline = String(2n ** 256n - 1n)),
    (data) => (data.message.deadline = undefined),
    (data) => (data.message.nonce = {}),
    (data) => (data.domain.chainId = 1),
    (data) => (data.domain.verifyingContract = deployment.settlement_vault),
    (data) => (data.primaryType = "Transfer"),
  ];
  for (const change of wrong) assert.equal(said(change).length, 1, String(change));
});

test("the wallet is handed a permit of the page's own making", () => {
  const data = typed();
  data.types = { Permit: [{ name: "everything", type: "uint256" }] };
  data.message.extra = "1";
  const made = permitOf(data, deposit, deployment);
  assert.deepEqual(
    made.types.Permit.map(({ name }) => name),
    ["owner", "spender", "value", "nonce", "deadline"],
  );
  assert.deepEqual(Object.keys(made.message), ["owner", "spender", "value", "nonce", "deadline"]);
});

test("a permit is asked for by nothing but a deposit", () => {
  const claim = INTENTS.rent_claim;
  assert.notDeepEqual(mismatches(prepared(claim, [], { typed_data: typed() }), claim, around), []);
});

test("the deposit carries the very permit that was signed", () => {
  const permit = { deadline: BigInt(NOW + 3600), signature: `0x${"11".repeat(32)}${"22".repeat(32)}01` };
  const expected = expectedCall(deposit, permit);
  assert.equal(expected.arguments.v, 28, "wallets may count from 0, the coin from 27");
  assert.deepEqual(mismatches(prepared(deposit, [step(expected)]), deposit, { ...around, permit }), []);
  const wrong = { ...expected, arguments: { ...expected.arguments, s: zeroHash } };
  assert.equal(mismatches(prepared(deposit, [step(wrong)]), deposit, { ...around, permit }).length, 1);
});

test("an order that is cancelled with others must be the one that was meant, in its place", () => {
  const intent = INTENTS.cancel_orders;
  const said = (ids) => {
    const expected = { ...right(intent), arguments: { order_ids: ids } };
    return mismatches(prepared(intent, [step(expected)]), intent, around).length;
  };
  const [first, second] = right(intent).arguments.order_ids;
  assert.equal(said([first, second]), 0);
  for (const ids of [[second, first], [first], [first, second, first], [first, first], []]) assert.equal(said(ids), 1);
});

test("a price, a quantity or a side that was turned is said in words", () => {
  const intent = INTENTS.place_order;
  const said = (change) => {
    const expected = right(intent);
    const wrong = { ...expected, arguments: { ...expected.arguments, ...change } };
    return mismatches(prepared(intent, [step(wrong)]), intent, around)[0];
  };
  assert.match(said({ tick: 1_651n }), /another price/);
  assert.match(said({ quantity: 400n }), /another number of fractions/);
  assert.match(said({ side: 1n }), /other side/);
});

test("amounts leave as text, and a permit's deadline goes with its signature", () => {
  const means = { way: "permit", deadline: NOW };
  assert.equal(requestOf(deposit, means).amount, "7");
  assert.deepEqual(requestOf(deposit, { ...means, permit: { deadline: 5n, signature: "0x11" } }).deadline, 5);
  assert.equal("deadline" in requestOf(deposit, { ...means, way: "approve" }), false);
});
