import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import type { PageLanguage } from "../src/core/login-page.ts";
import { launchBrowser } from "../test/support/gateway/browser.ts";
import { drawState, STATES } from "../test/support/login/states.ts";

/**
 * Draws every state of the login page into contact sheets, one a language, size and colour scheme:
 * `npm run shots`, or `npm run shots -- ml-360x300` for some of them. `npm run shots -- --readme`
 * draws the three pictures of the README.
 */

const ROOT = join(import.meta.dirname, "..");
const LANGUAGES: readonly PageLanguage[] = ["en", "hi", "kn", "ml", "ta"];
const SIZES = [
  { width: 320, height: 568 },
  { width: 360, height: 640 },
  { width: 360, height: 300 },
] as const;
const SCHEMES = ["light", "dark"] as const;
const README = ["phone", "code", "signed-in"];
const TYPED: Readonly<Record<string, readonly [field: string, text: string]>> = {
  phone: ["#phone", "98765 43210"],
  code: ["#code", "482913"],
};
const SHEET =
  "body{margin:12px;background:#888;font:14px sans-serif;display:flex;flex-wrap:wrap;gap:12px}figure{margin:0}img{display:block}";

interface Sheet {
  readonly name: string;
  readonly language: PageLanguage;
  readonly size: (typeof SIZES)[number];
  readonly scheme: (typeof SCHEMES)[number];
}

const SHEETS: readonly Sheet[] = LANGUAGES.flatMap((language) =>
  SIZES.flatMap((size) =>
    SCHEMES.map((scheme) => {
      const name = `${language}-${size.width}x${size.height}-${scheme}`;
      return { name, language, size, scheme };
    }),
  ),
);

async function openAt(browser: Browser, { scheme, size }: Pick<Sheet, "scheme" | "size">) {
  const page = await browser.newPage();
  await page.setViewport(size);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  return page;
}

async function draw(page: Page, state: string, language: PageLanguage): Promise<void> {
  await page.setContent(await drawState(state, language));
}

/** @returns the file */
async function drawSheet(browser: Browser, sheet: Sheet): Promise<string> {
  const page = await openAt(browser, sheet);
  const figures: string[] = [];
  for (const name of Object.keys(STATES)) {
    await draw(page, name, sheet.language);
    const data = await page.screenshot({ encoding: "base64" });
    figures.push(`<figure><img src="data:image/png;base64,${data}">${name}</figure>`);
  }
  await page.setViewport({ width: 8 * (sheet.size.width + 12) + 12, height: 800 });
  await page.setContent(`<style>${SHEET}</style>${figures.join("")}`);
  const file = join(ROOT, "shots", `${sheet.name}.png`);
  await page.screenshot({ path: file as `${string}.png`, fullPage: true });
  await page.close();
  return file;
}

async function drawReadme(browser: Browser): Promise<void> {
  const page = await openAt(browser, { size: SIZES[1], scheme: "light" });
  for (const name of README) {
    await draw(page, name, "en");
    const [field, text] = TYPED[name] ?? [];
    if (field !== undefined && text !== undefined) await page.type(field, text);
    const path = join(ROOT, "docs/pictures", `${name}.png`) as `${string}.png`;
    await page.screenshot({ path });
    console.log(path);
  }
}

const [only = ""] = process.argv.slice(2);
const browser = await launchBrowser();
if (only === "--readme") {
  await drawReadme(browser);
} else {
  mkdirSync(join(ROOT, "shots"), { recursive: true });
  for (const sheet of SHEETS.filter(({ name }) => name.includes(only))) {
    console.log(await drawSheet(browser, sheet));
  }
}
await browser.close();
