// A mill on the water: rows of barred windows, a gable with its hoist, a chimney that can be seen from far.

import { arch, circle, GROUND, line, path, rect, times, WIDTH, type Chance, type Drawing, type Stroke } from "./pen.ts";
import { water } from "./street.ts";

const BAY = 21;
const STOREY = 23;

export function mill(chance: Chance): Drawing {
  const bays = chance.one([9, 10, 11]);
  const storeys = 4;
  const width = bays * BAY + 10;
  const left = (WIDTH - width) / 2 - 12;
  const top = GROUND - storeys * STOREY - 6;
  const gabled = 3;
  const strokes = [
    ...chimney(left + width + 21),
    ...annexe(left + width, chance),
    rect(left, top, width, GROUND - top, "wall"),
    rect(left + gabled * BAY + 8, top - 7, width - gabled * BAY - 8, 7, "roof"),
    ...times(bays - gabled - 1, (i) =>
      line(left + (gabled + 1.4 + i) * BAY, top - 7, left + (gabled + 1.4 + i) * BAY, top, "faint"),
    ),
    line(left + gabled * BAY + 8, top - 7, left + width + 2, top - 7),
    ...gable(left, top, gabled * BAY + 8, chance),
    ...times(storeys - 1, (storey) =>
      line(left, top + (storey + 1) * STOREY, left + width, top + (storey + 1) * STOREY, "faint"),
    ),
    ...times(bays - gabled + 1, (i) => rect(left + gabled * BAY + 6.5 + i * BAY, top, 2.5, GROUND - top, "faint")),
    ...times(storeys, (storey) =>
      times(bays, (bay) => {
        const x = left + (bay < gabled ? 6.5 : 12) + bay * BAY;
        return loading(bay, storey, gabled)
          ? hatch(x, top + storey * STOREY)
          : barred(x, top + storey * STOREY, chance);
      }).flat(),
    ).flat(),
    ...water(chance),
    ...boat(left + width - 76),
  ];
  return { strokes, focus: [left + (gabled * BAY + 8) / 2, top - 2] };
}

const loading = (bay: number, storey: number, gabled: number) => bay === Math.floor(gabled / 2) && storey > 0;

function barred(x: number, y: number, chance: Chance): Stroke[] {
  return [
    arch(x, y + 5, 11, 15, 2, chance.pane()),
    line(x + 3.7, y + 5.5, x + 3.7, y + 20, "faint"),
    line(x + 7.3, y + 5.5, x + 7.3, y + 20, "faint"),
    line(x, y + 10, x + 11, y + 10, "faint"),
    line(x, y + 15, x + 11, y + 15, "faint"),
    line(x - 1.5, y + 20.5, x + 12.5, y + 20.5),
  ];
}

function hatch(x: number, y: number): Stroke[] {
  return [
    rect(x - 1, y + 4, 13, 18, "dark"),
    line(x + 5.5, y + 4, x + 5.5, y + 22, "faint"),
    line(x - 3, y + 22, x + 14, y + 22),
  ];
}

function gable(left: number, top: number, width: number, chance: Chance): Stroke[] {
  const [middle, peak] = [left + width / 2, top - 28];
  return [
    path(`M${left - 2} ${top}L${middle} ${peak}L${left + width + 2} ${top}Z`, "wall"),
    path(`M${left - 4} ${top + 1}L${middle} ${peak - 3}L${left + width + 4} ${top + 1}`),
    circle(middle, top - 9, 5.5, chance.pane()),
    line(middle - 5.5, top - 9, middle + 5.5, top - 9, "faint"),
    line(middle, top - 14.5, middle, top - 3.5, "faint"),
    rect(middle - 1.5, peak + 7, 3, 4, "stone"),
    line(left, top, left + width, top, "faint"),
  ];
}

function chimney(x: number): Stroke[] {
  return [
    path(`M${x} ${GROUND}L${x + 3} 34H${x + 11}L${x + 14} ${GROUND}Z`, "wall"),
    rect(x + 1.5, 29, 11, 5, "stone"),
    rect(x + 2.5, 40, 9, 2, "faint"),
    path(`M${x + 7} 25c-4 -5 3 -8 0 -13`, "faint"),
  ];
}

function annexe(left: number, chance: Chance): Stroke[] {
  return [
    rect(left, GROUND - 40, 48, 40, "wall"),
    path(`M${left - 1} ${GROUND - 40}L${left + 4} ${GROUND - 52}H${left + 44}L${left + 50} ${GROUND - 40}Z`, "roof"),
    ...times(3, (i) => [
      arch(left + 6 + i * 14, GROUND - 32, 8, 13, 2, chance.pane()),
      line(left + 10 + i * 14, GROUND - 32, left + 10 + i * 14, GROUND - 19, "faint"),
    ]).flat(),
    rect(left + 17, GROUND - 15, 14, 15, "dark"),
  ];
}

function boat(x: number): Stroke[] {
  return [
    path(`M${x} ${GROUND + 9}h52l-7 9h-37z`, "stone"),
    rect(x + 9, GROUND + 3, 17, 6, "wall"),
    rect(x + 12, GROUND + 4.5, 3.5, 3, "lit"),
    rect(x + 19, GROUND + 4.5, 3.5, 3, "glass"),
    line(x + 36, GROUND + 9, x + 36, GROUND - 12),
    line(x + 36, GROUND - 12, x + 47, GROUND + 8, "faint"),
  ];
}
