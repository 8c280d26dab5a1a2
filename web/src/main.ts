// Builds the parts, top to bottom, and hands them to the shell.

import { Api } from "./api.ts";
import { Catalogue } from "./catalogue.ts";
import { Stream } from "./stream.ts";
import { Outbox } from "./action/outbox.ts";
import { Wallet } from "./wallet.ts";
import { Shell } from "./shell.ts";

const api = new Api("/v1");
const stream = new Stream(`${location.origin.replace(/^http/, "ws")}/v1/stream`);
const wallet = new Wallet();
const outbox = new Outbox(api, stream, wallet);
const catalogue = new Catalogue(api, stream);

wallet.start();
stream.start();

const shell = document.querySelector("fh-shell");
if (shell instanceof Shell) void shell.begin({ api, stream, wallet, outbox, catalogue });
