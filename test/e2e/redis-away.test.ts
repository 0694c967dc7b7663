import { expect, it } from "vitest";
import { customer } from "../cases-extra/people.ts";
import { describeFleet, message, sharedFleet } from "../support/fleet.ts";
import { send, verify, type WireAnswer } from "../support/gateway-client.ts";
import type { GatewayProcess } from "../support/gateway-process.ts";
import { type TcpRelay, tcpRelay } from "../support/tcp-relay.ts";

const phoneOf = (n: number): string => `98765${10_000 + n}`;

describeFleet("Redis out of reach", () => {
  const fleet = sharedFleet({
    customers: [...Array(20).keys()].map((n) => customer(`c-${n}`, phoneOf(n))),
  });
  const WAYS: Record<string, (relay: TcpRelay) => unknown> = {
    refused: (relay) => relay.refuse(),
    cut: (relay) => relay.cut(),
    stalled: (relay) => relay.stall(),
    mute: (relay) => relay.mute(),
  };
  it.each(Object.keys(WAYS))(
    "%s",
    async (way) => {
      const port = Number(new URL(fleet().redis.url).port);
      const relay = await tcpRelay(port);
      const gateway = await fleet().start({ REDIS_URL: `redis://127.0.0.1:${relay.port}` });
      const n = Object.keys(WAYS).indexOf(way);
      const asked = await send(gateway, "POST", "/auth/otp", { phone: phoneOf(n) });
      const { code } = await message(fleet(), phoneOf(n));
      const login = await verify(gateway, asked.body.challenge_id, code);
      const open = await send(gateway, "POST", "/auth/otp", { phone: phoneOf(n) });
      await message(fleet(), phoneOf(n), 2);
      await WAYS[way]?.(relay);
      const time = async (name: string, answering: Promise<WireAnswer>) => {
        const t = performance.now();
        const a = await answering;
        console.log(
          way,
          name,
          a.status,
          a.body.code ?? a.body.error,
          a.headers.get("retry-after"),
          Math.round(performance.now() - t),
        );
      };
      for (let i = 0; i < 2; i++) {
        await time("otp", send(gateway, "POST", "/auth/otp", { phone: phoneOf(n) }));
        await time(
          "otp device",
          send(gateway, "POST", "/auth/otp", {
            phone: phoneOf(n),
            device_token: login.body.device_token,
          }),
        );
        await time("verify", verify(gateway, open.body.challenge_id, "000000"));
        await time(
          "token",
          send(gateway, "POST", "/auth/token", {
            grant_type: "refresh_token",
            refresh_token: login.body.refresh_token,
          }),
        );
        await time(
          "me",
          send(gateway, "GET", "/auth/me", undefined, {
            authorization: `Bearer ${login.body.access_token}`,
          }),
        );
        await time("readyz", send(gateway, "GET", "/readyz"));
      }
      await relay.resume();
      const t = performance.now();
      while ((await send(gateway, "GET", "/readyz")).status !== 200);
      console.log(way, "back after", Math.round(performance.now() - t));
      await gateway.end("SIGKILL");
      await relay.close();
    },
    60000,
  );
});
