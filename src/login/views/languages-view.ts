import { html } from "hono/html";
import { PAGE_LANGUAGES, type PageLanguage } from "../../core/login-page.ts";
import { LANGUAGES } from "../languages/all.ts";
import type { Plural, Sentences } from "../sentences.ts";
import type { Html } from "./frame.ts";

/**
 * Every sentence of every language beside the English one, for a native speaker to check. Served in
 * development only, under the policy of a page without script and style.
 */
export async function languagesPage(): Promise<string> {
  const others = PAGE_LANGUAGES.filter((language) => language !== "en");
  const page = await html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Languages of the login page</title></head>
<body>
<h1>Languages of the login page</h1>
<p>To correct a sentence, change src/login/languages/ and say there that a native speaker has read the file.</p>
<ul>${others.map((language) => html`<li><a href="#${language}">${LANGUAGES[language].name}</a></li>`)}</ul>
${others.map(tableOf)}
</body>
</html>`;
  return page.toString();
}

function tableOf(language: PageLanguage): Html {
  const { name, readByNativeSpeaker, sentences } = LANGUAGES[language];
  const translated = new Map(textsOf(sentences));
  const rows = textsOf(LANGUAGES.en.sentences).map(
    ([key, english]) =>
      html`<tr><td><code>${key}</code></td><td>${english}</td><td lang="${language}">${translated.get(key)}</td></tr>`,
  );
  return html`<h2 id="${language}">${name} (${language})</h2>
<p>${readByNativeSpeaker ? "Read by a native speaker." : "Not yet read by a native speaker."}</p>
<table border="1">${rows}</table>`;
}

/** Every text by its name, plural forms and problems included. */
const textsOf = (
  sentences: Sentences | Sentences["problems"] | Plural,
  path = "",
): [name: string, text: string][] =>
  Object.entries(sentences).flatMap(([name, inner]): [string, string][] =>
    typeof inner === "string" ? [[`${path}${name}`, inner]] : textsOf(inner, `${path}${name}.`),
  );
