// The listed properties, how they are offered and how they trade, shared by the screens that show them.

import type { Market, Offering, Property } from "./answers.ts";
import { ApiProblem, type Api } from "./api.ts";
import type { Replica } from "./replica.ts";
import type { Stream } from "./stream.ts";

export interface Named {
  name: string;
  street: string;
}

const OFFERINGS = "offerings:*";
const MARKETS = "market:*";

/** Fires `change`. */
export class Catalogue extends EventTarget {
  properties: Property[] | undefined;
  trouble = "";
  private readonly offerings: Replica;
  private readonly markets: Replica;

  constructor(
    private readonly api: Api,
    stream: Stream,
  ) {
    super();
    this.offerings = stream.subscribe(OFFERINGS).replica;
    this.markets = stream.subscribe(MARKETS).replica;
    stream.addEventListener("change", (event) => {
      if (event instanceof CustomEvent && (event.detail === OFFERINGS || event.detail === MARKETS)) this.dispatchEvent(new Event("change"));
    });
  }

  /** The newest offering of a property, as the stream has it. */
  offering(id: number): Offering | undefined {
    return this.offerings.offerings.get(id);
  }

  /** The order book of a property; undefined where it has none, or before the stream told. */
  market(id: number): Market | undefined {
    return this.markets.markets.get(id);
  }

  /** Whether the stream has told of all order books. */
  get knowsMarkets(): boolean {
    return this.markets.snapshots > 0;
  }

  get(id: number): Property | undefined {
    return this.properties?.find((property) => property.property_id === id);
  }

  /** Read the list. Never raises: trouble is kept in words. */
  async refresh(): Promise<void> {
    try {
      this.properties = (await this.api.properties()).properties;
      this.trouble = "";
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.trouble = error.detail;
    }
    this.dispatchEvent(new Event("change"));
  }
}

/** A listing's name is the building, then its street and town. */
export function partsOf(name: string): Named {
  const [building, ...street] = name.split(", ");
  return { name: building ?? name, street: street.join(", ") };
}
