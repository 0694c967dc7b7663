import type { Doorstep } from "../../../src/client/doorstep-client.ts";
import { authorize, locationOf, oauthGateway, pageLogin } from "../gateway/oauth-client.ts";
import type { TestGateway } from "../gateway/test-gateway.ts";
import { type ClientPage, clientPage, SHOP } from "./client-page.ts";

interface Shop {
  readonly test: TestGateway;
  readonly page: ClientPage;
  readonly tab: Doorstep;
  /** The addresses that the tab went to. */
  readonly visited: string[];
  /** The browser at the login page, whose customer is signed in. @returns the way back */
  atThePage(address?: string): Promise<URL>;
}

/** The shop's page, and a browser that is signed in at the login page. */
export async function shop(options: Parameters<ClientPage["tab"]>[0] = {}): Promise<Shop> {
  const test = await oauthGateway();
  const page = clientPage(test);
  const visited: string[] = [];
  const open = (address: string) => visited.push(address);
  const { cookie } = await pageLogin(test);
  return {
    test,
    page,
    visited,
    tab: page.tab({ ...SHOP, open, ...options }),
    async atThePage(address = visited.at(-1) ?? "") {
      return locationOf(await authorize(test, new URL(address).search.slice(1), cookie));
    },
  };
}

/** The address with another value of one parameter, or without that parameter. */
export const changed = (address: URL, name: string, value: string | null): string => {
  const url = new URL(address);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  return url.href;
};
