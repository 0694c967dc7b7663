import { readdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PAGE_LANGUAGES, type PageLanguage } from "../../../src/core/login-page.ts";
import { LANGUAGES } from "../../../src/login/languages/all.ts";
import { en } from "../../../src/login/languages/en.ts";
import { describeBrowser, sharedBrowser } from "../../support/gateway/browser.ts";
import { drawState, STATES } from "../../support/login/states.ts";

/** Read whole by axe; of the others the two steps that everybody sees. */
const READ_WHOLE: readonly PageLanguage[] = ["en", "hi", "kn"];
const STEPS = ["phone", "code"];

/** Type, in pixels; targets (WCAG 2.5.5); lines of Indian scripts. */
const LEAST = { type: 18, field: 20, target: 48, line: 1.5 };

/** What is wrong with how the page is laid out, as sentences. Runs in the browser. */
function faultsOfLayout(least: typeof LEAST): string[] {
  const faults: string[] = [];
  const page = document.documentElement;
  const nameOf = (node: Element) => `${node.tagName} ${node.textContent?.trim().slice(0, 40)}`;
  const all = (selector: string) =>
    [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility());
  const sizeOf = (node: Element) => Number.parseFloat(getComputedStyle(node).fontSize);
  if (page.scrollWidth > innerWidth) faults.push(`scrolls sideways: ${page.scrollWidth}`);
  for (const node of all("button, a, summary, label.choice")) {
    const { height, left, right, width } = node.getBoundingClientRect();
    if (height < least.target || width < least.target)
      faults.push(`is too small a target: ${nameOf(node)}, ${width}x${height}`);
    if (left < 0 || right > innerWidth) faults.push(`stands out: ${nameOf(node)}`);
  }
  for (const node of all("button, .button, .choice, h1, p, label, legend, li, summary")) {
    const isCut =
      node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1;
    if (isCut && node.closest("header") === null) faults.push(`is clipped: ${nameOf(node)}`);
  }
  for (const node of all("body *:not(script, style)")) {
    if (node.textContent?.trim() === "" || node.tagName === "INPUT") continue;
    if (sizeOf(node) < least.type) faults.push(`is small: ${nameOf(node)}, ${sizeOf(node)}`);
    const line = Number.parseFloat(getComputedStyle(node).lineHeight) / sizeOf(node);
    if (page.lang !== "en" && line < least.line && node.closest("header") === null)
      faults.push(`has narrow lines: ${nameOf(node)}, ${line}`);
  }
  for (const node of all("input:not([type=radio])"))
    if (sizeOf(node) < least.field) faults.push("has a small field");
  if (all(".main").length > 1) faults.push("has two filled buttons");
  for (const node of all("summary")) {
    const { display, listStyleType } = getComputedStyle(node);
    if (display !== "list-item" || !listStyleType.startsWith("disclosure"))
      faults.push("has a disclosure without a marker");
  }
  return faults;
}

/**
 * Whether the page's field and its button are within the window, and the beginning of what went
 * wrong. Runs in the browser.
 */
function isTaskVisible(): boolean {
  const parts = [...document.querySelectorAll("#phone, #code, .main")];
  const isIn = ({ bottom, top }: DOMRect) => top >= 0 && bottom <= innerHeight;
  const told = document.querySelector("[role=alert]:not([hidden]) p");
  const line = told === null ? 0 : told.getBoundingClientRect().top + 24;
  return (
    scrollY === 0 &&
    parts.length === 2 &&
    parts.every((part) => isIn(part.getBoundingClientRect())) &&
    line <= innerHeight
  );
}

