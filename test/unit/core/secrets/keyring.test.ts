import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64url, utf8 } from "../../../../src/core/bytes.ts";
import type { Phone, UserId } from "../../../../src/core/ids.ts";
import { createKeyring, type Purpose } from "../../../../src/core/secrets/keyring.ts";
import {
  bytes,
  expectedMac,
  forgetful,
  INDEX_KEY,
  keyOf,
  keyring,
  NEW,
  OLD,
  rotated,
} from "../../../support/core/keyring-fixture.ts";

const KINDS = ["challenge", "selection", "refresh", "device"] as const;
const PURPOSES: readonly Purpose[] = [
  "otp-code",
  ...KINDS,
  ...KINDS.map((kind) => `${kind}-check` as const),
];
const PHONE = "+919876543210" as Phone;
const part = fc.uint8Array({ maxLength: 40 }).map((array) => Uint8Array.from(array));
const hex = (array: Uint8Array | null) => array && Buffer.from(array).toString("hex");

describe("a MAC", () => {
  it("a MAC is HMAC-SHA-256 under the HKDF key of its purpose, as node:crypto computes both", async () => {
    for (const purpose of PURPOSES) {
      const parts = [bytes(32), bytes(25, 3)];
      const mac = await keyring.mac(purpose, "k1", ...parts);
      expect(hex(mac)).toBe(expectedMac(OLD.secret, purpose, ...parts).toString("hex"));
    }
  });
  it("a MAC is that for any parts, none and empty ones included", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
        const mac = await keyring.mac("refresh", "k1", ...parts);
        expect(hex(mac)).toBe(expectedMac(OLD.secret, "refresh", ...parts).toString("hex"));
      }),
    );
  });
  it("a MAC differs for every purpose and every key", async () => {
    const macs = await Promise.all(
      ["k1", "k2"].flatMap((id) => PURPOSES.map((purpose) => rotated.mac(purpose, id, bytes(32)))),
    );
    expect(new Set(macs.map(hex)).size).toBe(2 * PURPOSES.length);
  });
  it("a MAC differs for every two lists of parts, however the bytes are cut", async () => {
    const lists = fc.tuple(fc.array(part, { maxLength: 4 }), fc.array(part, { maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(lists, async ([one, other]) => {
        fc.pre(JSON.stringify(one.map(hex)) !== JSON.stringify(other.map(hex)));
        const macs = [await keyring.mac("device", "k1", ...one)];
        macs.push(await keyring.mac("device", "k1", ...other));
        expect(hex(macs[0] ?? null)).not.toBe(hex(macs[1] ?? null));
      }),
    );
    const whole = bytes(8);
    const cuts = await Promise.all(
      [[whole], [whole.slice(0, 3), whole.slice(3)], [whole, bytes(0)], [bytes(0), whole]].map(
        (parts) => keyring.mac("device", "k1", ...parts),
      ),
    );
    expect(new Set(cuts.map(hex)).size).toBe(4);
  });
  it("a MAC is null under a key that is not there, whatever the key is called", async () => {
    expect(await forgetful.mac("refresh", "k1", bytes(32))).toBeNull();
    for (const id of ["", "constructor", "__proto__", "K1", "k1 "])
      expect(await keyring.mac("refresh", id, bytes(32))).toBeNull();
  });
  it("a MAC is the same from every node and after a rotation", async () => {
    const another = createKeyring([OLD], INDEX_KEY);
    const [mac, ...others] = await Promise.all(
      [keyring, another, rotated].map((ring) => ring.mac("otp-code", "k1", bytes(32))),
    );
    for (const other of others) expect(hex(other)).toBe(hex(mac ?? null));
  });
  it("a MAC is right also where many ask at once before the key was derived", async () => {
    const fresh = createKeyring([OLD], INDEX_KEY);
    const macs = await Promise.all(
      Array.from({ length: 50 }, () => fresh.mac("refresh", "k1", bytes(32))),
    );
    expect(new Set(macs.map(hex)).size).toBe(1);
  });
});

describe("the key that makes", () => {
  it("the key that makes is the first", () => {
    expect([keyring.currentId, rotated.currentId, forgetful.currentId]).toEqual(["k1", "k2", "k2"]);
  });
});

describe("the name of a record", () => {
  it("the name of a record is 16 bytes of the HMAC under INDEX_KEY, as node:crypto computes it", async () => {
    const mac = expectedMac(INDEX_KEY, "index-phone", utf8(PHONE));
    expect(await keyring.phoneKey(PHONE)).toBe(toBase64url(mac.subarray(0, 16)));
    const user = expectedMac(INDEX_KEY, "index-user", utf8("u-1"));
    expect(await keyring.userKey("u-1" as UserId)).toBe(toBase64url(user.subarray(0, 16)));
  });
  it("the name of a record outlives every rotation of SECRET_KEYS", async () => {
    const names = await Promise.all(
      [keyring, rotated, forgetful].map((ring) => ring.phoneKey(PHONE)),
    );
    expect(new Set(names).size).toBe(1);
  });
  it("the name of a record is another under another INDEX_KEY", async () => {
    const other = createKeyring([OLD], new Uint8Array(32).fill(8));
    expect(await other.phoneKey(PHONE)).not.toBe(await keyring.phoneKey(PHONE));
  });
  it("the name of a record keeps phones and users apart, also where their texts are equal", async () => {
    expect(await keyring.userKey(PHONE as string as UserId)).not.toBe(
      await keyring.phoneKey(PHONE),
    );
  });
  it("the name of a record differs for every two users, however odd their ids", async () => {
    const ids = ["u-1", "U-1", "u-1 ", "", "\0", "é", "e\u0301", "x".repeat(70_000)];
    const names = await Promise.all(ids.map((id) => keyring.userKey(id as UserId)));
    expect(new Set(names).size).toBe(ids.length);
  });
  it("the name of a record is nothing that SECRET_KEYS could make, even where both are the same bytes", async () => {
    const same = createKeyring([keyOf("k1", 9), NEW], INDEX_KEY);
    const macs = await Promise.all(PURPOSES.map((purpose) => same.mac(purpose, "k1", utf8(PHONE))));
    const name = await same.phoneKey(PHONE);
    for (const mac of macs) expect(toBase64url((mac as Uint8Array).subarray(0, 16))).not.toBe(name);
  });
});
