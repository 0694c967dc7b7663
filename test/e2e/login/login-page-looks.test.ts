import { readdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PAGE_LANGUAGES, type PageLanguage } from "../../../src/core/login-page.ts";
import { LANGUAGES } from "../../../src/login/languages/all.ts";
import { en } from "../../../src/login/languages/en.ts";
import { describeBrowser, sharedBrowser } from "../../support/gateway/browser.ts";
import {
  faultsOfForcedColors,
  faultsOfLayout,
  isTaskVisible,
  LEAST,
  missingGlyphs,
  setStyle,
  violationsOf,
} from "../../support/login/page-looks.ts";
import { drawState, STATES } from "../../support/login/states.ts";

/** In these axe reads every view; in the others the two steps that everybody sees. */
const EVERY_VIEW: readonly PageLanguage[] = ["hi", "kn"];
const STEPS = ["phone", "code"];

/** Screens, in CSS pixels: a small one, the same at a zoom of two, and one above a keyboard. */
const SMALL = { width: 320, height: 568 };
const ZOOMED = { width: 160, height: 284, deviceScaleFactor: 2 };
const ABOVE_KEYBOARD = { width: 360, height: 300 };

describeBrowser("the login page in every language", () => {
  const browser = sharedBrowser();
  let page: Page;
  beforeAll(async () => {
    page = await browser().newPage();
  }, 60_000);
  afterAll(() => page?.close());

  const show = async (name: string, language: PageLanguage) =>
    page.setContent(await drawState(name, language), { waitUntil: "domcontentloaded" });

  const NAMES = Object.keys(STATES);
  const problemOf = (name: string) => {
    const last = name.split("-").at(-1) ?? "";
    return last in en.sentences.problems ? last : null;
  };
  /** Every state, of the problems of a view one: they differ in a sentence, and English has all. */
  const ONE_PROBLEM_EACH = NAMES.filter((name, index) => {
    const view = (other: string) => other.slice(0, -`-${problemOf(other)}`.length);
    const same = (other: string) => problemOf(other) !== null && view(other) === view(name);
    return problemOf(name) === null || NAMES.findIndex(same) === index;
  });
  const WITH_FIELD = NAMES.filter((name) => /^(phone|code)\b/.test(name));

  interface Look {
    readonly name: string;
    readonly small: readonly string[];
    readonly zoomed: readonly string[];
    readonly isTaskVisible: boolean;
  }
  const looks = new Map<PageLanguage, Promise<readonly Look[]>>();

  const at = async (screen: typeof SMALL): Promise<string[]> => {
    await page.setViewport(screen);
    return page.evaluate(faultsOfLayout, LEAST);
  };
  /** Every state on each screen. To draw the page takes longer than to lay it out once more. */
  const looksIn = (language: PageLanguage): Promise<readonly Look[]> => {
    const look = async () => {
      const seen: Look[] = [];
      for (const name of NAMES) {
        await show(name, language);
        const [small, zoomed] = [await at(SMALL), await at(ZOOMED)];
        if (WITH_FIELD.includes(name)) await page.setViewport(ABOVE_KEYBOARD);
        const isVisible = !WITH_FIELD.includes(name) || (await page.evaluate(isTaskVisible));
        seen.push({ name, small, zoomed, isTaskVisible: isVisible });
      }
      return seen;
    };
    const known = looks.get(language) ?? look();
    looks.set(language, known);
    return known;
  };

  it.each(PAGE_LANGUAGES)(
    "fits a screen of 320 pixels in every state: nothing clipped, small or aside (%s)",
    async (language) => {
      for (const { name, small } of await looksIn(language))
        expect({ name, faults: small }).toEqual({ name, faults: [] });
    },
    60_000,
  );

  it.each(PAGE_LANGUAGES)(
    "needs no scrolling sideways at a zoom of two, which leaves 160 pixels of such a screen (%s)",
    async (language) => {
      for (const { name, zoomed } of await looksIn(language))
        expect({ name, faults: zoomed }).toEqual({ name, faults: [] });
    },
    60_000,
  );

  it.each(PAGE_LANGUAGES)(
    "shows field, button and the beginning of an error above an open keyboard, at 360x300 (%s)",
    async (language) => {
      const withField = (await looksIn(language)).filter(({ name }) => WITH_FIELD.includes(name));
      expect(withField.length).toBeGreaterThan(2);
      for (const { isTaskVisible: isVisible, name } of withField)
        expect({ name, isVisible }).toEqual({ name, isVisible: true });
    },
    60_000,
  );

  it("has room for type of twice the size, which a customer may choose in the browser", async () => {
    await page.setViewport(SMALL);
    for (const language of ["en", "kn", "ml", "ta"] as const) {
      for (const name of ["phone-forgot", "code", "choice", "signed-in", "app"]) {
        await show(name, language);
        await page.$eval("html", (node) => node.style.setProperty("font-size", "200%"));
        const faults = await page.evaluate(faultsOfLayout, { ...LEAST, type: 36, field: 40 });
        expect({ language, name, faults }).toEqual({ language, name, faults: [] });
      }
    }
  }, 60_000);

  it("has room for the text spacing of WCAG 1.4.12", async () => {
    await page.setViewport(SMALL);
    const content =
      "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}";
    for (const language of ["en", "kn", "ml"] as const) {
      for (const name of ["phone-forgot", "code", "choice", "signed-in", "app"]) {
        await show(name, language);
        await page.$eval("body", setStyle, content);
        const faults = await page.evaluate(faultsOfLayout, LEAST);
        expect({ language, name, faults }).toEqual({ language, name, faults: [] });
      }
    }
  }, 60_000);

  it("has a glyph for every character of every language", async () => {
    await show("phone", "en");
    for (const language of PAGE_LANGUAGES) {
      const { name, sentences } = LANGUAGES[language];
      // Marks are no glyphs of their own without a letter.
      const text = `${name}${JSON.stringify(sentences)}`.replace(/[\p{M}\p{Cf}]/gu, "");
      expect([language, await page.evaluate(missingGlyphs, text)]).toEqual([language, []]);
    }
    expect(await page.evaluate(missingGlyphs, "a\u{10fffd}")).toEqual(["\u{10fffd}"]);
  }, 60_000);

  it.each(PAGE_LANGUAGES)(
    "has no violation that axe finds (%s)",
    async (language) => {
      await page.setViewport({ width: 360, height: 640 });
      // The colours are the same in every language, and judging them is most of the work.
      const isColored = language === "en";
      const names = EVERY_VIEW.includes(language) ? ONE_PROBLEM_EACH : STEPS;
      for (const name of isColored ? NAMES : names)
        await expectNoViolation(name, language, isColored);
    },
    60_000,
  );

  it("has no violation that axe finds in dark colours", async () => {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    const names = [...STEPS, "code-codeRejected", "choice", "signed-in", "app"];
    for (const name of names) await expectNoViolation(name, "en", true);
    await page.emulateMediaFeatures([]);
  }, 60_000);

  async function expectNoViolation(
    name: string,
    language: PageLanguage,
    isColored: boolean,
  ): Promise<void> {
    await show(name, language);
    const violations = await page.evaluate(violationsOf, axe.source, isColored);
    expect({ name, violations }).toEqual({ name, violations: [] });
  }

  it("has a state, and so a picture, for every view and for every problem", () => {
    const files = readdirSync(join(import.meta.dirname, "../../../src/login/views"));
    const views = files.flatMap((file) => /^(.+)-view\.ts$/.exec(file)?.[1] ?? []);
    const missing = views.filter((view) => !(view in STATES) && !(`${view}-ourFault` in STATES));
    // What `languages-view.ts` draws is for translators, in development only.
    expect(missing).toEqual(["languages"]);
    const shown = NAMES.map((name) => name.split("-").at(-1));
    const problems = Object.keys(en.sentences.problems).filter((name) => name !== "offline");
    expect(problems.filter((name) => !shown.includes(name))).toEqual([]);
  });

  it("keeps the outlines of fields and buttons, and the focus, in forced colours", async () => {
    await page.setViewport({ width: 360, height: 640 });
    await page.emulateMediaFeatures([{ name: "forced-colors", value: "active" }]);
    for (const name of ["phone", "code-codeRejected", "choice", "signed-in", "app"]) {
      await show(name, "hi");
      const faults = await page.evaluate(faultsOfForcedColors);
      expect({ name, faults }).toEqual({ name, faults: [] });
    }
    await page.emulateMediaFeatures([]);
  });
});
