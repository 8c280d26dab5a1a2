// Which kind of building a property is, by a word of its name, or else by chance; drawn once for each property.

import { house } from "./house.ts";
import { mill } from "./mill.ts";
import { Chance, type Drawing } from "./pen.ts";
import { yard } from "./yard.ts";

const KINDS = [
  { words: /\b(mill|works|printers|warehouse|wharf|quay|granary|factory)\b/i, draw: mill },
  { words: /\b(yard|farm|barn|workshops?|stables|market)\b/i, draw: yard },
  { words: /\b(court|house|row|terrace|mansions?|residence|villa)\b/i, draw: house },
] as const;

const drawn = new Map<string, Drawing>();

export function building(id: number, name: string): Drawing {
  const seed = `${id}:${name}`;
  const known = drawn.get(seed);
  if (known) return known;
  const chance = new Chance(seed);
  const [first] = name.split(",");
  const kind = KINDS.find(({ words }) => words.test(first ?? "")) ?? chance.one(KINDS);
  const drawing = kind.draw(chance);
  drawn.set(seed, drawing);
  return drawing;
}
