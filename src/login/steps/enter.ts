import type { StartSession } from "../../flows/login/log-in.ts";
import { openPageSession, type PageLogin } from "../../flows/login/open-page-session.ts";
import { goTo } from "../drawing.ts";
import type { PageCall, PageReply } from "../page-call.ts";
import { openedSession, sessionCookie } from "../session.ts";
import { finish, pendingOf } from "./app.ts";
import { endedStep, type Step } from "./step.ts";

/**
 * The result of a right code at the page. The step's secret identifies a repeat: the browser that
 * lost the answer gets the same session, and no other caller gets one.
 */
export const startFor = (call: PageCall, { secret }: Step): StartSession<PageLogin> =>
  openPageSession(secret, sessionCookie(call));

/** After a login: the step is over, or continues to the app that sent the customer here. */
export async function enter(call: PageCall, step: Step, login: PageLogin): Promise<PageReply> {
  const pending = await pendingOf(call, step);
  const reply =
    pending === null
      ? goTo("/login", [endedStep(call, step)])
      : await finish(call, { ...step, said: null }, pending, login, false);
  const cookies = [...openedSession(call.site, login), ...reply.cookies];
  return { ...reply, cookies, deviceToken: login.deviceToken };
}
