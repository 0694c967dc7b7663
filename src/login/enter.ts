import type { StartSession } from "../flows/login/log-in.ts";
import { openPageSession, type PageLogin } from "../flows/login/open-page-session.ts";
import { finish, pendingOf } from "./app.ts";
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

/** Signed in: the step is over, or goes on to the app that sent the customer here. */
export async function enter(call: PageCall, step: Step, login: PageLogin): Promise<PageReply> {
  const pending = await pendingOf(call, step);
  const reply =
    pending === null
      ? goTo("/login", [endedStep(call, step)])
      : await finish(call, { ...step, said: null }, pending, login.page, false);
  const cookies = [...openedSession(call.site, login), ...reply.cookies];
  return { ...reply, cookies, deviceToken: login.deviceToken };
}
