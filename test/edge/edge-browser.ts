import { PUBLIC_URL } from "../support/gateway/test-gateway.ts";
import { type PageBrowser, pageBrowser } from "../support/login/page-browser.ts";
import type { EdgePlace } from "./edge-place.ts";

/** A browser at the Worker: it asks by path, whatever the page's own host is. */
export function browserAt({ app }: EdgePlace): PageBrowser {
  const request = async (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.delete("host");
    return app.request(url.replace(PUBLIC_URL, ""), { ...init, headers, redirect: "manual" });
  };
  return pageBrowser({ app: { request } as Parameters<typeof pageBrowser>[0]["app"] });
}
