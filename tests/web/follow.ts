// Follows proofs as the page does: [{proof, contract, subject}] on standard input, what each was found to say on standard output.

import { readFileSync } from "node:fs";
import { checkProof } from "../../web/src/proof/check.ts";
import { placesOf } from "../../web/src/proof/subject.ts";

const cases = JSON.parse(readFileSync(0, "utf8"));
const found = cases.map(({ proof, contract, subject }) => checkProof(proof, contract, placesOf(subject)));
process.stdout.write(
  JSON.stringify(found, (_, value) => (typeof value === "bigint" ? value.toString() : value)),
);
