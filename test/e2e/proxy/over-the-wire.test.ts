import { type IncomingHttpHeaders, request } from "node:http";
import { describe, expect, it } from "vitest";
import {
  ask,
  openChallenge,
  refresh,
  send,
  verify,
  withToken,
} from "../../support/gateway/gateway-client.ts";
import { type GatewayProcess, sharedGateway } from "../../support/gateway/gateway-process.ts";
import { rawExchange } from "../../support/proxy/raw-client.ts";

const PAGE = "http://localhost:3000";

interface Raw {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** With any header, Host and Origin too, which fetch keeps for itself. */
function exchange(
  { port }: GatewayProcess,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.on("error", reject).end();
  });
}

describe("HEAD and OPTIONS", () => {
  const gateway = sharedGateway();

  it("HEAD and OPTIONS give the head of GET, without a body", async () => {
    for (const path of ["/healthz", "/.well-known/jwks.json", "/problems/otp-rejected"]) {
      const [get, head] = [
        await exchange(gateway(), "GET", path),
        await exchange(gateway(), "HEAD", path),
      ];
      expect([head.status, head.text]).toEqual([200, ""]);
      for (const name of ["content-type", "cache-control", "x-content-type-options"]) {
        expect(head.headers[name]).toBe(get.headers[name]);
      }
    }
    expect((await exchange(gateway(), "HEAD", "/auth/otp")).status).toBe(405);
    expect((await exchange(gateway(), "HEAD", "/nowhere")).status).toBe(404);
  });

  it("HEAD and OPTIONS let the web app's page call, and show it Retry-After and X-Request-Id", async () => {
    const preflight = await exchange(gateway(), "OPTIONS", "/auth/otp", {
      origin: PAGE,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": PAGE,
      "access-control-allow-methods": expect.stringContaining("POST"),
      "access-control-allow-headers": expect.stringMatching(/content-type/i),
      vary: expect.stringContaining("Origin"),
    });
    const answer = await exchange(gateway(), "GET", "/auth/me", { origin: PAGE });
    expect(answer.status).toBe(401);
    expect(answer.headers["access-control-allow-origin"]).toBe(PAGE);
    const exposed = `${answer.headers["access-control-expose-headers"]}`.split(/, ?/);
    expect(exposed).toEqual(expect.arrayContaining(["Retry-After", "X-Request-Id"]));
    expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
  });

  it("HEAD and OPTIONS let no other page call", async () => {
    for (const origin of ["http://evil.example", "http://localhost:3002", "null"]) {
      const preflight = await exchange(gateway(), "OPTIONS", "/auth/otp", {
        origin,
        "access-control-request-method": "POST",
      });
      expect(preflight.headers["access-control-allow-origin"]).toBeUndefined();
    }
  });
});

describe("/dev/outbox", () => {
  const gateway = sharedGateway();

  it("/dev/outbox is shown to this machine, under each of its names", async () => {
    for (const host of ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"]) {
      const headers = { host: `${host}:${gateway().port}` };
      expect((await exchange(gateway(), "GET", "/dev/outbox", headers)).status).toBe(200);
    }
  });

  it("/dev/outbox is not shown to a page that made its own name resolve to this machine", async () => {
    const names = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"];
    // In capitals, or without a port's digits: not as node-server likes a host.
    for (const host of [...names, "EVIL.example", "[::2]", "user@localhost"]) {
      const headers = { host: `${host}:${gateway().port}` };
      const { status, text } = await exchange(gateway(), "GET", "/dev/outbox", headers);
      const isBroken = host.includes("@");
      expect([host, status, JSON.parse(text).code]).toEqual(
        isBroken ? [host, 400, "request-malformed"] : [host, 404, "not-found"],
      );
    }
    const old = await rawExchange(gateway(), "GET /dev/outbox HTTP/1.0\r\n\r\n");
    expect(old).toMatch(/^HTTP\/1\.1 404 /);
    const crossOrigin = { origin: PAGE, host: `localhost:${gateway().port}` };
    const { headers } = await exchange(gateway(), "GET", "/dev/outbox", crossOrigin);
    expect(headers["access-control-allow-origin"]).not.toBe("*");
  });
});

describe("the log", () => {
  const gateway = sharedGateway();

  it("the log has one JSON line for each request, and no phone, code, token or e-mail", async () => {
    const secrets = new Set<string>();
    let requests = 0;
    const counted = async <T extends { readonly headers: Headers }>(answer: Promise<T>) => {
      requests++;
      return answer;
    };
    const to = gateway();
    const phones = ["9876500001", "9876500016", "9876500012", "9876500021", "9111111111"];
    for (const phone of phones) {
      const { body } = await counted(ask(to, phone));
      secrets.add(phone).add(body.challenge_id);
      await counted(verify(to, body.challenge_id, "123456"));
      await counted(send(to, "POST", "/auth/otp/resend", { challenge_id: body.challenge_id }));
    }
    await counted(ask(to, "98765 00001 or ask the guard"));
    await counted(ask(to, "not-a-phone@customer.earlybird.com"));
    await counted(send(to, "GET", "/auth/otp/9876500001?phone=9876500001"));
    await counted(send(to, "GET", "/problems/9876500001"));
    await counted(withToken(to, "GET", "/auth/me", "eyJhbGciOiJub25lIn0.e30."));
    await counted(send(to, "POST", "/auth/otp/verify", { challenge_id: 9876500001, code: null }));

    const opened = await openChallenge(to, "9876500002");
    const login = (await counted(verify(to, opened.id, opened.code))).body;
    for (const secret of [opened.id, opened.code]) secrets.add(secret);
    for (const name of ["access_token", "refresh_token", "device_token"]) secrets.add(login[name]);
    const me = await counted(withToken(to, "GET", "/auth/me", login.access_token));
    secrets.add(me.body.user.email).add(me.body.user.name);
    const turned = (await counted(refresh(to, login.refresh_token))).body;
    secrets.add(turned.access_token).add(turned.refresh_token);
    await counted(withToken(to, "DELETE", "/auth/sessions/9876500002", login.access_token));
    await counted(withToken(to, "DELETE", "/auth/sessions", login.access_token));

    const outbox = await send(to, "GET", "/dev/outbox");
    for (const { code, to: phone } of outbox.body.messages) secrets.add(code).add(phone);
    expect(secrets.size).toBeGreaterThan(20);

    const lines = to
      .log()
      .filter(({ event, route }) => event === "request" && route !== "/dev/outbox");
    const expected = requests + 1; // openChallenge asked once as well
    expect(lines).toHaveLength(expected);
    expect(new Set(lines.map(({ request_id }) => request_id)).size).toBe(expected);
    const text = to.stdout();
    // What a random id holds by chance is no leak: codes are looked for as whole numbers.
    const leaked = [...secrets].filter((secret) =>
      /^\d{6}$/.test(secret)
        ? new RegExp(`(?<![\\w-])${secret}(?![\\w-])`).test(text)
        : text.includes(secret),
    );
    expect(leaked).toEqual([]);
    expect(text).not.toMatch(/@|98765|eyJ[\w-]+\.|ds[csrd]_\S+\./);
    expect(to.stderr().replace(/^ {4}\d{10} {2}.*$/gm, "")).not.toMatch(/\d{6}/);
  });
});
