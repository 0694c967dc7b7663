import type { StartSession } from "../flows/login/log-in.ts";
import { openPageSession, type PageLogin } from "../flows/login/open-page-session.ts";
import { goTo } from "./drawing.ts";
import type { PageCall, PageReply } from "./page-call.ts";
import { openedSession, sessionCookie } from "./session.ts";
import { endedStep, type Step } from "./step.ts";

/**
 * What a right code turns into here. The step's secret makes a repeat known: the browser that did not
 * get the answer gets the same session, and no other caller gets any.
 */
export const startFor = (call: PageCall, { secret }: Step): StartSession<PageLogin> =>
  openPageSession(secret, sessionCookie(call));

/** Signed in: the step is over. */
export function enter(call: PageCall, step: Step, login: PageLogin): PageReply {
  const cookies = [...openedSession(call.site, login), endedStep(call, step)];
  return { ...goTo("/login", cookies), deviceToken: login.deviceToken };
}
