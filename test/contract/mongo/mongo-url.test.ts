import { describe, expect, it } from "vitest";
import { connectMongo } from "../../../src/adapters/mongo/connect.ts";
import { checkMongoUrl } from "../../../src/core/address/mongo-url.ts";
import { silentLog } from "../../support/stores/mongo-suite.ts";

const GOOD = [
  "mongodb://localhost/earlybird",
  "mongodb://localhost:27017/earlybird?retryWrites=true&w=majority",
  "mongodb://user:p%40ss%2Fword@a.example:27017,b.example:27018,c.example/earlybird?replicaSet=rs0",
  "mongodb+srv://user:secret@cluster0.example.net/earlybird?retryWrites=true&w=majority&appName=x",
  "mongodb://[::1]:27017/earlybird?readPreference=primary&readConcernLevel=linearizable&journal=true",
  "mongodb://user@localhost/early%20bird_2".replace("%20", "-"),
];

const BAD: Readonly<Record<string, readonly string[]>> = {
  "must be a mongodb:// or mongodb+srv:// URL": [
    "",
    "localhost:27017/earlybird",
    "postgres://localhost/earlybird",
    "mongodb:///earlybird",
    "mongodb://user:p@ss@localhost/earlybird",
    "mongodb://user:pa:ss@localhost/earlybird",
    "mongodb://:secret@localhost/earlybird",
    "mongodb://user:%zz@localhost/earlybird",
  ],
  "must name the database": [
    "mongodb://localhost",
    "mongodb://localhost/",
    "mongodb://localhost/?retryWrites=true",
    "mongodb+srv://user:secret@cluster0.example.net",
    "mongodb://localhost?w=majority",
  ],
  "must name a database that can hold": [
    "mongodb://localhost/admin",
    "mongodb://localhost/early.bird",
    "mongodb://localhost/a/b",
    "mongodb://localhost/%00",
    "mongodb://localhost/%zz",
    `mongodb://localhost/${"a".repeat(64)}`,
  ],
  "(readPreference)": [
    "mongodb://localhost/e?readPreference=secondary",
    "mongodb://localhost/e?readpreference=primaryPreferred",
    "mongodb://localhost/e?READPREFERENCE=nearest",
    "mongodb://localhost/e?readPreference=",
    "mongodb://localhost/e?w=majority&read%50reference=nearest",
  ],
  "(readPreferenceTags)": ["mongodb://localhost/e?readPreferenceTags=dc:east"],
  "(readConcernLevel)": [
    "mongodb://localhost/e?readConcernLevel=local",
    "mongodb://localhost/e?readConcernLevel=available",
    "mongodb://localhost/e?readConcernLevel=majority&readConcernLevel=local",
  ],
  "(w)": ["mongodb://localhost/e?w=0", "mongodb://localhost/e?w=1", "mongodb://localhost/e?W=2"],
  "(journal)": ["mongodb://localhost/e?journal=false"],
  "(j)": ["mongodb://localhost/e?j=false"],
  "(retryWrites)": ["mongodb://localhost/e?retryWrites=false&w=majority"],
};

describe("MONGODB_URL", () => {
  it("MONGODB_URL may be any of the usual forms", () => {
    for (const url of GOOD) expect(checkMongoUrl(url)).toEqual({ ok: true, value: url });
  });

  for (const [reason, urls] of Object.entries(BAD)) {
    it(`MONGODB_URL is refused where it ${reason}, without being quoted`, () => {
      for (const url of urls) {
        const checked = checkMongoUrl(url);
        expect(checked.ok, url).toBe(false);
        const text = checked.ok ? "" : checked.failure;
        expect(text, url).toContain(reason);
        for (const part of ["secret", "p@ss", "example", "earlybird"]) {
          expect(text).not.toContain(part);
        }
        expect(() => connectMongo({ url, log: silentLog })).toThrow(`MONGODB_URL ${text}`);
      }
    });
  }

  it("MONGODB_URL is refused with an option that the driver does not know, by the option's name alone", () => {
    const url = "mongodb://user:secret@localhost/e?frobnicate=12345";
    expect(() => connectMongo({ url, log: silentLog })).toThrow(
      "MONGODB_URL cannot be used: option frobnicate is not supported",
    );
  });

  it("MONGODB_URL is never quoted when the driver cannot read it", () => {
    const urls = [
      "mongodb://user:secret@localhost:99999999/e",
      "mongodb://user:secret@localhost/e?authMechanism=SECRET",
      "mongodb://user:secret@localhost/e?maxConnecting=secret",
      "mongodb://user:secret@localhost/e?tls=true&ssl=false",
    ];
    for (const url of urls) {
      const thrown = (() => {
        try {
          return void connectMongo({ url, log: silentLog }).close();
        } catch (error) {
          return String(error);
        }
      })();
      expect(thrown, url).toBe("TypeError: MONGODB_URL cannot be used by the driver");
    }
  });
});
