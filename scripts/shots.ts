import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "puppeteer-core";
import type { PageLanguage } from "../src/core/login-page.ts";
import { launchBrowser } from "../test/support/gateway/browser.ts";
import { drawState, STATES } from "../test/support/login/states.ts";

/** Draws every state of the login page into contact sheets: one a language, size and colour scheme. */

const OUT = join(import.meta.dirname, "../shots");
const LANGUAGES: readonly PageLanguage[] = ["en", "hi", "kn", "ml", "ta"];
const SIZES = [
  { width: 320, height: 568 },
  { width: 360, height: 640 },
  { width: 360, height: 300 },
] as const;
const SCHEMES = ["light", "dark"] as const;

type Scheme = (typeof SCHEMES)[number];

async function shoot(
  browser: Browser,
  language: PageLanguage,
  size: (typeof SIZES)[number],
  scheme: Scheme,
): Promise<string> {
  const page = await browser.newPage();
  await page.setViewport(size);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const pictures: { readonly name: string; readonly data: string }[] = [];
  for (const name of Object.keys(STATES)) {
    await page.setContent(await drawState(name, language));
    pictures.push({ name, data: await page.screenshot({ encoding: "base64" }) });
  }
  const file = join(
    OUT,
    `${language}-${size.width}x${size.height}-${scheme}.png`,
  ) as `${string}.png`;
  await page.setViewport({ width: 8 * (size.width + 12) + 12, height: 800 });
  const figures = pictures.map(
    ({ data, name }) => `<figure><img src="data:image/png;base64,${data}">${name}</figure>`,
  );
  const style =
    "body{margin:12px;background:#888;font:14px sans-serif;display:flex;flex-wrap:wrap;gap:12px}figure{margin:0}img{display:block}";
  await page.setContent(`<style>${style}</style>${figures.join("")}`);
  await page.screenshot({ path: file, fullPage: true });
  await page.close();
  return file;
}

mkdirSync(OUT, { recursive: true });
const only = process.argv[2];
const browser = await launchBrowser();
for (const language of LANGUAGES) {
  for (const size of SIZES) {
    for (const scheme of SCHEMES) {
      if (
        only !== undefined &&
        !`${language}-${size.width}x${size.height}-${scheme}`.includes(only)
      )
        continue;
      console.log(await shoot(browser, language, size, scheme));
    }
  }
}
await browser.close();
