// A yard of workshops: roofs like a saw, north light, wide doors, and a shop under an awning at the corner.

import { circle, GROUND, line, path, rect, times, WIDTH, type Chance, type Drawing, type Stroke } from "./pen.ts";
import { ground, lamp, neighbours, tree } from "./street.ts";

const HALL = 46;
const WALL = 46;
const SHOP = 74;

export function yard(chance: Chance): Drawing {
  const halls = chance.between(3, 4);
  const width = halls * HALL + SHOP;
  const left = (WIDTH - width) / 2;
  const hallsFrom = left + SHOP;
  const strokes = [
    ...neighbours(left - 26, left + width + 26, chance),
    ...times(halls, (i) => hall(hallsFrom + i * HALL, i, chance)).flat(),
    ...shop(left, chance),
    ...ground(),
    ...tree(left - 14, 64),
    ...tree(left + width + 14, 48),
    ...lamp(hallsFrom + HALL),
  ];
  return { strokes, focus: [left + SHOP / 2 - 4, GROUND - 98] };
}

function hall(x: number, index: number, chance: Chance): Stroke[] {
  const top = GROUND - WALL;
  const peak = top - 24;
  return [
    path(`M${x} ${top}V${peak}L${x + HALL} ${top}Z`, "roof"),
    path(`M${x} ${top - 2}V${peak + 3}L${x + 9} ${peak + 8}V${top - 2}Z`, chance.pane()),
    line(x + 4.5, peak + 5, x + 4.5, top - 2, "faint"),
    line(x, top - 11, x + 9, top - 11, "faint"),
    ...times(3, (i) => line(x + 16 + i * 8, peak + 11 + i * 4.3, x + 16 + i * 8, top, "faint")),
    rect(x, top, HALL, WALL, "wall"),
    rect(x - 0.5, top - 1.5, HALL + 1, 3, "stone"),
    ...(index % 2 === 0 ? gate(x + 8) : lights(x + 7, chance)),
  ];
}

function gate(x: number): Stroke[] {
  const y = GROUND - 34;
  const leaf = (from: number) => [
    rect(from, y, 15, 34, "dark"),
    line(from, y + 17, from + 15, y + 17, "faint"),
    path(`M${from} ${y + 34}L${from + 15} ${y + 17}M${from} ${y + 17}L${from + 15} ${y}`, "faint"),
  ];
  return [
    line(x - 4, y - 3, x + 34, y - 3),
    ...leaf(x),
    ...leaf(x + 15),
    circle(x + 13, y + 18, 0.8),
    circle(x + 17, y + 18, 0.8),
  ];
}

function lights(x: number, chance: Chance): Stroke[] {
  const y = GROUND - 36;
  return [
    ...times(4, (column) => times(2, (row) => rect(x + column * 8, y + row * 10, 8, 10, chance.pane())).flat()).flat(),
    rect(x - 2, y + 20, 36, 2, "stone"),
    line(x, y + 28, x + 32, y + 28, "faint"),
  ];
}

function shop(x: number, chance: Chance): Stroke[] {
  const top = GROUND - 88;
  const stripes = times(8, (i) =>
    path(`M${x + 5 + i * 8} ${GROUND - 36}l-2 9q4 3.5 8 0l2 -9z`, i % 2 ? "wall" : "accent"),
  );
  return [
    rect(x + 10, top - 38, 9, 20, "wall"),
    rect(x + 9, top - 40, 11, 3, "stone"),
    path(`M${x - 4} ${top}L${x + SHOP / 2} ${top - 32}L${x + SHOP + 4} ${top}Z`, "roof"),
    rect(x, top, SHOP, 88, "wall"),
    rect(x - 3, top - 2, SHOP + 6, 3.5, "stone"),
    circle(x + SHOP / 2, top - 11, 5.5, chance.pane()),
    ...times(3, (i) => [
      rect(x + 9 + i * 22, top + 13, 12, 19, chance.pane()),
      line(x + 15 + i * 22, top + 13, x + 15 + i * 22, top + 32, "faint"),
      line(x + 9 + i * 22, top + 20, x + 21 + i * 22, top + 20, "faint"),
      line(x + 7 + i * 22, top + 33, x + 23 + i * 22, top + 33),
    ]).flat(),
    rect(x + 3, GROUND - 44, SHOP - 6, 7, "stone"),
    rect(x + 6, GROUND - 34, 38, 26, "lit"),
    line(x + 25, GROUND - 34, x + 25, GROUND - 8, "faint"),
    rect(x + 4, GROUND - 8, 42, 8, "stone"),
    rect(x + 51, GROUND - 34, 16, 34, "dark"),
    rect(x + 54, GROUND - 30, 10, 14, "lit"),
    circle(x + 64, GROUND - 12, 0.9),
    ...stripes,
    line(x + 3, GROUND - 36, x + SHOP - 3, GROUND - 36),
  ];
}
