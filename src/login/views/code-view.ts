import { html, raw } from "hono/html";
import type { Channel } from "../../core/otp/message.ts";
import type { Said } from "../said.ts";
import type { Sentences } from "../sentences.ts";
import { type Drawing, describedBy, formFields, type Html, type View } from "./frame.ts";

export interface CodeForm {
  readonly action: string;
  /** As people read it. */
  readonly phone: string;
  readonly channel: Channel;
  readonly channels: readonly Channel[];
  /** Epoch ms. */
  readonly resendAt: number;
  /** Whether another message has just been asked for. */
  readonly isAgain: boolean;
  readonly said: Said | null;
}

const COMING = {
  sms: "smsComing",
  whatsapp: "whatsappComing",
  call: "callComing",
} as const satisfies Record<Channel, keyof Sentences>;

const INSTEAD = {
  sms: "smsInstead",
  whatsapp: "whatsappInstead",
  call: "callInstead",
} as const satisfies Record<Channel, keyof Sentences>;

/** Problems of the code itself. */
const WRONG_CODE: readonly Said["problem"][] = ["codeRejected", "codeOver", "notSixDigits"];

/**
 * The second step. One field: six boxes would cut off the code that a phone fills in, and a screen
 * reader would read six fields. The page is the same for every number, so that a stranger cannot
 * learn who is a customer.
 */
export function codeView(drawing: Drawing, step: CodeForm): View {
  const { words } = drawing;
  const { fill, sentences } = words;
  const { action, channel, channels, isAgain, phone, said } = step;
  const isWrong = said !== null && WRONG_CODE.includes(said.problem);
  return {
    title: sentences.enterCode,
    said,
    task: html`<form method="post" action="${action}">
${formFields(drawing)}<input type="hidden" name="do" value="code">
<label for="code">${fill(sentences.codeLabel, { phone })}</label>
<input id="code" class="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" required${describedBy(said, isWrong)}>
<button class="main">${sentences.signIn}</button>
</form>`,
    body: html`<p${isAgain && said === null ? raw(' class="note" role="status"') : ""}>${fill(sentences[COMING[channel]], { phone })}</p>
<form method="post" action="${action}">${formFields(drawing)}<button class="plain" name="do" value="change">${sentences.changeNumber}</button></form>
<div class="more">${[channel, ...channels.filter((other) => other !== channel)].map((each) =>
      sendForm(drawing, step, each),
    )}</div>
<p class="soft">${fill(sentences.staffNeverAsk)}</p>`,
  };
}

/** A form of its own: an empty code field must not block the request for a new message. */
function sendForm(drawing: Drawing, { action, channel, resendAt }: CodeForm, each: Channel): Html {
  const { now, words } = drawing;
  const { fill, sentences } = words;
  const seconds = Math.ceil((resendAt - now) / 1000);
  const wait = html` <small data-seconds="${seconds}" aria-hidden="true">${fill(sentences.possibleIn, { wait: words.wait(seconds) })}</small>`;
  const label = each === channel ? sentences.sendAgain : sentences[INSTEAD[each]];
  return html`<form method="post" action="${action}" data-listens="1">
${formFields(drawing)}<input type="hidden" name="do" value="${each}">
<button>${label}${each === channel && seconds > 0 ? wait : ""}</button>
</form>`;
}
