import { html } from "hono/html";
import type { CompleteSettings } from "../shared/complete-settings.ts";
import { samplePhones } from "./sample-data.ts";

/** The page for a developer at `/`: an introduction, and things to try. Null in production. */
export async function homePage(settings: CompleteSettings): Promise<string | null> {
  if (settings.environment !== "development") return null;
  const phones = samplePhones(settings).map(
    ({ name, phone }) => html`<tr><td><code>${phone}</code></td><td>${name}</td></tr>`,
  );
  const page = await html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Doorstep, in development</title></head>
  <body>
    <h1>Doorstep is running in development</h1>
    <p>
      Doorstep logs customers in by a one-time code and stands in front of the legacy backend.
      README.md shows a login, command by command.
    </p>
    <ul>
      <li><a href="/login">Login page</a>: sign in with a sample phone; the code is in the outbox.
        <a href="/dev/languages">Its sentences</a> in every language.</li>
      <li><a href="/dev/outbox">Outbox</a>: the codes, instead of an SMS.
        <code>/dev/outbox?wait=5</code> waits for the next one.</li>
      <li><a href="/openapi.json">OpenAPI document</a>: every route, with its bodies and problems.</li>
      <li><a href="/readyz">Readiness</a>: whether the stores are up.</li>
    </ul>
    ${phones.length === 0 ? "" : html`<h2>Sample phones</h2><table>${phones}</table>`}
  </body>
</html>`;
  return page.toString();
}