/** Buttons and fields that cannot be told from the paper, or whose focus cannot. Runs in the browser. */
function faultsOfForcedColors(): string[] {
  if (!matchMedia("(forced-colors: active)").matches) return ["no forced colours"];
  const paper = getComputedStyle(document.body).backgroundColor;
  const nodes = [...document.querySelectorAll<HTMLElement>("button, .button, input, a, summary")];
  const seen = nodes.filter((node) => node.checkVisibility());
  return seen.flatMap((node) => {
    const name = `${node.tagName} ${node.textContent?.trim()}`;
    const { borderTopColor, borderTopWidth } = getComputedStyle(node);
    const isBox = node.matches("button:not(.plain), .button, input:not([type=radio])");
    const isLost = isBox && (borderTopColor === paper || borderTopWidth !== "2px");
    node.focus({ focusVisible: true } as FocusOptions);
    const { outlineColor, outlineStyle, outlineWidth } = getComputedStyle(node);
    const isBare = outlineStyle === "none" || outlineColor === paper || outlineWidth !== "3px";
    return [...(isLost ? [`${name} has no border`] : []), ...(isBare ? [`${name}: no focus`] : [])];
  });
}

/** Runs in the browser. */
function setStyle(body: Element, text: string): void {
  const style = document.createElement("style");
  style.textContent = text;
  body.append(style);
}

/** Characters that no font of this machine has: they are drawn as one and the same box. */
function missingGlyphs(text: string): string[] {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 48;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return ["no canvas"];
  context.font = "24px system-ui, sans-serif";
  const drawn = (character: string): string => {
    context.clearRect(0, 0, 48, 48);
    context.fillText(character, 12, 32);
    return context.getImageData(0, 0, 48, 48).data.join();
  };
  const box = drawn("\u{10fffe}");
  return [...new Set(text)].filter((character) => /\S/.test(character) && drawn(character) === box);
}

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** What axe-core finds. Runs in the browser. */
async function violationsOf(source: string, isColored: boolean): Promise<string[]> {
  // biome-ignore lint/security/noGlobalEval: axe is no module, and this is a test's browser
  if (!("axe" in window)) window.eval(source);
  const { axe } = window as unknown as { axe: Axe };
  const colors = isColored ? {} : { rules: { "color-contrast": { enabled: false } } };
  const found = await axe.run({ resultTypes: ["violations"], preload: false, ...colors });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

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
  const WITH_FIELD = NAMES.filter((name) => /^(phone|code)\b/.test(name));

  it.each(PAGE_LANGUAGES)(
    "fits a screen of 320 pixels in every state: nothing clipped, small or aside (%s)",
    async (language) => {
      await page.setViewport({ width: 320, height: 568 });
      for (const name of NAMES) await expectNoFault(name, language);
    },
    60_000,
  );

  it.each(PAGE_LANGUAGES)(
    "needs no scrolling sideways at a zoom of two, which leaves 160 pixels of such a screen (%s)",
    async (language) => {
      await page.setViewport({ width: 160, height: 284, deviceScaleFactor: 2 });
      for (const name of NAMES) await expectNoFault(name, language);
    },
    60_000,
  );

  it.each(PAGE_LANGUAGES)(
    "shows field, button and the beginning of an error above an open keyboard, at 360x300 (%s)",
    async (language) => {
      await page.setViewport({ width: 360, height: 300 });
      for (const name of WITH_FIELD) {
        await show(name, language);
        const isVisible = await page.evaluate(isTaskVisible);
        expect({ name, isVisible }).toEqual({ name, isVisible: true });
      }
    },
    60_000,
  );

  it("has room for type of twice the size, which a customer may choose in the browser", async () => {
    await page.setViewport({ width: 320, height: 568 });
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
    await page.setViewport({ width: 320, height: 568 });
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

  async function expectNoFault(name: string, language: PageLanguage): Promise<void> {
    await show(name, language);
    const faults = await page.evaluate(faultsOfLayout, LEAST);
    expect({ name, faults }).toEqual({ name, faults: [] });
  }

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
      const names = READ_WHOLE.includes(language) ? NAMES : STEPS;
      for (const name of names) await expectNoViolation(name, language, isColored);
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
