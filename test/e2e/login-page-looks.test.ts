import axe from "axe-core";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PAGE_LANGUAGES, type PageLanguage } from "../../src/core/login-page.ts";
import { LANGUAGES } from "../../src/login/languages/all.ts";
import { en } from "../../src/login/languages/en.ts";
import { describeBrowser, sharedBrowser } from "../support/gateway/browser.ts";
import { drawState, STATES } from "../support/login/states.ts";

/** Read whole by axe; of the others the two steps that everybody sees. */
const READ_WHOLE: readonly PageLanguage[] = ["en", "hi", "kn"];
const STEPS = ["phone", "code"];

/** What is wrong with how the page is laid out, as sentences. Runs in the browser. */
function faultsOfLayout(): string[] {
  const faults: string[] = [];
  const nameOf = (node: Element) => `${node.tagName} ${node.textContent?.trim().slice(0, 40)}`;
  const visible = (node: Element) => node.getClientRects().length > 0;
  const page = document.documentElement;
  if (page.scrollWidth > innerWidth) faults.push(`scrolls sideways: ${page.scrollWidth}`);
  for (const node of document.querySelectorAll("button, a, summary, label.choice")) {
    if (!visible(node)) continue;
    const { height, left, right, width } = node.getBoundingClientRect();
    if (height < 48 || width < 48)
      faults.push(`is too small a target: ${nameOf(node)}, ${width}x${height}`);
    const isClipped =
      node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1;
    if (node.tagName === "BUTTON" && isClipped) faults.push(`is clipped: ${nameOf(node)}`);
    if (left < 0 || right > innerWidth) faults.push(`stands out: ${nameOf(node)}`);
  }
  for (const node of document.querySelectorAll(
    "p, label, legend, button, a, h1, li, b, small, span",
  )) {
    if (!visible(node)) continue;
    const { fontSize, lineHeight } = getComputedStyle(node);
    const [size, line] = [Number.parseFloat(fontSize), Number.parseFloat(lineHeight)];
    const least = node.closest(".soft, small") === null ? 18 : 16;
    if (size < least) faults.push(`is small: ${nameOf(node)}, ${size}`);
    const isRunningText = ["P", "LABEL", "LI", "LEGEND"].includes(node.tagName);
    if (page.lang !== "en" && isRunningText && line / size < 1.5) {
      faults.push(`has narrow lines: ${nameOf(node)}, ${line / size}`);
    }
  }
  for (const node of document.querySelectorAll("input:not([type=hidden], [type=radio])")) {
    if (Number.parseFloat(getComputedStyle(node).fontSize) < 20) faults.push("has a small input");
  }
  const filled = [...document.querySelectorAll("button.main")].filter(visible);
  if (filled.length > 1) faults.push("has two filled buttons");
  return faults;
}

/** Whether the field and the filled button are within the window. Runs in the browser. */
function isTaskVisible(): boolean {
  const parts = [...document.querySelectorAll("input:not([type=hidden]), button.main")];
  const boxes = parts.map((part) => part.getBoundingClientRect());
  return boxes.length >= 2 && boxes.every(({ bottom, top }) => top >= 0 && bottom <= innerHeight);
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

  it.each(PAGE_LANGUAGES)(
    "fits a screen of 320 pixels in every state: nothing clipped, small or aside (%s)",
    async (language) => {
      await page.setViewport({ width: 320, height: 568 });
      for (const name of Object.keys(STATES)) {
        await show(name, language);
        expect({ name, faults: await page.evaluate(faultsOfLayout) }).toEqual({ name, faults: [] });
      }
    },
    60_000,
  );

  it("shows field and button above an open keyboard, at 360x300, after an error as well", async () => {
    await page.setViewport({ width: 360, height: 300 });
    for (const language of PAGE_LANGUAGES) {
      for (const name of [...STEPS, "problem-codeRejected", "problem-notSixDigits"]) {
        await show(name, language);
        const isVisible = await page.evaluate(isTaskVisible);
        expect({ language, name, isVisible }).toEqual({ language, name, isVisible: true });
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
      const names = READ_WHOLE.includes(language) ? Object.keys(STATES) : STEPS;
      for (const name of names) await expectNoViolation(name, language, isColored);
    },
    60_000,
  );

  it("has no violation that axe finds in dark colours", async () => {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    const names = [...STEPS, "problem-codeRejected", "choice", "signed-in", "app"];
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

  it("has a state, and so a picture, for every problem that a customer can meet", () => {
    const shown = Object.keys(STATES).map((name) => name.split("-").at(-1));
    const problems = Object.keys(en.sentences.problems).filter((name) => name !== "offline");
    expect(problems.filter((name) => !shown.includes(name))).toEqual([]);
  });

  it("keeps its outlines in forced colours, and its task at 200 % zoom", async () => {
    await page.setViewport({ width: 320, height: 568 });
    await page
      .emulateMediaFeatures([{ name: "forced-colors", value: "active" }])
      .catch(() => undefined);
    await show("code", "hi");
    const border = await page.$eval("button.main", (node) => getComputedStyle(node).borderTopWidth);
    expect(border).toBe("2px");
    // A window of half the width is what a zoom of 200 % leaves (WCAG 1.4.10: down to 320).
    await page.setViewport({ width: 320, height: 284 });
    expect(await page.evaluate(faultsOfLayout)).toEqual([]);
    await page.emulateMediaFeatures([]);
  });
});
