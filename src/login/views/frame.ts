import { html, raw } from "hono/html";
import { LANGUAGES } from "../languages/all.ts";
import { styleFor } from "../look.ts";
import type { PageSite } from "../page-call.ts";
import type { Said } from "../said.ts";
import { isForSupport, sentencesOf } from "../said.ts";
import { SCRIPT } from "../script.ts";
import type { Words } from "../words.ts";

export type Html = ReturnType<typeof html>;

/** The values for every view. */
export interface Drawing {
  readonly site: PageSite;
  readonly words: Words;
  /** In epoch ms. */
  readonly now: number;
  /** For a browser that sends neither `Sec-Fetch-Site` nor `Origin` (same-site.ts). */
  readonly formToken: string;
  /** The customer looks for the former password: every page of this URL says that there is none. */
  readonly isForgot: boolean;
}

export interface View {
  readonly title: string;
  /** Below the heading, within `main`. */
  readonly body: Html;
  readonly said?: Said | null;
}

/** The whole page around one view. Inline style and script are allowed by their hashes only. */
export async function frame(drawing: Drawing, { body, said = null, title }: View): Promise<string> {
  const { site, words } = drawing;
  const { brandName, logoUrl } = site.page;
  const brand =
    logoUrl === null
      ? html`<p>${brandName}</p>`
      : html`<img src="${logoUrl.href}" alt="${brandName}">`;
  const page = await html`<!doctype html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no">
<title>${title} · ${brandName}</title>
<link rel="icon" href="data:,">
<style>${raw(styleFor(site.page))}</style>
</head>
<body${said === null ? "" : raw(' class="said"')}>
<header>${brand}</header>
<main>
<h1>${title}</h1>
${said === null ? "" : alert(drawing, said)}${body}
${said === null ? "" : html`<p class="soft">${words.fill(words.sentences.reference, { reference: said.reference })}</p>`}
<p role="alert" data-offline hidden>${words.sentences.problems.offline}</p>
</main>
${footer(drawing)}
<script>${raw(SCRIPT)}</script>
</body>
</html>`;
  return page.toString();
}

/** A refusal: the sentence, and support's number where only a person helps. */
function alert(drawing: Drawing, said: Said): Html {
  const { now, words } = drawing;
  return html`<div role="alert"><p>${sentencesOf(words, said, now)}</p>
${isForSupport(said) ? html`<p>${supportCall(drawing)}</p>` : ""}</div>`;
}

/** A link that calls support; nothing where SUPPORT_PHONE is not set. */
function supportCall({ site, words }: Drawing): Html | string {
  const { supportPhone } = site;
  if (supportPhone === null) return "";
  return html`<a class="call" href="${telephone(supportPhone)}">${words.fill(words.sentences.callSupport)}</a>`;
}

export const telephone = (shown: string): string => `tel:${shown.replace(/[^+\d]/g, "")}`;

/** The hidden fields of every form of the page. */
export const formFields = ({ formToken }: Drawing): Html =>
  html`<input type="hidden" name="token" value="${formToken}">`;

function footer({ isForgot, site, words }: Drawing): Html {
  const { sentences } = words;
  const { languages, privacyUrl, termsUrl } = site.page;
  const others = languages.filter((language) => language !== words.language);
  const links = [
    ...(privacyUrl === null ? [] : [html`<a href="${privacyUrl}">${sentences.privacy}</a>`]),
    ...(termsUrl === null ? [] : [html`<a href="${termsUrl}">${sentences.terms}</a>`]),
    ...(site.hasOutbox
      ? [html`<a href="/dev/outbox" target="_blank">Outbox (development)</a>`]
      : []),
  ];
  return html`<footer>
${others.length === 0 ? "" : languageChoice(words, others, isForgot)}
${links.length === 0 ? "" : html`<nav>${links}</nav>`}
</footer>`;
}

/** Each language by its own name, as links to this same page. */
const languageChoice = (
  words: Words,
  others: PageSite["page"]["languages"],
  isForgot: boolean,
): Html =>
  html`<details><summary>${words.sentences.language}: ${LANGUAGES[words.language].name}</summary><ul>${others.map(
    (language) =>
      html`<li><a href="?lang=${language}${isForgot ? "&reason=forgot" : ""}" hreflang="${language}" lang="${language}">${LANGUAGES[language].name}</a></li>`,
  )}</ul></details>`;
