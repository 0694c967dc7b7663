import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  challengeFor,
  claimsOf,
  select,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { countBy } from "../../support/gateway/fleet.ts";
import { describeEdge, sharedPlace, withoutSearch } from "../edge-place.ts";

const PHONE = "9876500001";
const WAVES = 3;
/** So many proofs of one phone wait for a choice together. */
const AT_ONCE = 20;

const outcomeOf = ({ body }: Answer): string =>
  body.access_token === undefined ? String(body.code) : "token";

describeEdge("many at once at the built Worker", () => {
  const place = sharedPlace();

  beforeEach(async () => {
    const { mongo } = place();
    await Promise.all([mongo.clear("users"), mongo.clear("customers_v2")]);
  });

  /** Asks as a client does that was told to try again: among so many a turn is lost, or late. */
  async function persistently(
    ask: () => Promise<Answer>,
    isLater: (answer: Answer) => boolean,
  ): Promise<Answer> {
    for (;;) {
      const answer = await ask();
      if (!isLater(answer)) return answer;
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      await sleep(50);
    }
  }

  /** A store that is asked by fifty at once may answer too late on a machine that has no time. */
  const isOverloaded = ({ body, status }: Answer): boolean =>
    status === 503 && body.code === "store-unavailable";
  const verifyTimes = (times: number, challenge: string, code: string): Promise<Answer[]> =>
    Promise.all(
      Array.from({ length: times }, () =>
        persistently(() => verify(place(), challenge, code), isOverloaded),
      ),
    );
  const selected = (token: string): Promise<Answer> =>
    persistently(
      () => select(place(), token, "c-1"),
      (answer) => isOverloaded(answer) || answer.body.code === "rate-limited",
    );

  it("many at once at the built Worker give fifty with one right code one token, one user and one session", async () => {
    const { mongo } = place();
    await mongo.put("customers_v2", [customer("c-1", PHONE)]);
    const { challenge_id, code } = await challengeFor(place(), PHONE);
    const answers = await verifyTimes(50, challenge_id, code);
    expect(countBy(answers.map(outcomeOf))).toEqual({ token: 1, "otp-rejected": 49 });
    expect(await mongo.documents("users")).toHaveLength(1);
    const token = answers.find((answer) => outcomeOf(answer) === "token")?.body.access_token;
    const authorization = `Bearer ${token}`;
    const sessions = await place().worker.request("/auth/sessions", { headers: { authorization } });
    expect(((await sessions.json()) as { sessions: unknown[] }).sessions).toHaveLength(1);
  }, 60_000);

  it("many at once at the built Worker count five of fifty wrong codes; the right one is exhausted with them", async () => {
    await place().mongo.put("customers_v2", [customer("c-9", "9876500009")]);
    const { challenge_id, code } = await challengeFor(place(), "9876500009");
    const answers = await verifyTimes(50, challenge_id, wrongFor(code));
    expect(countBy(answers.map(outcomeOf))).toEqual({ "otp-rejected": 5, "otp-exhausted": 45 });
    expect((await verify(place(), challenge_id, code)).body.code).toBe("otp-exhausted");
  }, 60_000);

  it("many at once at the built Worker end sixty first logins of one customer with one user and one link", async () => {
    const { mongo } = place();
    await mongo.put("customers_v2", [customer("c-1", PHONE), customer("c-2", `0${PHONE}`)]);
    const subjects = new Set<unknown>();
    for (let wave = 0; wave < WAVES; wave++) {
      const tokens: string[] = [];
      // One after another: of two codes of one phone that are asked for at once, nobody could tell
      // whose is whose.
      while (tokens.length < AT_ONCE) {
        const { challenge_id, code } = await challengeFor(withoutSearch(place()), PHONE);
        const { body } = await verify(place(), challenge_id, code);
        expect(body.selection_token).toBeDefined();
        tokens.push(body.selection_token);
      }
      const answers = await Promise.all(tokens.map(selected));
      expect(answers.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(200));
      expect(
        answers.some(({ body }) => body.first_login),
        "each wave races",
      ).toBe(true);
      for (const { body } of answers) subjects.add(claimsOf(body.access_token)["sub"]);
      // The migration that forgets all links: the next login is a first one again.
      if (wave === WAVES - 1) break;
      await mongo.db.collection("users").updateMany({}, { $set: { customer_v2_id: null } });
      await mongo.db.collection("customers_v2").updateMany({}, { $set: { user_id: null } });
    }
    const users = await mongo.documents("users");
    expect(users.map(({ id }) => id)).toEqual([...subjects]);
    const customers = await mongo.documents("customers_v2");
    const pointers = Object.fromEntries(customers.map(({ id, user_id }) => [id, user_id ?? null]));
    expect(pointers).toEqual({ "c-1": users[0]?.["id"], "c-2": null });
  }, 120_000);
});
