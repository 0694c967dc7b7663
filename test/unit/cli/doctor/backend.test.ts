import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkProbe } from "../../../../src/cli/doctor/check-probe.ts";
import { checkSecret } from "../../../../src/cli/doctor/check-secret.ts";
import { startLegacyBackend } from "../../../support/legacy-backend/start.ts";
import { freePort } from "../../../support/stores/redis-server.ts";

const OURS = "c2VjcmV0IG9mIHRoZSBiYWNrZW5kLCAzMiBieXRlcyBvciBtb3Jl";
const place = (upstream: string, secret: string | null = OURS) => ({
  upstream,
  secret,
  issuer: "https://login.earlybird.example",
  now: Date.now,
  randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
});

async function backend(secret: string) {
  const started = await startLegacyBackend({ secret });
  onTestFinished(() => started.stop());
  return started;
}

/** Whatever answers every request with one status. */
async function answering(status: number): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end());
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${port}`;
}

describe("doctor tries the backend's secret", () => {
  it("doctor is content with a backend that refuses the published secret and accepts the gateway's", async () => {
    const { received, url } = await backend(OURS);
    const lines = await checkSecret(place(url));
    expect(lines.map(({ state }) => state)).toEqual(["ok"]);
    // It names no person, and asks for one route that reads nothing of anybody.
    expect(new Set(received.map(({ target }) => target))).toEqual(
      new Set(["/api/phase0-v2/areas"]),
    );
    expect(received.map(({ claims }) => claims?.sub).filter(Boolean)).toEqual(["doorstep-doctor"]);
  });

  it("doctor finds a backend with the secret that is published in its code", async () => {
    const { url } = await backend("your-jwt-secret-key");
    const lines = await checkSecret(place(url));
    expect(lines.map(({ what }) => what)).toEqual([
      "the backend's JWT_SECRET is not set: it accepts the secret published in its code",
      "the backend refuses tokens signed with LEGACY_JWT_SECRET",
    ]);
    expect(JSON.stringify(lines)).not.toContain(OURS);
  });

  it("doctor finds a backend with another secret than the gateway's", async () => {
    const { url } = await backend(`${OURS}-other`);
    const lines = await checkSecret(place(url));
    expect(lines.map(({ state, what }) => [state, what])).toEqual([
      ["finding", "the backend refuses tokens signed with LEGACY_JWT_SECRET"],
    ]);
  });

  it("doctor calls no secret good where it could not be tried", async () => {
    const silent = await checkSecret(place(`http://127.0.0.1:${await freePort()}`));
    const open = await checkSecret(place(await answering(200)));
    const broken = await checkSecret(place(await answering(500)));
    const { url } = await backend(OURS);
    const untold = await checkSecret(place(url, null));
    for (const lines of [silent, open, broken, untold]) {
      expect(lines.map(({ state }) => state)).toEqual(["unknown"]);
    }
  });
});

describe("doctor --probe", () => {
  it("doctor --probe is content with a refused connection", async () => {
    const lines = await checkProbe(`http://127.0.0.1:${await freePort()}`);
    expect(lines.map(({ state }) => state)).toEqual(["ok"]);
  });

  it.each([200, 307, 404, 500])("doctor --probe finds an answer with status %i", async (status) => {
    const lines = await checkProbe(await answering(status));
    expect(lines.map(({ state }) => state)).toEqual(["finding"]);
  });

  it("doctor --probe does not take an address that could not be asked for a closed one", async () => {
    const lines = await checkProbe("http://no-such-host.invalid");
    expect(lines.map(({ state }) => state)).not.toContain("ok");
  });
});
