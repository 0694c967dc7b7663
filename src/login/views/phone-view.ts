import { html } from "hono/html";
import type { Said } from "../said.ts";
import { type Drawing, describedBy, formFields, type Html, telephone, type View } from "./frame.ts";

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
  const { action, countryCode, said, typed } = step;
  const isWrong = said?.problem === "phoneUnsupported";
  return {
    title: isForgot ? sentences.forgotTitle : sentences.signIn,
    note: step.isSignedOut ? sentences.signedOut : null,
    said,
    offersLanguages: said === null,
    task: html`<form method="post" action="${action}" data-listens="1">
${formFields(drawing)}
<label for="phone">${fill(sentences.phoneLabel)}</label>
<div class="phone"><span>${countryCode}</span><input id="phone" name="phone" type="tel" autocomplete="tel-national" maxlength="64" required value="${typed}"${describedBy(said, isWrong)}></div>
<button class="main">${sentences.sendCode}</button>
</form>`,
    body: html`<p>${isForgot ? sentences.forgotText : sentences.phoneHint}</p>
<p class="soft">${newNumber(drawing)}</p>`,
  };
}

function newNumber({ site, words }: Drawing): Html | string {
  const { supportPhone } = site;
  const { fill, sentences } = words;
  if (supportPhone === null) return sentences.newNumberNoPhone;
  return html`<a class="call" href="${telephone(supportPhone)}">${fill(sentences.newNumber)}</a>`;
}
