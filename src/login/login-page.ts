import { CHANNELS } from "../core/otp/message.ts";
import { goTo, shown } from "./drawing.ts";
import type { PageCall, PageFailure, PageReply } from "./page-call.ts";
import { saidOf } from "./said.ts";
import { isFromThisPage } from "./same-site.ts";
import { showStart, showStep } from "./show-page.ts";
import { takeAnswer } from "./steps/app.ts";
import { refused } from "./steps/refused.ts";
import { takeSession } from "./steps/signed-in.ts";
import { readStep, type Step } from "./steps/step.ts";
import { changeNumber, sendAgain, takeCode, takeCustomer } from "./steps/take-code.ts";
import { takePhone } from "./steps/take-phone.ts";
import { brokenView } from "./views/broken-view.ts";

/** The handlers of the page's routes. */
export const LOGIN_PAGE = {
  showStart,
  showStep,
  takeStart: guarded((call) => takePhone(call, null)),
  takeStep: guarded(takeStep),
  takeSession: guarded(takeSession),
  showSession: async () => goTo("/login"),
} as const satisfies Record<string, (call: PageCall) => Promise<PageReply>>;

type Handler = (call: PageCall) => Promise<PageReply>;

/** A form that another site sent has no effect. */
function guarded(take: Handler): Handler {
  return (call) =>
    isFromThisPage(call) ? take(call) : broken(call, { reason: "cross-site" }, 403);
}

async function takeStep(call: PageCall): Promise<PageReply> {
  const step = await readStep(call);
  if (step === null) return goTo("/login?reason=lost");
  const { code, selection } = step;
  const what = call.form["do"];
  if (what === "app" || what === "decline") return takeAnswer(call, step);
  if (what === "change") return changeNumber(call, step);
  if (code === null) return takePhone(call, step);
  if (selection !== null) return takeCustomer(call, step, selection);
  const channel = CHANNELS.find((name) => name === what);
  return channel === undefined
    ? takeCode(call, { ...step, code })
    : sendAgain(call, { ...step, code }, channel);
}

/**
 * The page for a thrown error, or for a request that no page could read. A form's step keeps the
 * typed text and shows the problem; a page that cannot be shown can be requested again.
 */
export async function failed(
  call: PageCall,
  failure: PageFailure,
  status: 400 | 413 | 415 | 500 | 503,
): Promise<PageReply> {
  const step: Step | null = isForm(call) ? await readStep(call) : null;
  return step === null ? broken(call, failure, status) : refused(call, step, failure);
}

const isForm = ({ form }: PageCall): boolean => Object.keys(form).length > 0;

function broken(
  call: PageCall,
  failure: PageFailure,
  status: PageReply["status"],
): Promise<PageReply> {
  const said = saidOf(failure, call.reference, call.gateway.runtime.now());
  return shown(call, (drawing) => brokenView(drawing, said), { status, failure });
}
