import { expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { type Recorder, recorder } from "../../support/gateway/recorder.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { pageBrowser, titleIn } from "../../support/login/page-browser.ts";
import { askOnPage, PHONE, SIGNED_IN } from "../../support/login/page-people.ts";

/** The calls that a browser waited for since the last time. */
function waitedFor(ports: Recorder): Readonly<Record<"directory" | "state", number>> {
  const calls = ports.take().filter(({ deferred }) => !deferred);
  const of = (port: string) => calls.filter((call) => call.port === port).length;
  return { directory: of("directory"), state: of("state") };
}

test("the login page asks the stores once for what it shows: a first login with its page, and the page again", async () => {
  const ports = recorder();
  const documents = { customers_v2: [customer("c-1", PHONE)] };
  const gateway = await testGateway({ ...ports.options, documents });
  const browser = pageBrowser(gateway);
  const code = await askOnPage(gateway, browser);
  ports.take();
  expect(titleIn((await browser.showCode(code)).html)).toBe(SIGNED_IN);
  // The proof is two trips, the link five commands, the session two trips; then the page below.
  expect(waitedFor(ports)).toEqual({ directory: 5 + 3, state: 2 + 2 + 1 });
  await browser.open("/login");
  // Customer and user, and the phone's customers while a switch needs no new code.
  expect(waitedFor(ports)).toEqual({ directory: 3, state: 1 });
});
