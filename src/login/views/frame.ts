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
  /** A sentence above the task. */
  readonly note?: string | null;
  /**
   * The field and its button. A refusal stands below them: both stay where they were, and above an
   * open keyboard, however long the sentence is.
   */
  readonly task?: Html;
  readonly body: Html;
  readonly said?: Said | null;
  /** Whether the languages are shown at once: "Language" says nothing to a customer who cannot read it. */
  readonly offersLanguages?: boolean;
}

/** Names the refusal for its field. */
const SAID_ID = "said";

/** The whole page around one view. Inline style and script are allowed by their hashes only. */
export async function frame(drawing: Drawing, view: View): Promise<string> {
  const { body, note = null, offersLanguages = false, said = null, task = "", title } = view;
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
<title>${said === null ? "" : `${sentencesOf(words, said, drawing.now)} `}${title} · ${brandName}</title>
<link rel="icon" href="data:,">
<style>${raw(styleFor(site.page))}</style>
</head>
<body${said === null && note === null ? "" : raw(' class="told"')}>
<header>${brand}</header>
<main>
<h1>${title}</h1>
${note === null ? "" : html`<p class="note" role="status">${note}</p>`}
${task}
${said === null ? "" : alert(drawing, said)}
<p role="alert" data-offline hidden>${words.sentences.problems.offline}</p>
${body}
</main>
${footer(drawing, offersLanguages)}
<script>${raw(SCRIPT)}</script>
</body>
</html>`;
  return page.toString();
}

/**
 * A refusal: the sentence, support's number where only a person helps, and the reference to read
 * out. The script puts the focus here. Without a script the page's title begins with the sentence,
 * because a screen reader reads the title first.
 */
function alert(drawing: Drawing, said: Said): Html {
  const { now, words } = drawing;
  const { reference } = said;
  return html`<div role="alert" id="${SAID_ID}"><p>${sentencesOf(words, said, now)}</p>
${isForSupport(said) ? html`<p>${supportCall(drawing)}</p>` : ""}
<p class="soft">${words.fill(words.sentences.reference, { reference })}</p></div>`;
}

/** A link that calls support; nothing where SUPPORT_PHONE is not set. */
function supportCall({ site, words }: Drawing): Html | string {
  const { supportPhone } = site;
  if (supportPhone === null) return "";
  return html`<a class="call" href="${telephone(supportPhone)}">${words.fill(words.sentences.callSupport)}</a>`;
}

/** The signed-in customer. */
export const whoCard = (name: string, area: string): Html =>
  html`<p class="who"><b>${name}</b>${area === "" ? "" : html`<span>${area}</span>`}</p>`;

export const telephone = (shown: string): string => `tel:${shown.replace(/[^+\d]/g, "")}`;

/** The attributes of a field to which a refusal belongs. */
export const describedBy = (said: Said | null, isWrong: boolean): Html | string =>
  said === null
    ? ""
    : html` aria-describedby="${SAID_ID}"${isWrong ? raw(' aria-invalid="true"') : ""}`;

/** The hidden fields of every form of the page. */
export const formFields = ({ formToken }: Drawing): Html =>
  html`<input type="hidden" name="token" value="${formToken}">`;

function footer({ isForgot, site, words }: Drawing, offersLanguages: boolean): Html {
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
${others.length === 0 ? "" : languageChoice(words, others, isForgot, offersLanguages)}
${links.length === 0 ? "" : html`<nav>${links}</nav>`}
</footer>`;
}

/** Each language by its own name, as links to this same page. */
const languageChoice = (
  words: Words,
  others: PageSite["page"]["languages"],
  isForgot: boolean,
  isOpen: boolean,
): Html =>
  html`<details${isOpen ? raw(" open") : ""}><summary>${words.sentences.language}: ${LANGUAGES[words.language].name}</summary><ul>${others.map(
    (language) =>
      html`<li><a href="?lang=${language}${isForgot ? "&reason=forgot" : ""}" hreflang="${language}" lang="${language}">${LANGUAGES[language].name}</a></li>`,
  )}</ul></details>`;
