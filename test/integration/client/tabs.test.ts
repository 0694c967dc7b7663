import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Doorstep } from "../../../src/client/doorstep-client.ts";
import { customer } from "../../cases-extra/people.ts";
import { type ClientPage, clientPage, mapStorage } from "../../support/client/client-page.ts";
import { PUBLIC_URL, testGateway } from "../../support/gateway/test-gateway.ts";

const PHONES = ["9876500001", "9876500002"] as const;

async function openPage(): Promise<ClientPage> {
  const documents = { customers_v2: PHONES.map((phone, at) => customer(`c-${at}`, phone)) };
  return clientPage(await testGateway({ documents }));
}

/** What a tab tells its page of each change: the customer, or null. */
function heardBy(tab: Doorstep): unknown[] {
  const heard: unknown[] = [];
  tab.onChange((signedIn) => heard.push(signedIn?.customer?.id ?? null));
  return heard;
}

const isKnown = async (token: string | null) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${PUBLIC_URL}/auth/me`, { headers })).status === 200;
};

describe("a log-out in another tab", () => {
  it("is told by onChange where the tabs share a storage that fires no storage event", async () => {
    const page = await openPage();
    const [tab, other] = [page.tab(), page.tab()];
    await page.logIn(tab, PHONES[0]);
    const heard = heardBy(other);
    await tab.signOut();
    await vi.waitFor(() => expect(heard).toEqual([null]));
  });

  it("does not end a login that came meanwhile in a storage that the tabs share", async () => {
    const page = await openPage();
    const [tab, other] = [page.tab(), page.tab()];
    await page.logIn(tab, PHONES[0]);
    const heard = heardBy(other);
    page.meddle(async ({ url }, answer) => {
      if (!url.endsWith("/auth/revoke")) return answer();
      page.meddle(null);
      await page.logIn(other, PHONES[1]);
      return answer();
    });
    await tab.signOut();
    await vi.waitFor(() => expect(heard).toEqual(["c-1", "c-1"]));
    expect(await isKnown(await other.accessToken())).toBe(true);
  });

  it.each(["local", "session"] as const)(
    "ends the session of a tab with storage %s that keeps it in memory, because the browser blocks storage",
    async (storage) => {
      const page = await openPage();
      const blocked = () => {
        throw new Error("SecurityError");
      };
      for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(globalThis, name, { get: blocked, configurable: true });
        onTestFinished(() => void Reflect.deleteProperty(globalThis, name));
      }
      const [tab, other] = [page.tab({ storage }), page.tab({ storage })];
      await page.logIn(tab, PHONES[0]);
      await page.logIn(other, PHONES[1]);
      const held = await other.accessToken();
      expect(await isKnown(held)).toBe(true);
      await tab.signOut();
      await vi.waitFor(async () => expect(await other.current()).toBeNull());
      await vi.waitFor(async () => expect(await isKnown(held)).toBe(false));
    },
  );

  it("ends the session that a tab keeps in memory because the shared storage is full", async () => {
    const page = await openPage();
    const shared = mapStorage();
    vi.stubGlobal("localStorage", shared);
    const [tab, other] = [page.tab({ storage: "local" }), page.tab({ storage: "local" })];
    await page.logIn(tab, PHONES[0]);
    shared.setItem = () => {
      throw new Error("QuotaExceededError");
    };
    await page.logIn(other, PHONES[1]);
    await tab.signOut();
    await vi.waitFor(async () => expect(await other.current()).toBeNull());
  });
});

it("a frame without an origin, where no message between tabs can be sent, logs in and out", async () => {
  const page = await openPage();
  vi.stubGlobal(
    "BroadcastChannel",
    class {
      constructor() {
        throw new Error("SecurityError");
      }
    },
  );
  const tab = page.tab({ storage: "memory" });
  await page.logIn(tab, PHONES[0]);
  expect(await tab.signOut()).toBe(true);
});
