import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ask,
  logInAt,
  openChallenge,
  refresh,
  send,
  verify,
  type WireAnswer,
  withToken,
} from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import {
  authorizeQuery,
  exchange,
  locationOf,
  OAUTH_ENV,
  pkce,
} from "../../support/gateway/oauth-client.ts";
import { pageBrowser } from "../../support/login/page-browser.ts";

const SENDS = 40;
const FAILURES = 12;

/** One address for both, as behind a balancer; ceilings that the last two tests reach. */
const ENV = {
  ...OAUTH_ENV,
  PUBLIC_URL: "http://localhost:8787",
  LIMIT_SENDS_PER_SERVICE: `${SENDS}/1h`,
  LIMIT_FAILURES_PER_SERVICE: `${FAILURES}/1h`,
};

/** The helpers of calls in process, over a real socket. */
const over = ({ url }: GatewayProcess) => ({
  app: {
    request(path: string, init: RequestInit = {}): Promise<Response> {
      const { pathname, search } = new URL(path, ENV.PUBLIC_URL);
      return fetch(url + pathname + search, { ...init, redirect: "manual" });
    },
  },
});

const countOf = (answers: readonly { readonly status: number }[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

describe("two processes on one file, asked at the same instant,", () => {
  const cleanups: (() => Promise<void> | void)[] = [];
  let pair: readonly GatewayProcess[] = [];
  const at = (n: number) => pair[n % 2] as GatewayProcess;
  /** What both count together, from the first test on. */
  let [accepted, failed] = [0, 0];

  const challengeAt = (gateway: GatewayProcess, phone: string) => {
    accepted++;
    return openChallenge(gateway, phone);
  };
  /** The same call to both processes in turn, all at once. */
  const together = (
    count: number,
    call: (gateway: GatewayProcess, n: number) => Promise<WireAnswer>,
  ) => Promise.all(Array.from({ length: count }, (_, n) => call(at(n), n)));

  beforeAll(async () => {
    const atTheEnd = (cleanup: () => Promise<void> | void) => void cleanups.unshift(cleanup);
    const folder = temporaryFolder(atTheEnd);
    pair = await Promise.all([
      startGateway(folder, ENV, atTheEnd),
      startGateway(folder, ENV, atTheEnd),
    ]);
  });
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  it("compare five of twenty wrong codes with one challenge, and then the right one no more", async () => {
    const { code, id } = await challengeAt(at(0), "9876500002");
    const wrong = (n: number) => String((Number(code) + 1 + n) % 1_000_000).padStart(6, "0");
    const tried = await together(20, (gateway, n) => verify(gateway, id, wrong(n)));
    failed += countOf(tried, 400);
    expect(countOf(tried, 400)).toBeLessThanOrEqual(5);
    expect(countOf(tried, 400)).toBeGreaterThan(0);
    expect(countOf(tried, 400) + countOf(tried, 429)).toBe(20);
    const left = tried.map(({ body }) => body.attempts_remaining).filter((n) => n !== undefined);
    expect(new Set(left).size).toBe(left.length);
  });

  it("send a phone three messages for twelve requests from twelve networks", async () => {
    const asked = await together(12, (gateway) => ask(gateway, "9876500003"));
    accepted += countOf(asked, 202);
    expect(countOf(asked, 202)).toBeLessThanOrEqual(3);
    expect(countOf(asked, 202) + countOf(asked, 429)).toBe(12);
  });

  it("give one customer's tokens for one selection, shown ten times", async () => {
    const { code, id } = await challengeAt(at(1), "9876500016");
    const { customers, selection_token } = (await verify(at(0), id, code)).body;
    const choice = { selection_token, customer_v2_id: customers[0].customer_v2_id };
    const chosen = await together(10, (gateway) =>
      send(gateway, "POST", "/auth/otp/select", choice),
    );
    expect(countOf(chosen, 200)).toBe(1);
  });

  it("rotate one refresh token to one successor, and end each session of one log-out everywhere", async () => {
    accepted++;
    const login = await logInAt(at(0), "9876500001");
    const turned = await together(8, (gateway) => refresh(gateway, login.refresh_token));
    const successors = turned.flatMap(({ body }) => body.refresh_token ?? []);
    expect(new Set(successors).size).toBe(1);
    // A refresh beside the log-out leaves no session standing, whichever is first.
    const [, ended] = await Promise.all([
      refresh(at(0), successors[0]),
      withToken(at(1), "DELETE", "/auth/sessions", turned[0]?.body.access_token),
    ]);
    expect(ended.status).toBe(204);
    expect((await refresh(at(0), successors[0])).body.error).toBe("invalid_grant");
  });

  it("redeem an app's code once, and end its session because the code was shown again", async () => {
    const proof = pkce();
    const browser = pageBrowser(over(at(0)));
    await browser.open(`/auth/authorize?${authorizeQuery(proof)}`);
    accepted++;
    // A phone of this test alone: an earlier message would be taken for the newest.
    await browser.submit(/name="phone"/, { phone: "9876500004" });
    const code = await codeAt(at(0), "9876500004");
    const { hops } = await browser.submit(/name="code"/, { code });
    const back = locationOf(hops.at(-1) as Response).searchParams.get("code") ?? "";
    expect(back).toMatch(/^dsa_/);
    const redeemed = await Promise.all(
      Array.from({ length: 8 }, (_, n) => exchange(over(at(n)), back, proof)),
    );
    expect(countOf(redeemed, 200)).toBeLessThanOrEqual(1);
    expect(countOf(redeemed, 400)).toBeGreaterThanOrEqual(7);
    for (const { body } of redeemed.filter(({ status }) => status === 200)) {
      const form = { grant_type: "refresh_token", client_id: "shop" };
      const again = await send(at(1), "POST", "/auth/token", {
        ...form,
        refresh_token: body.refresh_token,
      });
      expect(again.body.error).toBe("invalid_grant");
    }
  });

  it("compare no more wrong codes than the service's ceiling allows to both together", async () => {
    const asked = await together(6, (gateway, n) => ask(gateway, `98111000${10 + n}`));
    accepted += countOf(asked, 202);
    const ids = asked.map(({ body }) => body.challenge_id);
    const tried = await together(30, (gateway, n) => verify(gateway, ids[n % 6], "000000"));
    failed += countOf(tried, 400);
    expect(failed).toBeLessThanOrEqual(FAILURES);
    expect(failed).toBeGreaterThanOrEqual(FAILURES / 2);
    const { status } = await verify(at(0), ids[0], "000001");
    expect(status).not.toBe(400);
  });

  it("accept no more requests than the service's ceiling allows to both together", async () => {
    const asked = await together(2 * SENDS, (gateway, n) => ask(gateway, `98222${10_000 + n}`));
    accepted += countOf(asked, 202);
    expect(accepted).toBeLessThanOrEqual(SENDS);
    expect(accepted).toBeGreaterThanOrEqual(SENDS / 2);
    for (const gateway of pair) expect((await ask(gateway, "9822299999")).status).not.toBe(202);
  });
});

/** The newest code for a phone, once it was sent. */
async function codeAt(gateway: GatewayProcess, phone: string): Promise<string> {
  const newest = async (): Promise<string> => {
    const { body } = await send(gateway, "GET", "/dev/outbox");
    return body.messages.find(({ to }: { to: string }) => to === `+91${phone}`)?.code ?? "";
  };
  await expect.poll(newest).not.toBe("");
  return newest();
}
