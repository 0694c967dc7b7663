import { describe, expect, it } from "vitest";
import type { PhoneKey, UserKey } from "../../../src/core/ids.ts";
import { EMPTY_PHONE_RECORD } from "../../../src/core/otp/phone-record.ts";
import { ok } from "../../../src/core/result.ts";
import { EMPTY_USER_RECORD, type UserRecord } from "../../../src/core/sessions/user-record.ts";
import {
  changePhoneRecord,
  changeUserRecord,
  readPhoneRecord,
  readUserRecord,
} from "../../../src/flows/state/change-record.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { DAY, MINUTE, NOW } from "../../support/core/challenge-fixture.ts";
import { KEY, recordGateway, sentAt, spent, USER } from "../../support/gateway/record-gateway.ts";

describe("a change of a record", () => {
  it("a change of a record reads, decides and writes once: where there was none, on an empty record", async () => {
    const { gateway, state } = recordGateway();
    const outcome = await changePhoneRecord(gateway, KEY, (record, now) => {
      expect([record, now]).toEqual([EMPTY_PHONE_RECORD, NOW]);
      return { record: sentAt(now), outcome: ok("done") };
    });
    expect(outcome).toEqual(ok("done"));
    expect(state.commands).toEqual(["read phone/the-phone", "write phone/the-phone"]);
    expect(state.values.get("phone/the-phone")?.value).toMatchObject({
      v: 2,
      record: { common: { sends: [NOW] } },
    });
    expect((await readPhoneRecord(gateway, KEY)).record).toEqual(sentAt(NOW));
  });
  it("a change of a record lets a record live as long as anything in it, and no longer", async () => {
    const { clock, gateway, state } = recordGateway();
    await changePhoneRecord(gateway, KEY, (_, now) => ({ record: sentAt(now), outcome: 0 }));
    expect(state.values.get("phone/the-phone")?.expiresAt).toBe(NOW + DAY);
    await changeUserRecord(gateway, USER, () => ({ record: spent("a"), outcome: 0 }));
    expect(state.values.get("user/the-user")?.expiresAt).toBe(NOW + MINUTE);
    clock.now = NOW + MINUTE;
    expect(await readUserRecord(gateway, USER)).toEqual({
      record: EMPTY_USER_RECORD,
      version: null,
    });
  });
  it("a change of a record writes nothing where the decision wants nothing written", async () => {
    const { gateway, state } = recordGateway();
    expect(
      await changePhoneRecord(gateway, KEY, () => ({ record: null, outcome: "refused" })),
    ).toBe("refused");
    expect(state.commands).toEqual(["read phone/the-phone"]);
  });
  it("a change of a record saves a read where the caller has just read, and reads again only after a lost race", async () => {
    const { gateway, state } = recordGateway();
    const start = await readUserRecord(gateway, USER);
    await changeUserRecord(gateway, USER, () => ({ record: spent("a"), outcome: 0 }), start);
    expect(state.commands).toEqual(["read user/the-user", "write user/the-user"]);
    const seen: number[] = [];
    const decide = (record: UserRecord) => {
      seen.push(record.redeemed.length);
      return { record: spent("b"), outcome: 0 };
    };
    await changeUserRecord(gateway, USER, decide, start);
    expect(seen).toEqual([0, 1]);
    expect(state.commands.slice(2)).toEqual([
      "write user/the-user",
      "read user/the-user",
      "write user/the-user",
    ]);
  });
  it("a change of a record keeps phones and users apart, also where their keys are equal", async () => {
    const { gateway, state } = recordGateway();
    await changePhoneRecord(gateway, "k" as PhoneKey, () => ({ record: sentAt(NOW), outcome: 0 }));
    await changeUserRecord(gateway, "k" as UserKey, () => ({ record: spent("a"), outcome: 0 }));
    expect([...state.values.keys()]).toEqual(["phone/k", "user/k"]);
  });
});

describe("a record that another version of the gateway wrote", () => {
  it("a whole record of the first version is read as it was, and written in the shape of today", async () => {
    const { gateway, state } = recordGateway();
    state.put("phone/the-phone", { v: 1, write: "w", record: sentAt(NOW) as never });
    expect((await readPhoneRecord(gateway, KEY)).record).toEqual(sentAt(NOW));
    await changePhoneRecord(gateway, KEY, (record) => ({ record, outcome: 0 }));
    expect(state.values.get("phone/the-phone")?.value).toMatchObject({ v: 2 });
    expect((await readPhoneRecord(gateway, KEY)).record).toEqual(sentAt(NOW));
  });
  it("a record that another version of the gateway wrote is neither read nor written over: what it means is not known here", async () => {
    const { gateway, state } = recordGateway();
    state.put("phone/the-phone", { v: 3, record: { ...sentAt(NOW), later: true } as never });
    const standing = state.values.get("phone/the-phone");
    await expect(readPhoneRecord(gateway, KEY)).rejects.toThrow(AdapterError);
    const change = changePhoneRecord(gateway, KEY, (record) => ({ record, outcome: 0 }));
    await expect(change).rejects.toThrow(AdapterError);
    expect(state.values.get("phone/the-phone")).toEqual(standing);
  });
});
