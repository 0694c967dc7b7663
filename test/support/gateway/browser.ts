import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import puppeteer, { type Browser } from "puppeteer-core";
import { afterAll, beforeAll } from "vitest";
import { describeWith } from "../stores/service.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

function findChromium(): string | null {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return process.env["CHROMIUM_PATH"] ?? paths.find(existsSync) ?? null;
}

/** A suite that needs a browser; skipped, with the reason, where there is none. */
export function describeBrowser(name: string, body: () => void): void {
  const missing =
    findChromium() === null ? "no chromium on the PATH (apt-get install chromium)" : null;
  describeWith("Chromium", missing, name, body);
}

interface TlsHost {
  /** A name that a server of this machine answers to, by TLS on a port and with any certificate. */
  readonly host: string;
  readonly port: number;
}

/** A browser that resolves no name but this machine's, and that of a server of this machine. */
export const launchBrowser = (server?: TlsHost): Promise<Browser> =>
  puppeteer.launch({
    executablePath: findChromium() ?? "",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--no-first-run",
      `--host-resolver-rules=${server === undefined ? "" : `MAP ${server.host} 127.0.0.1:${server.port} , `}MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1`,
      ...(server === undefined ? [] : ["--ignore-certificate-errors"]),
    ],
  });

/** One browser for all tests of a `describe`. */
export function sharedBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 60_000);
  afterAll(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error("the browser has not started");
    return browser;
  };
}
