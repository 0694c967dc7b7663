/**
 * The backend: 1 KiB of JSON for every request, its body read to the end. The last request's head
 * and body are at /__last, for the proof that a proxy forwards. Also the case `bare node:http`.
 */
import { createServer } from "node:http";
import { BODY } from "./body.ts";
import { announce } from "./listen.ts";

const HEAD = { "content-type": "application/json", "content-length": BODY.length };
let last = "{}";

await announce(
  createServer((incoming, outgoing) => {
    if (incoming.url === "/__last") {
      outgoing.writeHead(200, { "content-type": "application/json" }).end(last);
      return;
    }
    const { headers, method, url } = incoming;
    if (headers["prefer"] !== "prove") {
      incoming.resume();
      outgoing.writeHead(200, HEAD).end(BODY);
      return;
    }
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      last = JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() });
      outgoing.writeHead(200, HEAD).end(BODY);
    });
  }),
);
