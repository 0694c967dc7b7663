import { onTestFinished, vi } from "vitest";
import {
  createDoorstep,
  type Doorstep,
  type DoorstepOptions,
  type TokenStorage,
} from "../../../src/client/doorstep-client.ts";
import { readTokens } from "../../../src/client/token-set.ts";
import { newestCode } from "../gateway/client.ts";
import { SHOP_REDIRECT } from "../gateway/oauth-client.ts";
import { PUBLIC_URL, type TestGateway } from "../gateway/test-gateway.ts";

export const APP = "https://shop.example";

/** One request of the page's, as it left. */
export interface Sent {
  readonly url: string;
  readonly token: string | null;
  readonly body: string;
}

export interface ClientPage {
  /** Everything that the page asked for, in order. */
  readonly sent: Sent[];
  /** Storage that tabs share. */
  readonly shared: ReturnType<typeof mapStorage>;
  /** Changes or loses the answer to a request; for the next one only where it returns true. */
  meddle(how: ((sent: Sent, answer: () => Promise<Response>) => Promise<Response>) | null): void;
  /** A tab: the module once more. Tabs share `shared`, unless `options` say otherwise. */
  tab(options?: Partial<DoorstepOptions>): Doorstep;
  /** The tokens that the tabs share. */
  tokens(): NonNullable<ReturnType<typeof readTokens>>;
  logIn(tab: Doorstep, phone: string): Promise<void>;
  /** Moves the device's clock, not the gateway's. */
  deviceClock(ms: number): void;
}

export function mapStorage() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } satisfies TokenStorage & { kept: Map<string, string> };
}

/** The globals of a page at `APP`, and a network that knows the gateway. Gone with the test. */
export function clientPage(test: TestGateway): ClientPage {
  const sent: Sent[] = [];
  const shared = mapStorage();
  let meddler: Parameters<ClientPage["meddle"]>[0] = null;
  const location = { href: `${APP}/cb?x=1`, origin: APP, pathname: "/cb", assign: () => {} };
  const network = async (input: string | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const token = request.headers.get("authorization");
    const one = { url: request.url, token, body: await request.clone().text() };
    sent.push(one);
    const isHere = request.url.startsWith(PUBLIC_URL);
    request.headers.set("host", new URL(request.url).host);
    const answer = async () => (isHere ? test.app.request(request) : new Response("elsewhere"));
    return meddler === null ? answer() : meddler(one, answer);
  };
  const replaceState = (_: unknown, __: string, path: string) => {
    location.href = APP + path;
  };
  const page = {
    addEventListener: () => {},
    history: { replaceState },
    location,
    ...tabChannels(),
  };
  const globals = { ...page, fetch: network, sessionStorage: mapStorage(), window: {} };
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  const clock = vi.spyOn(Date, "now");
  onTestFinished(() => {
    vi.unstubAllGlobals();
    clock.mockRestore();
  });
  const { now } = test.clock;
  let skew = 0;
  clock.mockImplementation(() => now() + skew);
  return {
    sent,
    shared,
    meddle(how) {
      meddler = how;
    },
    tab: (options) => createDoorstep({ url: PUBLIC_URL, storage: shared, ...options }),
    tokens() {
      const texts = [...shared.kept]
        .filter(([key]) => key.startsWith("doorstep "))
        .map((e) => e[1]);
      const tokens = texts.map((text) => readTokens(text)).find((read) => read !== null);
      if (tokens === undefined || tokens === null) throw new Error("nobody is signed in");
      return tokens;
    },
    async logIn(tab, phone) {
      const asked = await tab.requestCode(phone);
      await test.runtime.settle();
      await tab.verifyCode(asked, newestCode(test, phone) ?? "");
    },
    deviceClock(ms) {
      skew = ms;
    },
  };
}

/** Messages between the tabs of a page, of which each makes one channel. */
function tabChannels() {
  const open: BroadcastChannel[] = [];
  class BroadcastChannel {
    readonly name: string;
    onmessage: () => void = () => {};
    constructor(name: string) {
      this.name = name;
      open.push(this);
    }
    postMessage(): void {
      for (const other of open) if (other !== this && other.name === this.name) other.onmessage();
    }
  }
  return { BroadcastChannel };
}

/** The options of the shop's redirect flow. */
export const SHOP = { clientId: "shop", redirectUri: SHOP_REDIRECT } as const;

/** The forms that the page sends from now on. */
export function formsOfThePage() {
  const sent: { method: string; action: string; fields: Record<string, string> }[] = [];
  const made = () => {
    const inputs: { name: string; value: string }[] = [];
    const form = { method: "", action: "", append: (input: never) => void inputs.push(input) };
    const submit = () => {
      const fields = Object.fromEntries(inputs.map(({ name, value }) => [name, value]));
      sent.push({ method: form.method, action: form.action, fields });
    };
    return Object.assign(form, { submit });
  };
  vi.stubGlobal("document", { createElement: made, body: { append: () => {} } });
  return sent;
}
