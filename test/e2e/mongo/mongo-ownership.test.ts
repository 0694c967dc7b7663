import { expect, it, onTestFinished } from "vitest";
import { defaultData } from "../../support/legacy-backend/data.ts";
import { startProxied } from "../../support/proxy/proxied-process.ts";
import { askPort, OWN_PHONE } from "../../support/proxy/proxied-world.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";

const V2 = "/api/phase0-v2";
const PAUSE = { start_date: "2026-12-01", end_date: "2026-12-01" };

describeMongo("a document whose owner stands in MongoDB", (mongo) => {
  it("a document whose owner stands in MongoDB is reached by its owner and by nobody else, through the whole gateway", async () => {
    const url = mongo.newUrl();
    const data = mongo.data(url);
    const { customers_v2, subscriptions_v2, users } = defaultData();
    await data.put("users", users);
    await data.put("customers_v2", customers_v2);
    await data.put("subscriptions_v2", subscriptions_v2);
    const env = { MONGODB_URL: url };
    const { backend, gateway, token } = await startProxied(env, onTestFinished, OWN_PHONE);
    const headers = [["authorization", `Bearer ${token}`] as const];
    for (const [id, status] of [
      ["s-1", 200],
      ["s-1-other-spelling", 200],
      ["s-2", 403],
      ["s-2-other-spelling", 403],
      ["s-contested", 403],
      ["s-twin", 403],
      ["s-orphan", 403],
      ["s-nobody", 403],
      ["%7B%22%24ne%22%3Anull%7D", 403],
    ] as const) {
      backend.received.length = 0;
      const target = `${V2}/subscriptions/${id}`;
      const read = await askPort(gateway.port, { method: "GET", target, headers });
      const body = { subscription_id: decodeURIComponent(id), ...PAUSE };
      const pause = { method: "POST", target: `${V2}/customer/c-1/pause`, headers, body };
      const written = await askPort(gateway.port, pause);
      expect([id, read.status, written.status]).toEqual([id, status, status]);
      expect(backend.received).toHaveLength(status === 200 ? 2 : 0);
      if (status === 403) expect([read.code, written.code]).toEqual(["not-owner", "not-owner"]);
    }
    const own = await askPort(gateway.port, { method: "GET", target: "/api/orders/", headers });
    expect(JSON.parse(own.text)).toMatchObject([{ id: "o-1", user_id: "u-1" }]);
  });
});
