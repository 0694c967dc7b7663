import { html } from "hono/html";
import type { Said } from "../said.ts";
import { type Drawing, formFields, type Html, telephone, type View } from "./frame.ts";

export interface PhoneStep {
  /** The form's target. */
  readonly action: string;
  readonly typed: string;
  /** `+91` */
  readonly countryCode: string;
  readonly said: Said | null;
  /** Whether the customer has just signed out. */
  readonly isSignedOut: boolean;
}

/** The first step: one number, one button. */
export function phoneView(drawing: Drawing, step: PhoneStep): View {
  const { isForgot, words } = drawing;
  const { fill, sentences } = words;
  return {
    title: isForgot ? sentences.forgotTitle : sentences.signIn,
    said: step.said,
    body: html`${step.isSignedOut ? html`<p class="note" role="status">${sentences.signedOut}</p>` : ""}${isForgot ? html`<p>${sentences.forgotText}</p>` : ""}
<form method="post" action="${step.action}" data-listens="1">
${formFields(drawing)}
<label for="phone">${fill(sentences.phoneLabel)}</label>
<div class="phone"><span>${step.countryCode}</span><input id="phone" name="phone" type="tel" autocomplete="tel-national" maxlength="64" required value="${step.typed}"${step.said?.problem === "phoneUnsupported" ? html` aria-invalid="true"` : ""}></div>
<button class="main">${sentences.sendCode}</button>
</form>
<p>${sentences.phoneHint}</p>
<p class="soft">${newNumber(drawing)}</p>`,
  };
}

function newNumber({ site, words }: Drawing): Html | string {
  const { supportPhone } = site;
  const { fill, sentences } = words;
  if (supportPhone === null) return sentences.newNumberNoPhone;
  return html`<a class="call" href="${telephone(supportPhone)}">${fill(sentences.newNumber)}</a>`;
}
