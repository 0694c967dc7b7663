import { expect, it, onTestFinished, vi } from "vitest";
import { openStorage } from "../../../src/client/token-storage.ts";
import { mapStorage } from "../../support/client/client-page.ts";

/** A page with these globals, gone with the test. */
function page(globals: Readonly<Record<string, unknown>>): void {
  const self = {};
  const usual = { window: Object.assign(self, { top: self }) };
  for (const [name, value] of Object.entries({ ...usual, ...globals })) vi.stubGlobal(name, value);
  onTestFinished(() => void vi.unstubAllGlobals());
}

/** Web Locks of one page: a name that another page holds is never free. */
function locks(...held: readonly string[]) {
  const taken: string[] = [];
  const request = (name: string, { signal }: { signal: AbortSignal }, work: () => unknown) =>
    held.some((prefix) => name.includes(prefix))
      ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
      : Promise.resolve(taken.push(name)).then(work);
  return { navigator: { locks: { request } }, taken };
}

it("tokens stay in memory where the browser blocks its storage", async () => {
  page({});
  const blocked = {
    get: () => {
      throw new Error("SecurityError");
    },
    configurable: true,
  };
  for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(globalThis, name, blocked);
    onTestFinished(() => void Reflect.deleteProperty(globalThis, name));
  }
  for (const kind of ["local", "session", "memory"] as const) {
    const storage = await openStorage(kind, "doorstep");
    storage.setItem("doorstep", "tokens");
    expect(await storage.getItem("doorstep")).toBe("tokens");
    storage.removeItem("doorstep");
    expect(await storage.getItem("doorstep")).toBeNull();
  }
});

it("a full storage keeps no refresh token that was used: the new one is in memory, the old one gone", async () => {
  const full = mapStorage();
  full.kept.set("doorstep", "used");
  full.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  page({ localStorage: full });
  const storage = await openStorage("local", "doorstep");
  storage.setItem("doorstep", "new");
  expect(await storage.getItem("doorstep")).toBe("new");
  expect(full.kept.size).toBe(0);
  storage.removeItem("doorstep");
  expect(await storage.getItem("doorstep")).toBeNull();
});

it("storage session is memory without Web Locks, which tell a copied tab from the first", async () => {
  const sessionStorage = mapStorage();
  sessionStorage.kept.set("doorstep", "copied");
  page({ sessionStorage, navigator: {} });
  const storage = await openStorage("session", "doorstep");
  storage.setItem("doorstep", "mine");
  expect(sessionStorage.kept.get("doorstep")).not.toBe("mine");
});

it("a copied tab forgets the tokens that came with it, and keeps its own from then on", async () => {
  const sessionStorage = mapStorage();
  sessionStorage.kept.set("doorstep", "copied");
  sessionStorage.kept.set("doorstep:tab", "first");
  const { navigator, taken } = locks("tabfirst");
  page({ sessionStorage, navigator });
  const storage = await openStorage("session", "doorstep");
  expect(await storage.getItem("doorstep")).toBeNull();
  storage.setItem("doorstep", "own");
  expect(sessionStorage.kept.get("doorstep")).toBe("own");
  expect(taken.length).toBe(1);
});

it("a frame beside its page, with which it shares the storage, leaves the page's tokens alone", async () => {
  const sessionStorage = mapStorage();
  sessionStorage.kept.set("doorstep", "of the page");
  sessionStorage.kept.set("doorstep:tab", "first");
  page({ sessionStorage, navigator: locks("tabfirst").navigator, window: { top: {} } });
  const storage = await openStorage("session", "doorstep");
  expect(await storage.getItem("doorstep")).toBeNull();
  storage.setItem("doorstep", "of the frame");
  expect(sessionStorage.kept.get("doorstep")).toBe("of the page");
});
