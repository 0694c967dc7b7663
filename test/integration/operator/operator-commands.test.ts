import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { readGatewayUrl } from "../../../src/cli/remote/ask-gateway.ts";
import { ADMIN_TOKEN } from "../../support/gateway/admin-token.ts";
import {
  answering,
  type Env,
  LANE,
  listener,
  NOBODY,
  PHONE,
  run,
} from "../../support/gateway/command-listener.ts";
import { temporaryFolder } from "../../support/gateway/gateway-process.ts";
import { freePort } from "../../support/stores/redis-server.ts";

describe("a command for the operator", () => {
  test.each([
    [["who"]],
    [["who", "a", "b"]],
    [["who", "a", "--apply"]],
    [["who", "a", "--sid=b"]],
    [["who", "a", "--gateway"]],
    [["unlock"]],
    [["unlock", ""]],
    [["unlock", "a", "b"]],
    [["unlock", "a", "--sid=b"]],
    [["sessions"]],
    [["sessions", "list"]],
    [["sessions", "end", "a"]],
    [["sessions", "list", "a", "--apply"]],
    [["sessions", "revoke", "a", "b"]],
    [["sessions", "revoke", "a", "--all"]],
  ])("a command for the operator: %j is told how it is used", async (line) => {
    const { code, err, out } = await run(line);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^Usage: doorstep /m);
  });

  test("a command for the operator sends the token in the clear to this machine alone, and to no URL that hides where it goes", () => {
    for (const url of ["https://door.example", "http://localhost:8787", "http://[::1]:1"]) {
      expect(readGatewayUrl(url).ok, url).toBe(true);
    }
    for (const url of [
      "http://door.example",
      "http://localhost.door.example",
      "http://127.0.0.1.door.example",
      "https://user:word@door.example",
      "https://door.example/auth",
      "https://door.example?x=1",
      "ftp://localhost",
      "door.example",
      "",
    ]) {
      expect(readGatewayUrl(url).ok, url).toBe(false);
    }
  });

  test("a command for the operator asks no gateway without a token, with a bad one, or without https", async () => {
    const { asked, url } = await listener(answering(200, NOBODY));
    const folder = temporaryFolder();
    const file = (text: string) => {
      const path = join(folder, `${text.length}`);
      writeFileSync(path, text);
      return path;
    };
    const line = ["sessions", "list", PHONE, `--gateway=${url}`];
    const cases: readonly (readonly [Env, string])[] = [
      [{}, "is required by --gateway"],
      [{ ADMIN_TOKEN: "short" }, "must be 32 to 512"],
      [{ ADMIN_TOKEN: `${ADMIN_TOKEN}\nX-Other: 1` }, "must be 32 to 512"],
      [{ ADMIN_TOKEN, ADMIN_TOKEN_FILE: file(ADMIN_TOKEN) }, "must not be set beside"],
      [{ ADMIN_TOKEN_FILE: file("short") }, "must be 32 to 512"],
      [{ ADMIN_TOKEN_FILE: join(folder, "none") }, "cannot be read"],
    ];
    for (const [env, sentence] of cases) {
      const { code, err, out } = await run(line, env);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(new RegExp(`^ADMIN_TOKEN .*${sentence}`));
      expect(err).not.toContain("short");
    }
    const plain = await run(["who", PHONE, "--gateway=http://door.example"]);
    expect(plain).toMatchObject({ code: 2, err: expect.stringContaining("must be https") });
    expect(asked).toEqual([]);
    const kept = await run(line, { ADMIN_TOKEN_FILE: file(`${ADMIN_TOKEN}\n`) });
    expect(kept).toEqual({ code: 1, out: "no such person\n", err: "" });
    expect(asked).toEqual([
      {
        url: "/auth/admin/sessions",
        authorization: `Bearer ${ADMIN_TOKEN}`,
        body: { who: PHONE },
      },
    ]);
  });

  test.each([
    [401, { code: "token-invalid" }, 2, "refused this ADMIN_TOKEN"],
    [404, { code: "not-found" }, 2, "without ADMIN_TOKEN"],
    [422, { code: "phone-unsupported" }, 2, "not a mobile number"],
    [429, { code: "rate-limited" }, 3, "Try again"],
    [503, { code: "store-unavailable" }, 3, "store"],
    [500, { code: "internal" }, 3, "refused: internal"],
    [500, { code: `\u001b[2J${ADMIN_TOKEN}` }, 3, "answers 500"],
    [502, "<html>Bad gateway</html>", 3, "answers 502"],
    [200, "<html>Log in to the hotel's network</html>", 3, "does not understand"],
    [200, { ...NOBODY, users: "none" }, 3, "does not understand"],
    [200, "null", 3, "does not understand"],
  ])("a command answered %i %j ends in words and %i", async (status, body, code, sentence) => {
    const { url } = await listener(answering(status, body));
    const ended = await run(["sessions", "list", PHONE, `--gateway=${url}`]);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(sentence);
    expect(ended.err).not.toContain(ADMIN_TOKEN);
    expect(ended.err).not.toContain("\u001b");
  });

  test("a command for the operator does not follow to another place: the token is for this one", async () => {
    const other = await listener(answering(200, NOBODY));
    const { url } = await listener(answering(307, "", { location: `${other.url}/auth/admin/who` }));
    const ended = await run(["who", PHONE, `--gateway=${url}`]);
    expect(ended).toMatchObject({ code: 3, err: expect.stringContaining("answers 307") });
    expect(other.asked).toEqual([]);
  });

  test("a command for the operator ends with 3 where nobody listens, and where nobody answers within ten seconds", async () => {
    const nobody = await run(["who", PHONE, `--gateway=http://127.0.0.1:${await freePort()}`]);
    expect(nobody).toMatchObject({ code: 3, out: "", err: expect.stringMatching(/reached\.\n$/) });
    const timeout = vi.spyOn(AbortSignal, "timeout");
    timeout.mockImplementation((ms) => {
      expect(ms).toBe(10_000);
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException("late", "TimeoutError")), 20);
      return controller.signal;
    });
    onTestFinished(() => timeout.mockRestore());
    // Says half of an answer, and then no more.
    const { url } = await listener((_, response) => void response.writeHead(200).write("{"));
    const late = await run(["who", PHONE, `--gateway=${url}`]);
    expect(late).toMatchObject({ code: 3, err: expect.stringContaining("within ten seconds") });
  });
});

