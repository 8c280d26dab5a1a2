// Where the reader is, read from the part of the address behind #.

import { isAddressText } from "./accounts.ts";

export type Screen = "properties" | "property" | "market" | "portfolio" | "money";

export interface Route {
  screen: Screen;
  property?: number;
  /** An address that is watched without a wallet. */
  watched?: string;
}

export function routeOf(hash: string): Route {
  const [screen, argument] = hash.replace(/^#?\/?/, "").split("/");
  if ((screen === "properties" || screen === "market") && /^[1-9]\d{0,8}$/.test(argument ?? "")) {
    return { screen: screen === "market" ? "market" : "property", property: Number(argument) };
  }
  if (screen === "portfolio" || screen === "money") {
    return argument && isAddressText(argument) ? { screen, watched: argument } : { screen };
  }
  return { screen: "properties" };
}

export function linkTo(screen: Screen, argument?: string | number): string {
  const name = screen === "property" ? "properties" : screen;
  return `#/${name}${argument === undefined ? "" : `/${argument}`}`;
}
