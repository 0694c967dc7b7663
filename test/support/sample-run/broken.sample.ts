import { beforeAll, describe, it } from "vitest";

describe("a suite that cannot begin", () => {
  beforeAll(() => {
    throw new Error("no beginning");
  });
  it("never runs", () => undefined);
});
