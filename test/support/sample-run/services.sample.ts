import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { describeWith } from "../stores/service.ts";

describeWith("a service", "not on this machine", "with the service", () => {
  it("is skipped", () => undefined);
  describe("deeper", () => {
    it("is skipped as well", () => undefined);
  });
});

describeWith("another", null, "with another service", () => {
  it("runs", () => undefined);
});

describe("the network", () => {
  it("is off", async () => {
    expect(() => connect(443, "203.0.113.7")).toThrow("network is off");
    await expect(fetch("http://203.0.113.7/")).rejects.toMatchObject({
      cause: { message: expect.stringContaining("network is off") },
    });
  });
});
