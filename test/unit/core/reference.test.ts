import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { referenceOf, typedReference } from "../../../src/core/reference.ts";

describe("a reference", () => {
  it("a reference is read as it was made, in small letters and with blanks too", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 16, maxLength: 16 }), (requestId) => {
        const reference = referenceOf(requestId);
        expect(typedReference(reference)).toBe(reference);
        const spoken = ` ${reference.slice(0, 3).toLowerCase()} ${reference.slice(3)}`;
        expect(typedReference(spoken)).toBe(reference);
      }),
    );
  });
  it.each([
    "",
    "ACD23",
    "ACD2345",
    "ACD23O",
    "ACD231",
    "ABC234",
    "9876500001",
    "c-1",
    "__proto__",
    "ÀCD234",
  ])("a reference is not read from %j", (text) => {
    expect(typedReference(text)).toBeNull();
  });
});
