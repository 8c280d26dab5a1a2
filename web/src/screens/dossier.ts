// What is read of one property beside its listing: documents, rent, and who may hold it.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Property, PropertyDocument, RegistryEntry, RegistryList, Rent, RentPosition, RentShare } from "../answers.ts";
import { ApiProblem, type Api } from "../api.ts";

export interface Subject {
  api: Api;
  property: number;
  /** Whose part in it is read. */
  owner: string | undefined;
  /** The list of wallets that may hold it; undefined while the listing is not known. */
  list: number | null | undefined;
}

export class Dossier implements ReactiveController {
  documents: PropertyDocument[] | undefined;
  rents: Rent[] | undefined;
  position: RentPosition | undefined;
  /** What the owner earned, by period. */
  readonly shares = new Map<number, RentShare>();
  list: RegistryList | undefined;
  /** The owner's entry; null where there is none, undefined while it is not known. */
  entry: RegistryEntry | null | undefined;
  trouble = "";
  private about = "";

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly wanted: () => Subject,
  ) {
    host.addController(this);
  }

  hostUpdate(): void {
    const { property, owner } = this.wanted();
    const about = `${property}:${owner}`;
    if (about === this.about) return;
    this.about = about;
    this.documents = this.rents = this.position = this.list = this.entry = undefined;
    this.shares.clear();
  }

  /** Never raises: trouble is kept in words. */
  async read(): Promise<void> {
    const subject = this.wanted();
    const about = `${subject.property}:${subject.owner}`;
    try {
      const [documents, rents, own, listed] = await Promise.all([
        subject.api.documents(subject.property),
        subject.api.rents(subject.property),
        subject.owner ? subject.api.rentOf(subject.owner, subject.property) : undefined,
        this.listed(subject),
      ]);
      if (about !== this.about) return;
      this.documents = documents.documents;
      this.rents = rents.rents;
      this.position = own?.properties[0];
      this.shares.clear();
      for (const share of own?.properties[0]?.periods ?? []) this.shares.set(share.period, share);
      if (listed) ({ list: this.list, entry: this.entry } = listed);
      this.trouble = "";
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.trouble = error.detail;
    }
    this.host.requestUpdate();
  }

  private async listed({ api, list, owner }: Subject) {
    if (!list) return undefined;
    const [lists, entries] = await Promise.all([
      api.registryLists(),
      owner ? api.registryEntries(list, owner) : undefined,
    ]);
    const entry: RegistryEntry | null | undefined = entries && (entries.entries[0] ?? null);
    return { list: lists.lists.find(({ number }) => number === list), entry };
  }
}

/** Why a wallet may gain no fraction of a property for listed investors. */
export function barredFrom(property: Property, { entry, list }: Pick<Dossier, "entry" | "list">): string | undefined {
  if (property.registry_list === null || entry === undefined || entry?.eligible) return undefined;
  const name = list?.name ?? `list ${property.registry_list}`;
  if (entry === null) return `Only wallets on “${name}” may hold it, and yours is not on it.`;
  return entry.frozen ? `Your entry on “${name}” is frozen.` : `Your entry on “${name}” has expired.`;
}
