import { expect, test } from "vitest";
import { cannotAsk, isConfirmed } from "../../../src/cli/apply.ts";
import { namedDatabase } from "../../../src/core/address/database-name.ts";

function terminal(answer?: string) {
  const said: string[] = [];
  const io = {
    out: (text: string) => void said.push(text),
    err: (text: string) => void said.push(text),
    ...(answer === undefined
      ? {}
      : {
          async ask(question: string) {
            said.push(question);
            return answer;
          },
        }),
  };
  return { io, said };
}

const DATABASE = namedDatabase({
  mongoUrl: "mongodb+srv://asha:s3cret%40@mongo.internal/earlybird?tls=true",
  sqlitePath: ".data/doorstep.db",
});

test("a database is named without its credentials", () => {
  expect(DATABASE).toEqual({ name: "earlybird", shown: "earlybird@mongo.internal" });
  const several = "mongodb://a:b@m1:27017,m2:27017/early%20bird";
  expect(namedDatabase({ mongoUrl: several, sqlitePath: "" }).shown).toBe(
    "early bird@m1:27017,m2:27017",
  );
  expect(namedDatabase({ mongoUrl: null, sqlitePath: "/srv/.data/doorstep.db" })).toEqual({
    name: "doorstep.db",
    shown: "/srv/.data/doorstep.db",
  });
});

test("--apply at a terminal states counts and database, and asks for the database's name", async () => {
  const { io, said } = terminal("earlybird\n");
  expect(cannotAsk({ apply: true }, io)).toBe(false);
  expect(await isConfirmed("restore 41 documents", DATABASE, { apply: true }, io)).toBe(true);
  expect(said.join("")).toBe(
    "This will restore 41 documents in earlybird@mongo.internal.\nType the name earlybird to go on: ",
  );
});

test("--apply at a terminal writes nothing after another answer", async () => {
  for (const answer of ["", "y", "yes", "EARLYBIRD", "earlybird@mongo.internal"]) {
    const { io, said } = terminal(answer);
    expect(await isConfirmed("restore", DATABASE, { apply: true }, io)).toBe(false);
    expect(said.at(-1)).toBe("That is not its name. Nothing was written.\n");
  }
});

test("--apply without a terminal is refused unless --yes stands beside it", async () => {
  const { io, said } = terminal();
  expect(cannotAsk({ apply: true }, io)).toBe(true);
  expect(said.join("")).toMatch(/^Nothing was written\. .*--yes\.\n$/);
  expect(cannotAsk({ apply: true, yes: true }, io)).toBe(false);
  expect(cannotAsk({}, io)).toBe(false);
  expect(await isConfirmed("restore", DATABASE, { apply: true }, io)).toBe(false);
  expect(await isConfirmed("restore", DATABASE, { apply: true, yes: true }, io)).toBe(true);
});
