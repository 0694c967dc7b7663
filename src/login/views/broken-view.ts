import { html } from "hono/html";
import type { Said } from "../said.ts";
import type { Drawing, View } from "./frame.ts";

/** A page for one that could not be shown: the reason, and a link to the start. */
export const brokenView = ({ words: { sentences } }: Drawing, said: Said): View => ({
  title: sentences.signIn,
  said,
  body: html`<p><a class="button main" href="/login">${sentences.continue}</a></p>`,
});
