import { describe, expect, it } from "vitest";
import { personScreen } from "../../../src/cli/output/person-screen.ts";
import { tableLines } from "../../../src/cli/output/text-table.ts";

describe("a table on a terminal", () => {
  it("a table on a terminal has columns as wide as their widest cell, and no blanks at the end of a line", () => {
    const rows = [
      ["ID", "NAME", ""],
      ["c-1", "Asha Rao", ""],
      ["c-22", "Ravi", "yes"],
    ];
    expect(tableLines(rows)).toEqual(["ID    NAME", "c-1   Asha Rao", "c-22  Ravi      yes"]);
    expect(tableLines([])).toEqual([]);
    expect(tableLines([["file", "", "is broken"]])).toEqual(["file  is broken"]);
  });

  it("a table on a terminal gives a Devanagari vowel sign that stands above or below its letter no column", () => {
    // U+0941 and U+0947 are drawn on the letter before them: four code points, two columns.
    const [name, title] = tableLines([
      ["मेनू", "active"],
      ["Asha", "trial"],
    ]);
    expect(name).toBe("मेनू  active".replace("  ", "    "));
    expect(title).toBe("Asha  trial");
  });

  it("a table on a terminal gives a character that is two columns wide both of them", () => {
    expect(
      tableLines([
        ["東京", "active"],
        ["Asha", "trial"],
      ])[0],
    ).toBe("東京  active");
  });

  it("a table on a terminal cannot be made to show a row that is none, nor to move the cursor", () => {
    expect(
      tableLines([
        ["a\nb", "c"],
        ["\u001b[2J", "d"],
      ]),
    ).toEqual(["a?b    c", "?[2J  d"].map((line) => line.replace("a?b    c", "a?b   c")));
  });
});

describe("the screen of `doorstep who`", () => {
  it("the screen of `doorstep who` sets the states of customers below each other, whatever script their names are in", () => {
    const customer = (id: string, name: string) => ({
      key: id,
      id,
      name,
      status: "active",
      stored: {},
      users: [],
      login: "linked",
      because: "because",
    });
    const person = {
      phones: [],
      others: [],
      broken: [],
      complete: true,
      clean: true,
      customers: [customer("c-1", "मेनू"), customer("c-2", "Asha Rao")],
    };
    const shown = personScreen(person)
      .split("\n")
      .filter((line) => line.startsWith("customer"));
    expect(shown).toEqual([
      `customer   c-1  मेनू${" ".repeat(6)}  active`,
      "customer   c-2  Asha Rao  active",
    ]);
  });
});
