// A replica of what /v1/stream sends: a snapshot of each key, then deltas in sequence.
//
// A delta names the sequence number before it. Where that is not the one we have, something was lost, and we
// ask for the key anew. After a lost connection each key resumes from its epoch and seq.

import { Replica, type Data } from "./replica.ts";

/** A channel and, where it has keys, one of them. */
export type Key = "blocks" | `${Channel}:${string}`;
type Channel = "account" | "offerings" | "market" | "book" | "trades" | "candles" | "orders";

interface Message {
  type: "snapshot" | "resumed" | "delta" | "reorg" | "resync_required" | "heartbeat" | "error";
  channel?: string;
  key?: string;
  epoch?: number;
  seq?: number;
  prev_seq?: number;
  indexed_block?: number;
  data?: Data;
}

/** Where the index stands, as far as this page has heard. */
export interface Tip {
  indexed: number;
  finalized: number;
  timestamp: number;
  epoch: number;
}

const SILENCE_MS_MAX = 40_000;
const ERROR_WAIT_MS = 2_000;
const WAIT_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];

/** Events: `tip` (a block came or became final), `change` (a key's replica changed), `reorg`, `connection`. */
export class Stream extends EventTarget {
  tip: Tip | undefined;
  connected = false;
  private socket: WebSocket | undefined;
  private readonly replicas = new Map<Key, Replica>();
  private readonly uses = new Map<Key, number>();
  private attempts = 0;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly url: string) {
    super();
  }

  start(): void {
    this.subscribe("blocks");
    this.connect();
    addEventListener("online", () => this.connect());
  }

  /** The replica of a key, and the function that gives it up. */
  subscribe(key: Key): { replica: Replica; release: () => void } {
    const replica = this.replicas.get(key) ?? new Replica();
    this.uses.set(key, (this.uses.get(key) ?? 0) + 1);
    if (!this.replicas.has(key)) {
      this.replicas.set(key, replica);
      this.say("subscribe", key);
    }
    return { replica, release: () => this.release(key) };
  }

  /** What is held under a key that somebody subscribes to. */
  replica(key: Key): Replica | undefined {
    return this.replicas.get(key);
  }

  private release(key: Key): void {
    const left = (this.uses.get(key) ?? 1) - 1;
    this.uses.set(key, left);
    if (left > 0) return;
    this.uses.delete(key);
    this.replicas.delete(key);
    this.say("unsubscribe", key);
  }

  private connect(): void {
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.attempts = 0;
      this.setConnected(true);
      this.listen(socket);
      for (const key of this.replicas.keys()) this.say("subscribe", key);
    });
    socket.addEventListener("message", (event) => {
      this.listen(socket);
      this.obey(JSON.parse(String(event.data)) as Message);
    });
    socket.addEventListener("close", () => this.lost(socket));
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    clearTimeout(this.silence);
    this.setConnected(false);
    const wait = WAIT_MS[Math.min(this.attempts++, WAIT_MS.length - 1)] ?? 8_000;
    setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
  }

  /** A server that says nothing, not even a heartbeat, is gone, whatever the socket believes. */
  private listen(socket: WebSocket): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      socket.close();
      this.lost(socket);
    }, SILENCE_MS_MAX);
  }

  private say(op: "subscribe" | "unsubscribe", key: Key): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const [channel = key, ...names] = key.split(":");
    const name = names.join(":");
    const place = op === "subscribe" ? this.replicas.get(key)?.place : undefined;
    this.socket.send(JSON.stringify({ op, channel, ...(name ? { key: name } : {}), ...place }));
  }

  private obey(message: Message): void {
    if (message.type === "resync_required") return this.startOver();
    if (message.type === "error") return this.askAgainLater();
    if (message.type === "reorg") return this.rewind(message);
    const key = keyOf(message);
    const replica = key && this.replicas.get(key);
    if (!key || !replica || message.epoch === undefined || message.seq === undefined) return;
    if (message.type === "delta") {
      if (!replica.place) return; // its snapshot is on the way
      if (!follows(message, replica)) {
        replica.place = undefined;
        return this.say("subscribe", key);
      }
    }
    replica.place = { epoch: message.epoch, seq: message.seq };
    if (!message.data) return;
    if (message.type === "snapshot") replica.replace(message.data);
    else replica.merge(message.data);
    if (message.type === "delta" && !replica.agrees(message.data)) {
      replica.place = undefined;
      return this.say("subscribe", key);
    }
    this.advance(message.data, message.epoch);
    if (key !== "blocks") this.dispatchEvent(new CustomEvent<Key>("change", { detail: key }));
  }

  private startOver(): void {
    for (const [key, replica] of this.replicas) {
      replica.place = undefined;
      this.say("subscribe", key);
    }
  }

  /** The server could not read a snapshot just now. */
  private askAgainLater(): void {
    setTimeout(() => {
      for (const [key, replica] of this.replicas) if (!replica.place) this.say("subscribe", key);
    }, ERROR_WAIT_MS);
  }

  /** The chain took blocks back. Fresh snapshots follow by themselves. */
  private rewind(message: Message): void {
    for (const replica of this.replicas.values()) replica.place = undefined;
    if (this.tip && message.indexed_block !== undefined) {
      this.tip = { ...this.tip, indexed: message.indexed_block, epoch: message.epoch ?? this.tip.epoch };
    }
    this.dispatchEvent(new Event("reorg"));
    this.dispatchEvent(new Event("tip"));
  }

  private advance(data: Data, epoch: number): void {
    const known = this.tip;
    const older = known && known.epoch === epoch && known.indexed > data.indexed_block;
    if (older || (known && known.epoch > epoch)) return;
    const timestamp = data.blocks?.at(-1)?.timestamp ?? known?.timestamp ?? 0;
    this.tip = { indexed: data.indexed_block, finalized: data.finalized_block, timestamp, epoch };
    this.dispatchEvent(new Event("tip"));
  }

  private setConnected(connected: boolean): void {
    this.connected = connected;
    this.dispatchEvent(new Event("connection"));
  }
}

function keyOf({ channel, key }: Message): Key | undefined {
  if (channel === "blocks") return "blocks";
  if (channel === "offerings" || channel === "market") return `${channel}:${key ?? "*"}`;
  return channel && key ? `${channel as Channel}:${key}` : undefined;
}

function follows(delta: Message, replica: Replica): boolean {
  return replica.place !== undefined && replica.place.epoch === delta.epoch && replica.place.seq === delta.prev_seq;
}
