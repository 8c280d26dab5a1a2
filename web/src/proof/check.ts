// From a block's hash down to a word of a contract's storage, every step computed here. EIP-1186, for Vyper's layout.

import { concat, hexToBigInt, keccak256, numberToHex, type Hex } from "viem";
import type { StateProof } from "../answers.ts";
import { decode, NotProven, valueUnder } from "./trie.ts";

/** The steps in their order; each rests on the one before it. */
export const STEPS = ["block", "contract", "word"] as const;
export type Step = (typeof STEPS)[number];

/** Where the words should stand, as this page knows it: what the answer says of that is not believed. */
export interface Place {
  slot: number;
  keys: readonly bigint[];
}

export interface Checked {
  words: bigint[];
  number: number;
  timestamp: number;
  stateRoot: Hex;
  storageRoot: Hex;
  /** The step that does not hold, and what is wrong with it; what would follow it was not looked at. */
  failure: { step: Step; words: string } | undefined;
}

const WORD = { size: 32 } as const;
/** Fields of a header. */
const [STATE_ROOT, NUMBER, TIMESTAMP] = [3, 8, 11] as const;
/** Field of an account. */
const STORAGE_ROOT = 2;

/** Follow a proof of the words at these places of a contract. What does not hold is told, not thrown. */
export function checkProof(proof: StateProof, contract: Hex, places: readonly Place[]): Checked {
  const found: Checked = { words: [], number: 0, timestamp: 0, stateRoot: "0x", storageRoot: "0x", failure: undefined };
  let step: Step = "block";
  try {
    if (keccak256(proof.block.header) !== proof.block.hash)
      throw new NotProven("The header has another hash than the block.");
    const header = fieldsOf(proof.block.header);
    found.stateRoot = fieldOf(header, STATE_ROOT);
    found.number = Number(numberOf(fieldOf(header, NUMBER)));
    found.timestamp = Number(numberOf(fieldOf(header, TIMESTAMP)));
    step = "contract";
    const account = valueUnder(found.stateRoot, contract, proof.contract.proof);
    if (account === undefined) throw new NotProven(`The state has nothing at ${contract}.`);
    found.storageRoot = fieldOf(fieldsOf(account), STORAGE_ROOT);
    step = "word";
    found.words = places.map((place, index) => {
      const value = valueUnder(found.storageRoot, keyOf(place), proof.words[index]?.proof ?? []);
      return value === undefined ? 0n : numberOf(textOf(decode(value)));
    });
  } catch (error) {
    found.failure = { step, words: error instanceof NotProven ? error.message : "It cannot be read." };
  }
  return found;
}

/** Where Vyper keeps a mapping's value: under the hash of slot and key; of that and the next key where it nests. */
export function keyOf({ slot, keys }: Place): Hex {
  return keys.reduce(
    (place, key) => keccak256(concat([place, numberToHex(key, WORD)])),
    numberToHex(slot, WORD),
  );
}

function fieldsOf(encoded: Hex): readonly unknown[] {
  const fields = decode(encoded);
  if (typeof fields === "string") throw new NotProven("A header or an account of the proof is no list.");
  return fields;
}

function fieldOf(fields: readonly unknown[], index: number): Hex {
  return textOf(fields[index]);
}

function textOf(part: unknown): Hex {
  if (typeof part !== "string") throw new NotProven("A field of the proof is missing.");
  return part as Hex;
}

function numberOf(text: Hex): bigint {
  return text === "0x" ? 0n : hexToBigInt(text);
}
