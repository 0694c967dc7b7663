import { html } from "hono/html";
import { addressHint } from "../../core/linking/address-hint.ts";
import type { Customer } from "../../core/linking/documents.ts";
import type { Said } from "../said.ts";
import { type Drawing, formFields, type Html, type View } from "./frame.ts";

/** One of several customers of a proven phone, with enough to tell a home from a shop. */
export interface Choice {
  readonly id: string;
  readonly name: string;
  readonly area: string;
  readonly hint: string;
}

/** A customer as the page names one to the phone's owner. */
export const choiceOf = ({
  address,
  area,
  id,
  name,
}: Pick<Customer, "address" | "area" | "id" | "name">): Choice => ({
  id,
  name,
  area,
  hint: addressHint(address),
});

export interface ChoiceStep {
  readonly action: string;
  readonly phone: string;
  readonly choices: readonly Choice[];
  readonly said: Said | null;
}

/** The step for a family on one number. */
export function choiceView(drawing: Drawing, { action, choices, phone, said }: ChoiceStep): View {
  const { fill, sentences } = drawing.words;
  return {
    title: sentences.chooseTitle,
    said,
    body: html`<form method="post" action="${action}">
${formFields(drawing)}<input type="hidden" name="do" value="customer">
<fieldset><legend>${fill(sentences.chooseText, { phone })}</legend>
${choices.map(option)}</fieldset>
<button class="main">${sentences.continue}</button>
</form>`,
  };
}

function option({ area, hint, id, name }: Choice): Html {
  const place = [area, hint].filter((text) => text !== "").join(", ");
  return html`<label class="choice"><input type="radio" name="customer" value="${id}" required>
<span><b>${name}</b>${place === "" ? "" : html`<span class="soft">${place}</span>`}</span></label>`;
}
