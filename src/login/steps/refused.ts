import { goTo } from "../drawing.ts";
import type { PageCall, PageFailure, PageReply } from "../page-call.ts";
import { type Said, saidOf } from "../said.ts";
import { addressOf } from "../step-address.ts";
import { keptStep, makeRoom, type Step } from "./step.ts";

/** The step again, with the problem above its form. A reload shows it again and repeats nothing. */
export function refused(call: PageCall, step: Step, failure: PageFailure): Promise<PageReply> {
  const { gateway, reference } = call;
  return saying(call, step, saidOf(failure, reference, gateway.runtime.now()), failure);
}

export async function saying(
  call: PageCall,
  step: Step,
  said: Said,
  failure?: PageFailure,
): Promise<PageReply> {
  const next = { ...step, said };
  const cookies = [...(await makeRoom(call, next)), await keptStep(call, next)];
  return goTo(addressOf(next), cookies, failure);
}
