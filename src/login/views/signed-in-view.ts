import { html } from "hono/html";
import type { Said } from "../said.ts";
import type { Choice } from "./choice-view.ts";
import { type Drawing, formFields, type Html, type View, whoCard } from "./frame.ts";

export interface ShownDevice {
  readonly sid: string;
  /** Browser and system in words; empty where the browser sent none. */
  readonly words: string;
  readonly lastUsedAt: number;
  readonly isThis: boolean;
}

export interface SignedIn {
  readonly action: string;
  readonly name: string;
  readonly area: string;
  readonly devices: readonly ShownDevice[];
  /** The other customers of the phone, while its proof is fresh: no new code is needed. */
  readonly others: readonly Choice[];
  readonly said: Said | null;
  /** Name of the app that sent the customer here to sign out; null: none. */
  readonly askedBy: string | null;
}

/** The last page for a customer whom no app sent. */
export function signedInView(drawing: Drawing, shown: SignedIn): View {
  const { fill, sentences } = drawing.words;
  const { action, area, askedBy, devices, name, others, said } = shown;
  const why = askedBy === null ? sentences.signedInAs : fill(sentences.asksOut, { app: askedBy });
  const button = (value: string, text: string) =>
    html`<form method="post" action="${action}">${formFields(drawing)}<button name="do" value="${value}">${text}</button></form>`;
  return {
    title: sentences.signedInTitle,
    said,
    body: html`${whoCard(name, area)}
<p>${why}</p>
${button("out", sentences.signOut)}
${others.length === 0 ? "" : html`<h2 id="switch">${sentences.switchCustomer}</h2>`}
${others.map((other) => otherRow(drawing, action, other))}
<h2>${sentences.devicesTitle}</h2>
<ul>${devices.map((device) => deviceRow(drawing, action, device))}</ul>
${button("everywhere", sentences.signOutEverywhere)}`,
  };
}

function otherRow(drawing: Drawing, action: string, { area, hint, id, name }: Choice): Html {
  const place = [area, hint].filter((part) => part !== "").join(", ");
  return html`<form method="post" action="${action}">${formFields(drawing)}<input type="hidden" name="customer" value="${id}"><button class="switch" name="do" value="switch" aria-describedby="switch"><b>${name}</b> <span class="soft">${place}</span></button></form>`;
}

function deviceRow(drawing: Drawing, action: string, device: ShownDevice): Html {
  const { words } = drawing;
  const { fill, sentences } = words;
  const name = device.words === "" ? sentences.unknownDevice : device.words;
  const used = fill(sentences.deviceUsed, { device: name, time: words.day(device.lastUsedAt) });
  if (device.isThis) return html`<li>${used} (${sentences.thisDevice})</li>`;
  return html`<li>${used}<form method="post" action="${action}">${formFields(drawing)}<input type="hidden" name="sid" value="${device.sid}"><button class="plain" name="do" value="one" aria-label="${sentences.signOutDevice}: ${name}">${sentences.signOutDevice}</button></form></li>`;
}
