import { setTimeout as sleep } from "node:timers/promises";
import { floodUnread, latenciesOf, requestsFor } from "../../test/support/attack/unread.ts";
import type { Place, Row } from "./place.ts";

const GIVEN_UP_MS = 40_000;
const TIMES = 5;

/** What other customers wait meanwhile, and what is held of the backend. */
async function besides({ backend, port, url }: Place, connections: number, bytes: string) {
  const end = await floodUnread({ port, from: "127.0.0.2", connections, bytes });
  await sleep(2_000);
  const open = backend.connections();
  const slowest = (await latenciesOf(`${url}/products`, TIMES, GIVEN_UP_MS)).at(-1) ?? 0;
  end();
  const waited = Number.isFinite(slowest)
    ? `others wait ${Math.round(slowest)} ms at most`
    : `others get no answer within ${GIVEN_UP_MS / 1000} s`;
  return `${open} of 256 connections to the backend open, ${waited}`;
}

const RIGHT = "32 at most, a customer beside it notices nothing";

export const SLOW_READERS: readonly Row[] = [
  {
    name: "slow reader",
    input: "1 connection, 400 pipelined GETs of a 97 KB public answer, nothing read",
    right: RIGHT,
    run: (place) => besides(place, 1, requestsFor("/products", 400)),
  },
  {
    name: "slow readers",
    input: "256 connections, one GET of a large public answer each, nothing read",
    right: RIGHT,
    run: (place) => besides(place, 256, requestsFor("/huge", 1)),
  },
];
