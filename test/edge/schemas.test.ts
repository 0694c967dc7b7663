import { expect, it } from "vitest";
import { schemasSuite } from "../integration/proxy/schemas.suite.ts";
import { member } from "../support/proxy/proxied-callers.ts";
import { describeEdge } from "./edge-place.ts";
import { type EdgeProxied, proxiedPlace } from "./proxied-place.ts";

describeEdge("schemas of the policy, through the built Worker", () => {
  let world: EdgeProxied;
  schemasSuite(async () => {
    world = await proxiedPlace();
    return world;
  });

  it("a body that is larger than its rule allows is refused by the Worker without being read", async () => {
    const { authorization } = await member(world, "admin");
    const asked = {
      method: "PUT",
      target: "/api/phase0-v2/customers/c-1",
      headers: [["authorization", `${authorization}`]] as const,
      body: { house_image_url: "A".repeat(8 * 1024 * 1024) },
    };
    // The harness may reset the connection, because it sends on what the Worker does not read.
    await world.ask(asked).catch(() => undefined);
    const refused = () =>
      world.place.worker.log().filter(({ code }) => code === "payload-too-large");
    await expect.poll(refused).toMatchObject([{ event: "request", status: 413 }]);
    expect(world.backend.received).toEqual([]);
  });
});
