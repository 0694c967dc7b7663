import type { Doorstep } from "../../../src/client/doorstep-client.ts";
import { customer } from "../../cases-extra/people.ts";
import { PUBLIC_URL, testGateway } from "../gateway/test-gateway.ts";
import { type ClientPage, clientPage } from "./client-page.ts";

export const PHONE = "9876500001";
export const ME = `${PUBLIC_URL}/auth/me`;
export const MINUTE = 60_000;

/** A gateway, and a page whose first tab is signed in. */
export async function signedIn(env: Readonly<Record<string, string>> = {}) {
  const documents = { customers_v2: [customer("c-1", PHONE), customer("c-2", "9876500002")] };
  const test = await testGateway({ documents, env });
  const page = clientPage(test);
  const tab = page.tab();
  await page.logIn(tab, PHONE);
  return { test, page, tab };
}

/** The refreshes that the page sent. */
export const refreshesIn = ({ sent }: ClientPage) =>
  sent.filter(({ body }) => body.includes("grant_type=refresh_token"));

/** The status of one call with the tab's token. */
export const me = async (tab: Doorstep) => (await tab.fetch(ME)).status;
