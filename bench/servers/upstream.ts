/** The backend: 1 KiB of JSON, whatever is asked. Also what `bare node:http` means. */
import { createServer } from "node:http";
import { BODY } from "../body.ts";
import { announce } from "./listen.ts";

await announce(
  createServer((_, outgoing) => {
    outgoing.writeHead(200, { "content-type": "application/json", "content-length": BODY.length });
    outgoing.end(BODY);
  }),
);
