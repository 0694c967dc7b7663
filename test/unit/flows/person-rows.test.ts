import { describe, expect, it } from "vitest";
import { PERSON_REASONS, rangeOf } from "../../../src/flows/operator/person-rows.ts";

describe("the rows of the list for a person", () => {
  const rows = { "phone-differs": 2, "no-witness": 3, unreadable: 1 } as const;

  it("have a range for the reasons that a screen tells together, counted from 1", () => {
    const contradictions = PERSON_REASONS.slice(0, PERSON_REASONS.indexOf("by-phone-only"));
    expect(rangeOf(rows, contradictions)).toEqual({ from: 1, to: 5 });
    expect(rangeOf(rows, ["unreadable"])).toEqual({ from: 6, to: 6 });
  });

  it("have none for a reason without a row", () => {
    expect(rangeOf(rows, ["switched-off"])).toBeNull();
    expect(rangeOf({}, ["without-id"])).toBeNull();
  });
});
