import {
  Binary,
  BSONRegExp,
  Decimal128,
  Double,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from "mongodb";
import { expect, it } from "vitest";
import type { Directory } from "../../../src/ports/directory.ts";
import type { MongoData } from "../../support/stores/mongo-data.ts";
import { hex, readOne } from "../directory/directory-instance.ts";

/** Values that only BSON has, each with one close by. */
const VALUES: Readonly<Record<string, readonly [unknown, unknown]>> = {
  "a long": [Long.fromString("9007199254740993"), Long.fromString("9007199254740992")],
  "a small long": [Long.fromNumber(5), Long.fromNumber(6)],
  "a whole double": [new Double(5), new Double(6)],
  "a double": [new Double(0.1), new Double(0.2)],
  "a long of a phone": [Long.fromNumber(9876500001), Long.fromNumber(9876500002)],
  "not a number": [Number.NaN, 0],
  "a decimal": [Decimal128.fromString("1.10"), Decimal128.fromString("1.11")],
  "a date before 1970": [new Date(-1), new Date(0)],
  bytes: [new Binary(new Uint8Array([1, 2])), new Binary(new Uint8Array([1, 3]))],
  "an ObjectId": [new ObjectId(hex(1)), new ObjectId(hex(2))],
  "an ObjectId for its text": [new ObjectId(hex(1)), hex(1)],
  "a timestamp": [
    new Timestamp(Long.fromNumber(4_294_967_297)),
    new Timestamp(Long.fromNumber(4_294_967_298)),
  ],
  "the least key": [new MinKey(), new MaxKey()],
  "an object that looks like a date": [
    { $date: "2024-03-01T10:00:00.123Z" },
    new Date("2024-03-01T10:00:00.123Z"),
  ],
  "an object that looks like wrapped bytes": [{ $bson: "BQAAAAA" }, { $bson: "BQAAAAB" }],
  "a long inside": [{ a: [Long.fromString("9007199254740993")] }, { a: [9007199254740992] }],
};

/** A directory with a database of its own. */
export type BeginMongo = () => Promise<{
  readonly data: Pick<MongoData, "putRaw">;
  readonly directory: Directory;
}>;

/** What a guard must tell apart beyond what Extended JSON has. */
export function declareBsonGuards(begin: BeginMongo): void {
  for (const [what, [before, after]] of Object.entries(VALUES)) {
    it(`guards ${what}`, async () => {
      const { data, directory } = await begin();
      const user = (field: unknown) => ({ _id: new ObjectId(hex(1)), id: "u-1", field });
      await data.putRaw("users", [user(before)]);
      const read = await readOne(directory, "users", "u-1");
      const set = { set: { mark: 1 } };
      expect(await directory.changeUser(read, ["field"], set)).toBe("applied");
      await data.putRaw("users", [user(after)]);
      expect(await directory.changeUser(read, ["field"], set)).toBe("lost");
    });
  }

  it("takes no pattern for a text that it matches", async () => {
    const { data, directory } = await begin();
    const user = (field: unknown) => ({ _id: new ObjectId(hex(1)), id: "u-1", field });
    await data.putRaw("users", [user(new BSONRegExp("^a", ""))]);
    const read = await readOne(directory, "users", "u-1");
    await data.putRaw("users", [user("abc")]);
    expect(await directory.changeUser(read, ["field"], { set: { mark: 1 } })).toBe("lost");
  });
}