describe("`doorstep unlock`", () => {
  test("`doorstep unlock` exits 1 with a plan, 0 when it is done and where there is nothing to do", async () => {
    let applied = false;
    let lanes = [LANE, { ...LANE, customer_id: "c-1\u009b\u202e", locked_until: null }];
    const { asked, url } = await listener((request, response) =>
      answering(200, { phone: "+919876500001", applied, lanes })(request, response),
    );
    const line = ["unlock", PHONE, `--gateway=${url}`];
    expect(await run(line)).toEqual({
      code: 1,
      out: [
        "+919876500001",
        "  would forgive the phone: 15 wrong in a row, 20 wrong in 24 h, LOCKED until 2026-11-27T00:00:00.000Z",
        "  would forgive known devices of c-1??: 15 wrong in a row, 20 wrong in 24 h",
        "",
      ].join("\n"),
      err: "Nothing was written. --apply unlocks.\n",
    });
    applied = true;
    const done = await run([...line, "--apply", "--yes"]);
    expect([done.code, done.err]).toEqual([0, ""]);
    expect(done.out).toContain("  forgave the phone:");
    lanes = [];
    expect(await run(line)).toEqual({
      code: 0,
      out: "+919876500001\n  nothing to forgive\n",
      err: "",
    });
    expect(asked.map(({ body }) => body)).toEqual([
      { phone: PHONE, apply: false },
      { phone: PHONE, apply: true },
      { phone: PHONE, apply: false },
    ]);
  });
});

describe("`doorstep unlock --apply` at a terminal", () => {
  test("`doorstep unlock --apply` at a terminal shows the plan, and unlocks after the gateway's host name alone", async () => {
    const { asked, url } = await listener((request, response) => {
      const applied = asked.at(-1)?.body as { readonly apply: boolean };
      answering(200, { phone: "+919876500001", applied: applied.apply, lanes: [LANE] })(
        request,
        response,
      );
    });
    const line = ["unlock", PHONE, `--gateway=${url}`, "--apply"];
    for (const answer of ["", "y", "door.example"]) {
      const refused = await run(line, { ADMIN_TOKEN }, answer);
      expect([refused.code, refused.out]).toEqual([1, ""]);
      expect(refused.err).toContain("would forgive the phone: 15 wrong");
      expect(refused.err).toContain("Type the name 127.0.0.1 to go on: ");
    }
    expect(asked.every(({ body }) => (body as { apply: boolean }).apply === false)).toBe(true);
    const done = await run(line, { ADMIN_TOKEN }, "127.0.0.1");
    expect([done.code, done.out]).toEqual([0, expect.stringContaining("  forgave the phone:")]);
    const unattended = await run(line);
    expect([unattended.code, unattended.out]).toEqual([2, ""]);
  });
});

describe("`doorstep sessions revoke`", () => {
  const users = [
    {
      user_id: "u-1",
      known_devices: 1,
      sessions: [
        {
          sid: "s-1",
          client_id: "doorstep",
          customer_id: "c-1",
          user_agent: "Phone\u001b[2J",
          created_at: "2026-11-01T00:00:00.000Z",
          last_used_at: "2026-11-02T00:00:00.000Z",
          expires_at: "2026-12-01T00:00:00.000Z",
        },
      ],
    },
  ];

  test.each([
    [[], { anybody: true, applied: false, users }, 1, "would end:\nuser u-1: 1 session"],
    [
      ["--apply", "--yes"],
      { anybody: true, applied: true, users },
      0,
      "ended:\nuser u-1: 1 session",
    ],
    [["--apply", "--yes"], { anybody: true, applied: true, users: [] }, 0, "no sessions\n"],
    [["--apply", "--yes"], { anybody: false, applied: true, users: [] }, 1, "no such person\n"],
    [["--sid=s-9"], { anybody: true, applied: false, users: [] }, 1, "no such session\n"],
  ])("revoking with %j, answered %j, exits %i", async (options, answer, code, text) => {
    for (const complete of [true, false]) {
      const { asked, url } = await listener(answering(200, { ...answer, complete }));
      const ended = await run(["sessions", "revoke", PHONE, ...options, `--gateway=${url}`]);
      expect([ended.code, ended.out]).toEqual([code, expect.stringContaining(text)]);
      expect(
        ended.out.includes("before every record was read"),
        "says where it saw but a part",
      ).toBe(!complete);
      expect(ended.out).not.toContain("\u001b");
      const sid = options.includes("--sid=s-9") ? { sid: "s-9" } : {};
      expect(asked[0]?.body).toEqual({ who: PHONE, apply: options.includes("--apply"), ...sid });
    }
  });
});
