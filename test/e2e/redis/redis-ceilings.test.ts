import { expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { BEHIND_A_PROXY } from "../../support/gateway/come-from.ts";
import {
  audited,
  describeFleet,
  logOf,
  message,
  sharedFleet,
} from "../../support/gateway/fleet.ts";
import { send, type WireAnswer } from "../../support/gateway/gateway-client.ts";

/** Long enough for a busy machine to fill it: windows of an hour begin on the hour. */
const LIMIT = 20;
const phoneOf = (n: number): string => `98765${10_000 + n}`;
const unknownOf = (n: number): string => `98111${10_000 + n}`;
const OWNER = phoneOf(90);
const customers = [...Array(40).keys(), 90].map((n) => customer(`c-${n}`, phoneOf(n)));

describeFleet("a ceiling of the service, with two gateways on Redis,", () => {
  const fleet = sharedFleet({
    customers,
    env: { ...BEHIND_A_PROXY, LIMIT_SENDS_PER_SERVICE: `${LIMIT}/1d` },
  });

  const from = (address: string) => ({ "x-forwarded-for": address });
  const ask = (turn: number, address: string, phone: string, more: object = {}) => {
    const at = fleet().gateways[turn % 2 === 0 ? 0 : 1];
    return send(at, "POST", "/auth/otp", { phone, ...more }, from(address));
  };

  it("a ceiling of the service, with two gateways on Redis, is one for both: a flooding network waits, then all strangers, known devices never", async () => {
    const [gateway] = fleet().gateways;
    const asked = await ask(0, "192.0.2.10", OWNER);
    const { code } = await message(fleet(), OWNER);
    const typed = { challenge_id: asked.body.challenge_id, code };
    const login = await send(gateway, "POST", "/auth/otp/verify", typed, from("192.0.2.10"));
    const { device_token } = login.body;

    const flood: string[] = [];
    for (let n = 0; n < 12; n++) flood.push(kindOf(await ask(n, "198.51.100.66", unknownOf(n))));
    expect(flood).toEqual([...Array(9).fill("202"), ...Array(3).fill("429 rate-limited")]);

    const people: string[] = [];
    for (let n = 0; n < 12; n++) people.push(kindOf(await ask(n, `203.0.${n}.7`, phoneOf(n))));
    expect(people).toEqual([...Array(10).fill("202"), ...Array(2).fill("503 sms-unavailable")]);

    for (const turn of [0, 1]) {
      const known = await ask(turn, "203.0.99.7", OWNER, { device_token });
      expect(known.body.code, "its own lane").not.toBe("sms-unavailable");
    }
    expect(kindOf(await ask(1, "192.0.2.99", phoneOf(30))), "a proven network").toBe("202");
    for (const one of fleet().gateways) {
      const said = one.log().filter(({ event }) => event === "ceiling-reached");
      expect(said).toMatchObject([{ level: "error", ceiling: `requests ${LIMIT}/86400s` }]);
    }
    expect(audited(logOf(fleet()), "ceiling.reached")).toHaveLength(2);
  });
});

const kindOf = ({ body, status }: WireAnswer): string => `${status} ${body.code ?? ""}`.trim();
