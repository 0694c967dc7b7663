import * as z from "zod/mini";
import { referenceOf } from "../../core/reference.ts";
import { ok } from "../../core/result.ts";
import { cookieIn } from "../../login/cookies.ts";
import { failed, LOGIN_PAGE } from "../../login/login-page.ts";
import type { PageCall, PageReply } from "../../login/page-call.ts";
import { pageHead } from "../../login/page-head.ts";
import { readBody } from "../middleware/request-body.ts";
import { failureOfThrown } from "../problems/failure-of-thrown.ts";
import type { Answer, Call, Route } from "../route.ts";
import { deviceCookie, deviceTokenOf } from "./device-cookie.ts";

const formFields = z.record(z.string(), z.string());

/** A page for every outcome: a browser shows it, and no program reads it. */
const PAGES = {
  200: "text/html",
  303: null,
  400: "text/html",
  403: "text/html",
  413: "text/html",
  415: "text/html",
  500: "text/html",
  503: "text/html",
} as const;

const page = {
  tag: "page",
  credential: null,
  body: null,
  problems: ["internal"],
  errors: "problem",
  cache: "no-store",
  openTo: "allowed-origins",
} as const;

const PAGE_TYPE = "text/html; charset=utf-8";

type Handler = (call: PageCall) => Promise<PageReply>;

/** The hosted login page. Its handlers are in src/login; this file connects them to HTTP. */
export const loginRoutes: readonly Route[] = [
  shows("/login", "The login page", LOGIN_PAGE.showStart),
  takes("/login", "Its first form: a phone", LOGIN_PAGE.takeStart, "code-per-address"),
  shows("/login/s/:step", "One step of a sign-in", LOGIN_PAGE.showStep),
  takes(
    "/login/s/:step",
    "A step's forms: a code, another message, a customer",
    LOGIN_PAGE.takeStep,
    "verify-per-address",
  ),
  shows("/login/session", "Back to the login page", LOGIN_PAGE.showSession),
  takes("/login/session", "Ends sessions of who is signed in", LOGIN_PAGE.takeSession, null),
];

function shows(path: string, summary: string, handler: Handler): Route {
  const run = (call: Call) => drawn(call, {}, handler);
  return { ...page, method: "GET", path, summary, limit: null, answers: PAGES, run };
}

function takes(path: string, summary: string, handler: Handler, limit: Route["limit"]): Route {
  const run = async (call: Call): Promise<Answer> => {
    const form = await readBody(call, "form", formFields);
    if (form.ok) return drawn(call, form.value, handler);
    const { reason } = form.failure;
    const status =
      reason === "payload-too-large" ? 413 : reason === "unsupported-media-type" ? 415 : 400;
    return drawn(call, {}, (read) => failed(read, { reason: "request-malformed" }, status));
  };
  return { ...page, method: "POST", path, summary, limit, answers: PAGES, run };
}

async function drawn(
  call: Call,
  form: Readonly<Record<string, string>>,
  handler: Handler,
): Promise<Answer> {
  const asked = pageCall(call, form);
  try {
    return answerOf(call, await handler(asked));
  } catch (thrown) {
    const failure = failureOfThrown(thrown);
    const status = failure.reason === "internal" ? 500 : 503;
    const answer = await answerOf(call, await failed(asked, failure, status));
    return answer.ok ? ok({ ...answer.value, thrown }) : answer;
  }
}

/** The request as the page's own code sees it. */
export function pageCall(call: Call, form: Readonly<Record<string, string>> = {}): PageCall {
  const { gateway, header, overLimit, params, requestId, site, source, url } = call;
  return {
    gateway,
    form,
    header,
    overLimit,
    source,
    site: { ...site, hasOutbox: site.outbox !== null },
    query: new URL(url).searchParams,
    step: params["step"] ?? "",
    reference: referenceOf(requestId),
    deviceToken: deviceTokenOf(call),
    cookie: (name) => cookieIn(site, header("cookie"), name),
  };
}

/** The page for an app's request that must not be answered at the app: it redirects nowhere. */
export async function drawnProblem(call: Call) {
  const failure = { reason: "request-malformed" } as const;
  const { html = "" } = await failed(pageCall(call), failure, 400);
  const headers = await pageHead(call.site.page, undefined);
  return ok({ status: 400, text: html, type: PAGE_TYPE, headers, failure } as const);
}

/**
 * The page's own script, which follows a redirect by itself: a fetch must not go to an app's URL.
 */
const isScript = ({ header }: Call): boolean => header("x-requested-with") === "doorstep";

async function answerOf(call: Call, reply: PageReply): Promise<Answer> {
  const { deviceToken, failure, formAction, html = "", location } = reply;
  const isFollowed = location !== undefined && isScript(call);
  const goes: Record<string, string> =
    location === undefined ? {} : { [isFollowed ? "X-Location" : "Location"]: location };
  const device = deviceToken === undefined ? [] : [deviceCookie(deviceToken, call.site)];
  const headers = { ...(await pageHead(call.site.page, formAction)), ...goes };
  const shared = {
    headers,
    cookies: [...reply.cookies, ...device],
    ...(failure === undefined ? {} : { failure }),
  };
  if (location !== undefined && !isFollowed) return ok({ status: 303, ...shared });
  return ok({ status: isFollowed ? 200 : reply.status, text: html, type: PAGE_TYPE, ...shared });
}
