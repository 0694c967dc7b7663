import { expect } from "vitest";
import { HOSTILE, IDENTITY_NAMES, spellingsOf } from "./hostile-headers.ts";
import type { ProxiedPlace } from "./proxied-world.ts";

/** What browsers, the web app and well-behaved clients send, and the backend may read. */
const USUAL: Readonly<Record<string, string>> = {
  accept: "application/json",
  "accept-language": "hi-IN",
  "cache-control": "no-cache",
  "content-language": "hi",
  digest: "sha-256=x",
  dnt: "1",
  "idempotency-key": "order-1",
  "if-none-match": '"1"',
  "last-event-id": "7",
  pragma: "no-cache",
  prefer: "return=minimal",
  "save-data": "on",
  "sec-ch-ua-mobile": "?1",
  "user-agent": "EarlyBird/7",
  "x-requested-with": "XMLHttpRequest",
};
/** What every runtime's own client sets, or the gateway. */
const OWN =
  /^(?:host|connection|accept-encoding|authorization|traceparent|sec-fetch-mode|x-(?:user|customer|session|request)-id|x-user-role|x-forwarded-(?:for|proto|host)|cf-.*|keep-alive)$/;

/** Sends everything that a client may think of; the backend sees what is listed, and no more. */
export async function expectListedHeadersAlone(place: ProxiedPlace, token: string): Promise<void> {
  const forged = IDENTITY_NAMES.flatMap(spellingsOf);
  const headers = [
    ["authorization", `Bearer ${token}`] as const,
    ...Object.entries(USUAL),
    ...forged.map((name) => [name, `${HOSTILE}=1`] as const),
  ];
  place.backend.received.length = 0;
  const got = await place.ask({ method: "GET", target: "/api/orders/", headers });
  expect([got.status, got.code]).toEqual([200, null]);
  const [seen] = place.backend.received;
  for (const [name, value] of Object.entries(USUAL)) {
    expect([name, seen?.values(name)]).toEqual([name, [value]]);
  }
  const names = seen?.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  expect(names?.filter((name) => !(name in USUAL || OWN.test(name)))).toEqual([]);
  expect(seen?.rawHeaders.join("\n")).not.toContain(HOSTILE);
}
