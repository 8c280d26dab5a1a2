// An apartment house: a mansard with dormers, tall windows, balconies on the first floor, arches at the street.

import { arch, GROUND, line, path, rect, times, WIDTH, type Chance, type Drawing, type Stroke } from "./pen.ts";
import { ground, lamp, neighbours, tree } from "./street.ts";

const BAY = 24;
const STOREY = 22;
const STREET_FLOOR = 28;
const ROOF = 23;

export function house(chance: Chance): Drawing {
  const bays = chance.one([7, 7, 9]);
  const storeys = chance.between(3, 4);
  const width = bays * BAY + 8;
  const left = (WIDTH - width) / 2;
  const top = GROUND - STREET_FLOOR - storeys * STOREY;
  const middle = Math.floor(bays / 2);
  const bay = (index: number) => left + 4 + index * BAY;
  const strokes = [
    ...neighbours(left, left + width, chance),
    ...roof(left, top, width, bays, bay, chance),
    rect(left, top, width, GROUND - top, "wall"),
    rect(left - 3, top - 3, width + 6, 4, "stone"),
    line(left, top + 4, left + width, top + 4, "faint"),
    rect(left - 1, GROUND - STREET_FLOOR - 2, width + 2, 3, "stone"),
    ...quoins(left, top),
    ...quoins(left + width - 5, top),
    ...times(storeys, (storey) =>
      times(bays, (index) =>
        window_(bay(index) + BAY / 2, top + storey * STOREY, storey === storeys - 1, chance),
      ).flat(),
    ).flat(),
    ...times(bays, (index) => (index === middle ? door(bay(index)) : shop(bay(index), chance))).flat(),
    ...ground(),
    ...tree(left - 22, 56),
    ...lamp(left + width + 18),
  ];
  return { strokes, focus: [left + 4 + BAY * 1.5, top - 6] };
}

function roof(
  left: number,
  top: number,
  width: number,
  bays: number,
  bay: (index: number) => number,
  chance: Chance,
): Stroke[] {
  const y = top - 3;
  const chimney = (x: number) => [
    rect(x, y - ROOF - 9, 11, 12, "wall"),
    rect(x - 1, y - ROOF - 11, 13, 3, "stone"),
    line(x + 3, y - ROOF - 11, x + 3, y - ROOF - 15),
    line(x + 8, y - ROOF - 11, x + 8, y - ROOF - 15),
  ];
  const dormer = (x: number) => [
    rect(x - 6, y - 17, 12, 15, "wall"),
    path(`M${x - 8} ${y - 17}L${x} ${y - 23}L${x + 8} ${y - 17}Z`, "stone"),
    rect(x - 3, y - 14, 6, 10, chance.pane()),
    line(x, y - 14, x, y - 4, "faint"),
  ];
  return [
    ...chimney(left + 16),
    ...chimney(left + width - 30),
    path(`M${left - 1} ${y}L${left + 7} ${y - ROOF}H${left + width - 7}L${left + width + 1} ${y}Z`, "roof"),
    line(left + 5, y - ROOF + 3, left + width - 5, y - ROOF + 3, "faint"),
    ...times(bays, (index) => (index % 2 === 1 ? dormer(bay(index) + BAY / 2) : [])).flat(),
  ];
}

function window_(x: number, y: number, noble: boolean, chance: Chance): Stroke[] {
  const pane = [
    rect(x - 4.5, y + 6, 9, noble ? 15 : 13, chance.pane()),
    line(x, y + 6, x, y + (noble ? 21 : 19), "faint"),
    line(x - 4.5, y + 11, x + 4.5, y + 11, "faint"),
  ];
  if (!noble) return [...pane, line(x - 6.5, y + 20, x + 6.5, y + 20), line(x - 5.5, y + 4, x + 5.5, y + 4, "faint")];
  return [
    ...pane,
    path(`M${x - 7} ${y + 4.5}L${x} ${y + 1}L${x + 7} ${y + 4.5}Z`, "stone"),
    rect(x - 8, y + 15, 16, 6, "rail"),
    ...times(5, (i) => line(x - 5.4 + i * 2.7, y + 15, x - 5.4 + i * 2.7, y + 21, "faint")),
  ];
}

function door(x: number): Stroke[] {
  const y = GROUND - STREET_FLOOR;
  return [
    arch(x + 4, y + 4, 16, 24, 5, "stone"),
    arch(x + 6.5, y + 7, 11, 21, 4, "dark"),
    line(x + 12, y + 10, x + 12, GROUND, "faint"),
    rect(x + 1, GROUND - 2.5, 22, 2.5, "stone"),
  ];
}

function shop(x: number, chance: Chance): Stroke[] {
  const y = GROUND - STREET_FLOOR;
  return [
    arch(x + 4.5, y + 5, 15, 19, 4, chance.pane()),
    line(x + 12, y + 7, x + 12, y + 24, "faint"),
    line(x + 4.5, y + 13, x + 19.5, y + 13, "faint"),
    rect(x + 3, y + 24, 18, 1.8, "stone"),
  ];
}

function quoins(x: number, top: number): Stroke[] {
  const count = Math.floor((GROUND - STREET_FLOOR - top - 6) / 8);
  return times(count, (i) => rect(x + (i % 2), top + 7 + i * 8, 4, 4, "faint"));
}
