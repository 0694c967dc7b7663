import { describe, expect, test } from "vitest";
import shared from "../../cases/phones.json" with { type: "json" };
import { customer } from "../../cases-extra/people.ts";
import { askForCode, challengeFor, newestCode, verify } from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";

const TYPED = shared.cases.filter((given) => given.in === "typed");
const STORED = shared.cases.filter((given) => given.in === "stored");
const good = <T extends { e164: string | null }>({ e164 }: T) => e164 !== null;
const title = ({ value }: { value: unknown }) => ({ value, shown: JSON.stringify(value) });

const withPhone = (phone: unknown) =>
  testGateway({ documents: { customers_v2: [customer("c-1", phone)] } });

test("the cases are all there", () => {
  expect(TYPED.length + STORED.length).toBe(shared.cases.length);
  expect(TYPED.length).toBeGreaterThan(30);
  expect(STORED.length).toBeGreaterThan(20);
});

describe("a phone as a person types it", () => {
  test.each(TYPED.filter(good).map(title))(
    "a phone as a person types it: $shown gets a code",
    async ({ value }) => {
      const gateway = await withPhone("9876543210");
      const { challenge_id, code } = await challengeFor(gateway, value as string);
      expect(gateway.outbox.latest().map(({ to }) => to)).toEqual(["+919876543210"]);
      expect((await verify(gateway, challenge_id, code)).body.customer.id).toBe("c-1");
    },
  );

  const refused = TYPED.filter((given) => !good(given)).map(title);
  test.each(refused)(
    "a phone as a person types it: $shown is refused before any message",
    async ({ value }) => {
      const gateway = await withPhone("9876543210");
      const answer = await askForCode(gateway, value as string);
      expect(answer.status).toBe(422);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.body.code).toBe("phone-unsupported");
      expect(gateway.outbox.latest()).toEqual([]);
    },
  );
});

describe("a phone as a document holds it", () => {
  test.each(STORED.filter(good).map(title))(
    "a phone as a document holds it: $shown is found and logs in",
    async ({ value }) => {
      const gateway = await withPhone(value);
      const { challenge_id, code } = await challengeFor(gateway, "9876543210");
      expect((await verify(gateway, challenge_id, code)).body.customer.id).toBe("c-1");
    },
  );

  const empty = STORED.filter((given) => !good(given)).map(title);
  test.each(empty)(
    "a phone as a document holds it: $shown is no phone: nobody gets a message",
    async ({ value }) => {
      const gateway = await withPhone(value);
      for (const typed of ["9876543210", "9876543211"]) {
        expect((await askForCode(gateway, typed)).status).toBe(202);
        expect(newestCode(gateway, typed)).toBeUndefined();
      }
      expect(gateway.runtime.errors).toEqual([]);
    },
  );

  test.each(
    [{ $numberDecimal: "9876543210" }, "tel:+91-98765-43210", "0919876543210"].map((value) =>
      title({ value }),
    ),
  )("a stored $shown, which LEGACY never saw, is found and logs in", async ({ value }) => {
    const gateway = await withPhone(value);
    const { challenge_id, code } = await challengeFor(gateway, "9876543210");
    expect((await verify(gateway, challenge_id, code)).body.customer.id).toBe("c-1");
  });

  test("two numbers in one field get nobody a message, and the log names the customer", async () => {
    const gateway = await withPhone("9876543210 / 9876543211");
    for (const typed of ["9876543210", "9876543211", "9876543212"]) {
      await askForCode(gateway, typed);
      expect(newestCode(gateway, typed)).toBeUndefined();
      await gateway.runtime.settle();
    }
    const lines = gateway.lines.filter((line) => line.includes("phone-unreadable"));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "warn", customerId: "c-1" },
      { level: "warn", customerId: "c-1" },
    ]);
    expect(lines.join()).not.toContain("98765432");
  });

  test("a rare spelling is found behind a thousand other customers", async () => {
    const others = Array.from({ length: 1200 }, (_, index) =>
      customer(`c-${index}`, `91111${String(index).padStart(5, "0")}`),
    );
    const last = customer("c-last", "(+91) 98765.43210", {
      _id: { $oid: "ffffffffffffffffffffffff" },
    });
    const gateway = await testGateway({ documents: { customers_v2: [...others, last] } });
    const { challenge_id, code } = await challengeFor(gateway, "9876543210");
    expect((await verify(gateway, challenge_id, code)).body.customer.id).toBe("c-last");
  });
});
