// What stands beside a facade: the ground, trees, a lamp, the neighbours' walls.

import { circle, GROUND, line, path, rect, times, WIDTH, type Chance, type Stroke } from "./pen.ts";

/** How far the street goes on beyond the frame of a card. */
const BEYOND = 340;
const FAR_BAY = 15;

export function ground(): Stroke[] {
  return [
    line(-BEYOND, GROUND, WIDTH + BEYOND, GROUND),
    line(-BEYOND, GROUND + 5, WIDTH + BEYOND, GROUND + 5, "faint"),
  ];
}

export function water(chance: Chance): Stroke[] {
  const ripples = times(44, () => {
    const [x, y, length] = [
      chance.between(-BEYOND, WIDTH + BEYOND),
      GROUND + chance.between(9, 26),
      chance.between(10, 34),
    ];
    return line(x, y, x + length, y, "faint");
  });
  return [rect(-BEYOND, GROUND, WIDTH + 2 * BEYOND, 4, "stone"), ...ripples];
}

export function tree(x: number, height: number): Stroke[] {
  const top = GROUND - height;
  const radius = height * 0.3;
  return [
    circle(x, top + radius, radius, "leaf"),
    circle(x - radius * 0.62, top + radius * 1.75, radius * 0.72, "leaf"),
    circle(x + radius * 0.66, top + radius * 1.65, radius * 0.66, "leaf"),
    line(x, GROUND, x, top + radius * 1.1),
    path(
      `M${x} ${GROUND - height * 0.3}l${radius * 0.5} ${-radius * 0.5}M${x} ${GROUND - height * 0.4}l${-radius * 0.45} ${-radius * 0.45}`,
    ),
  ];
}

export function lamp(x: number): Stroke[] {
  return [
    line(x, GROUND, x, GROUND - 30),
    line(x - 2, GROUND, x + 2, GROUND),
    rect(x - 2.5, GROUND - 37, 5, 7, "lit"),
    path(`M${x - 3.5} ${GROUND - 37}h7l-3.5 -3z`),
  ];
}

/** The houses next door, drawn as if from memory, on and on to both sides for a wide picture. */
export function neighbours(left: number, right: number, chance: Chance): Stroke[] {
  const strokes: Stroke[] = [];
  for (let x = left; x > -BEYOND;) {
    const width = chance.between(3, 5) * FAR_BAY + 6;
    strokes.push(...neighbour((x -= width), width, chance));
  }
  for (let x = right; x < WIDTH + BEYOND;) {
    const width = chance.between(3, 5) * FAR_BAY + 6;
    strokes.push(...neighbour(x, width, chance));
    x += width;
  }
  return strokes;
}

function neighbour(x: number, width: number, chance: Chance): Stroke[] {
  const storeys = chance.between(2, 4);
  const top = GROUND - storeys * 21 - chance.between(4, 12);
  const windows = times(storeys, (storey) =>
    times((width - 6) / FAR_BAY, (bay) => rect(x + 7 + bay * FAR_BAY, top + 9 + storey * 21, 6, 10, "faint")),
  );
  return [rect(x, top, width, GROUND - top, "far"), ...windows.flat()];
}
