import { customer } from "../../cases-extra/people.ts";
import { newestCode } from "../gateway/client.ts";
import { type TestGateway, type TestOptions, testGateway } from "../gateway/test-gateway.ts";
import type { PageBrowser } from "./page-browser.ts";

export const PHONE = "9876543210";
export const OTHER = "9876543211";
export const SIGNED_IN = "You are signed in";

/** A gateway with one customer on each of the two phones. */
export const gatewayWithPeople = (options: Omit<TestOptions, "documents">): Promise<TestGateway> =>
  testGateway({
    ...options,
    documents: { customers_v2: [customer("c-1", PHONE), customer("c-2", OTHER)] },
  });

/** Asks for a code on the page. @returns the code that was sent, or "" for none */
export async function askOnPage(
  gateway: TestGateway,
  browser: PageBrowser,
  phone = PHONE,
): Promise<string> {
  await browser.askForCode(phone);
  await gateway.runtime.settle();
  return newestCode(gateway, phone) ?? "";
}
