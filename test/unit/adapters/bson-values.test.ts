import { Decimal128 } from "mongodb";
import { describe, expect, it } from "vitest";
import { storedFields, wireFields } from "../../../src/adapters/mongo/bson-values.ts";
import { parseStoredPhone } from "../../../src/core/phone/phone.ts";

const INDIA = { defaultRegion: "IN", allowedCountries: ["IN"] };
/** As RPC carries it: what JSON can hold and nothing else. */
const carried = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(wireFields(fields)));

describe("a decimal on its way to the Worker and back", () => {
  it.each(["9876543210", "9876543210.0", "0", "0.00000", "1234567890123456789012345678.12345"])(
    "a decimal on its way to the Worker: %s is readable there, and the same 128 bits again",
    (digits) => {
      const phone = Decimal128.fromString(digits);
      const wire = carried({ phone });
      expect(wire).toEqual({ phone: { $numberDecimal: digits } });
      expect(storedFields(wire)).toEqual({ phone });
    },
  );

  it.each(["-1", "1E+3", "9.876543210E+20", "NaN", "Infinity", "0E-20"])(
    "a decimal on its way to the Worker and back: %s is brought back whole",
    (digits) => {
      const value = Decimal128.fromString(digits);
      expect(storedFields(carried({ value }))).toEqual({ value });
    },
  );

  it("a decimal on its way to the Worker and back is a phone on the Worker too", () => {
    const { phone } = carried({ phone: Decimal128.fromString("919876543210") });
    expect(parseStoredPhone(phone, INDIA)).toBe("+919876543210");
  });

  it("a decimal on its way to the Worker and back is not what a stored object that looks like one becomes", () => {
    const fields = { phone: { $numberDecimal: "9876543210" } };
    const wire = carried(fields);
    expect(parseStoredPhone(wire["phone"], INDIA)).toBeNull();
    expect(storedFields(wire)).toEqual(fields);
  });
});
