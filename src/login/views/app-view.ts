import { html } from "hono/html";
import type { Said } from "../said.ts";
import { type Drawing, formFields, type View, whoCard } from "./frame.ts";

export interface AppStep {
  readonly action: string;
  /** Name of the app that sent the customer here. */
  readonly app: string;
  readonly name: string;
  readonly area: string;
  readonly said: Said | null;
}

/**
 * Asks for a click before an app of the phone or of this machine gets the customer: another app can
 * claim the same URL (RFC 8252 section 8.6), and no page may send a customer there unseen.
 */
export function appView(drawing: Drawing, { action, app, area, name, said }: AppStep): View {
  const { fill, sentences } = drawing.words;
  return {
    title: sentences.signedInTitle,
    said,
    body: html`${whoCard(name, area)}
<form method="post" action="${action}">${formFields(drawing)}
<button class="main" name="do" value="app">${fill(sentences.continueTo, { app })}</button>
<button name="do" value="decline">${sentences.notNow}</button></form>`,
  };
}
