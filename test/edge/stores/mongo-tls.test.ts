import { afterAll, expect, inject, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { call, logIn, post } from "../../support/gateway/client.ts";
import type { MongoServer } from "../../support/stores/mongo-server.ts";
import type { TlsIdentity } from "../../support/stores/test-ca.ts";
import { type TlsRelay, tlsRelay } from "../../support/stores/tls-relay.ts";
import { describeEdge, type EdgePlace, openPlace } from "../edge-place.ts";

const ca = inject("testCa");

const places: EdgePlace[] = [];
afterAll(async () => {
  for (const place of places) await place.stop();
});

/** The built Worker, whose MongoDB speaks TLS alone and shows this certificate. */
async function placeBehind(identity: TlsIdentity) {
  let relay: TlsRelay | undefined;
  const place = await openPlace({
    through: async ({ url }: MongoServer) => {
      const { pathname, port } = new URL(url);
      const made = await tlsRelay(Number(port), identity);
      relay = made;
      const near = `mongodb://localhost:${made.port}${pathname}?tls=true`;
      return { url: near, stop: made.close };
    },
  });
  places.push(place);
  if (relay === undefined) throw new Error("no relay");
  return { place, relay };
}

describeEdge("the built Worker whose MongoDB speaks TLS", () => {
  it("the built Worker whose MongoDB speaks TLS logs customers in, before and after every connection was cut", async () => {
    const { place, relay } = await placeBehind(ca.trusted);
    await place.mongo.put("customers_v2", [
      customer("c-1", "9876500001"),
      customer("c-2", "9876500002"),
    ]);
    expect((await logIn(place, "9876500001")).status).toBe(200);
    relay.cut();
    expect((await logIn(place, "9876500002")).status).toBe(200);
  });

  it("the built Worker whose MongoDB speaks TLS answers 503 where nobody it trusts vouches for the certificate, and asks for nothing", async () => {
    const { place } = await placeBehind(ca.untrusted);
    expect((await call(place, "GET", "/readyz")).status).toBe(503);
    const asked = await post(place, "/auth/otp", { phone: "9876500001" });
    expect([asked.status, asked.body.code]).toEqual([503, "store-unavailable"]);
    expect(place.twilio.accepted).toEqual([]);
  });
});
