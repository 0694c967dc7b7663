import { describe, expect, it } from "vitest";
import { banner } from "../../../src/cli/output/banner.ts";
import { loaded } from "../../support/gateway/load-settings.ts";

const bannerOf = (env: Record<string, string>): string =>
  banner(loaded({ NODE_ENV: "development", ...env }).settings);

describe("the banner", () => {
  it("the banner names the sample phones and the outbox where nothing is set", () => {
    const text = bannerOf({});
    expect(text).toContain("with embedded stores and sample data.");
    expect(text).toContain("9876500001  Asha Rao");
    expect(text).toContain("http://localhost:8787/login");
    expect(text).toContain("http://localhost:8787/dev/outbox");
  });

  it("the banner names no sample phone where MONGODB_URL has the customers, and no embedded store where REDIS_URL is set", () => {
    const MONGODB_URL = "mongodb://localhost:27017/earlybird";
    const mongo = bannerOf({ MONGODB_URL });
    expect(mongo).toContain("the customers of MONGODB_URL, and an embedded store for codes");
    expect(mongo).not.toMatch(/sample|98765|27017/i);
    const both = bannerOf({ MONGODB_URL, REDIS_URL: "redis://localhost:6379" });
    expect(both).not.toMatch(/embedded|6379/);
    const redis = bannerOf({ REDIS_URL: "redis://localhost:6379" });
    expect(redis).toContain("sample data, and the Redis of REDIS_URL for codes and sessions");
  });
});
