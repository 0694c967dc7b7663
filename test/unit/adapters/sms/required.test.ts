import { expect, it } from "vitest";
import { required } from "../../../../src/adapters/sms/required.ts";

it("a provider's setting that is missing stops the start by name: no request goes out without a credential", () => {
  expect(required("token", "ACME_TOKEN")).toBe("token");
  expect(() => required(null, "ACME_TOKEN")).toThrow(new TypeError("ACME_TOKEN is required"));
});
