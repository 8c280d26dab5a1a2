// What a Merkle Patricia trie has under a key, read along a proof. Yellow Paper, appendix D.

import { fromRlp, keccak256, type Hex } from "viem";
import { shortened } from "../accounts.ts";

/** A proof that does not lead where it should. */
export class NotProven extends Error {}

/** A node as RLP decodes it. A child is named by its hash, or stands there whole where it is shorter than a hash. */
type Part = Hex | readonly Part[];

const EMPTY_ROOT = keccak256("0x80");
const NOTHING = "0x";
const BRANCH_PARTS = 17;
const PATH_PARTS = 2;

/** The value under keccak256(key); undefined where the proof shows that there is none. Raises NotProven. */
export function valueUnder(root: Hex, key: Hex, nodes: readonly Hex[]): Hex | undefined {
  if (root === EMPTY_ROOT) return undefined;
  return below(root, keccak256(key).slice(2), new Map(nodes.map((node) => [keccak256(node), node])));
}

/** digits: of the key, those that the way so far has not used up. */
function below(part: Part | undefined, digits: string, given: ReadonlyMap<Hex, Hex>): Hex | undefined {
  if (part === NOTHING) return undefined;
  const node = typeof part === "string" ? nodeNamed(part, given) : part;
  if (node?.length === BRANCH_PARTS) return below(node[parseInt(digits.charAt(0), 16)], digits.slice(1), given);
  const [path, next] = node?.length === PATH_PARTS ? node : [];
  if (typeof path !== "string") throw new NotProven("A node of the proof is of no known kind.");
  const { isLeaf, shared } = pathOf(path);
  if (!isLeaf) return digits.startsWith(shared) ? below(next, digits.slice(shared.length), given) : undefined;
  if (shared !== digits) return undefined;
  if (typeof next !== "string") throw new NotProven("A leaf of the proof holds no value.");
  return next;
}

function nodeNamed(hash: Hex, given: ReadonlyMap<Hex, Hex>): readonly Part[] {
  const node = given.get(hash);
  if (node === undefined) throw new NotProven(`The proof has no node with the hash ${shortened(hash)}.`);
  const decoded: Part = decode(node);
  if (typeof decoded === "string") throw new NotProven("A node of the proof is no list.");
  return decoded;
}

/** Hex-prefix encoding: the first digit says whether it is a leaf's, and whether a second one only fills the byte. */
function pathOf(path: Hex): { isLeaf: boolean; shared: string } {
  const kind = parseInt(path.charAt(2), 16);
  return { isLeaf: (kind & 2) !== 0, shared: path.slice((kind & 1) === 0 ? 4 : 3) };
}

/** Out of RLP. Raises NotProven where it is none. */
export function decode(encoded: Hex): Part {
  try {
    return fromRlp(encoded, "hex");
  } catch {
    throw new NotProven("A part of the proof is not in RLP.");
  }
}
