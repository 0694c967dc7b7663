import { setTimeout as sleep } from "node:timers/promises";
import { floodUnread, requestsFor } from "../../test/support/attack/unread.ts";
import type { Row } from "./place.ts";

const SETTLED_MS = 5_000;

export const UNREAD_ANSWERS: Row = {
  name: "unread answers",
  input: "4 connections, 1,500 pipelined GET /openapi.json each, nothing read",
  right: "+50 MB at most, after 5 s",
  async run({ port, residentMb, url }) {
    for (let n = 0; n < 200; n++) await (await fetch(`${url}/openapi.json`)).arrayBuffer();
    const before = residentMb();
    const end = await floodUnread({
      port,
      from: "127.0.0.2",
      connections: 4,
      bytes: requestsFor("/openapi.json", 1_500),
    });
    await sleep(SETTLED_MS);
    const grown = Math.round(residentMb() - before);
    end();
    return `+${grown} MB`;
  },
};
