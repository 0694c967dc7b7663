/** Type, in pixels; targets (WCAG 2.5.5); lines of Indian scripts. */
export const LEAST = { type: 18, field: 20, target: 48, line: 1.5 };

/** What is wrong with how the page is laid out, as sentences. Runs in the browser. */
export function faultsOfLayout(least: typeof LEAST): string[] {
  const faults: string[] = [];
  const page = document.documentElement;
  const nameOf = (node: Element) => `${node.tagName} ${node.textContent?.trim().slice(0, 40)}`;
  const all = (selector: string) =>
    [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility());
  const sizeOf = (node: Element) => Number.parseFloat(getComputedStyle(node).fontSize);
  if (page.scrollWidth > innerWidth) faults.push(`scrolls sideways: ${page.scrollWidth}`);
  for (const node of all("button, a, summary, label.choice")) {
    const { height, left, right, width } = node.getBoundingClientRect();
    if (height < least.target || width < least.target)
      faults.push(`is too small a target: ${nameOf(node)}, ${width}x${height}`);
    if (left < 0 || right > innerWidth) faults.push(`stands out: ${nameOf(node)}`);
  }
  for (const node of all("button, .button, .choice, h1, p, label, legend, li, summary")) {
    const isCut =
      node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1;
    if (isCut && node.closest("header") === null) faults.push(`is clipped: ${nameOf(node)}`);
  }
  for (const node of all("body *:not(script, style)")) {
    if (node.textContent?.trim() === "" || node.tagName === "INPUT") continue;
    if (sizeOf(node) < least.type) faults.push(`is small: ${nameOf(node)}, ${sizeOf(node)}`);
    const line = Number.parseFloat(getComputedStyle(node).lineHeight) / sizeOf(node);
    if (page.lang !== "en" && line < least.line && node.closest("header") === null)
      faults.push(`has narrow lines: ${nameOf(node)}, ${line}`);
  }
  for (const node of all("input:not([type=radio])"))
    if (sizeOf(node) < least.field) faults.push("has a small field");
  if (all(".main").length > 1) faults.push("has two filled buttons");
  for (const node of all("summary")) {
    const { display, listStyleType } = getComputedStyle(node);
    if (display !== "list-item" || !listStyleType.startsWith("disclosure"))
      faults.push("has a disclosure without a marker");
  }
  return faults;
}

/**
 * Whether the page's field and its button are within the window, and the beginning of what went
 * wrong. Runs in the browser.
 */
export function isTaskVisible(): boolean {
  const parts = [...document.querySelectorAll("#phone, #code, .main")];
  const isIn = ({ bottom, top }: DOMRect) => top >= 0 && bottom <= innerHeight;
  const told = document.querySelector("[role=alert]:not([hidden]) p");
  const line = told === null ? 0 : told.getBoundingClientRect().top + 24;
  return (
    scrollY === 0 &&
    parts.length === 2 &&
    parts.every((part) => isIn(part.getBoundingClientRect())) &&
    line <= innerHeight
  );
}

/** Buttons and fields that cannot be told from the paper, or whose focus cannot. Runs in the browser. */
export function faultsOfForcedColors(): string[] {
  if (!matchMedia("(forced-colors: active)").matches) return ["no forced colours"];
  const paper = getComputedStyle(document.body).backgroundColor;
  const nodes = [...document.querySelectorAll<HTMLElement>("button, .button, input, a, summary")];
  const seen = nodes.filter((node) => node.checkVisibility());
  return seen.flatMap((node) => {
    const name = `${node.tagName} ${node.textContent?.trim()}`;
    const { borderTopColor, borderTopWidth } = getComputedStyle(node);
    const isBox = node.matches("button:not(.plain), .button, input:not([type=radio])");
    const isLost = isBox && (borderTopColor === paper || borderTopWidth !== "2px");
    node.focus({ focusVisible: true } as FocusOptions);
    const { outlineColor, outlineStyle, outlineWidth } = getComputedStyle(node);
    const isBare = outlineStyle === "none" || outlineColor === paper || outlineWidth !== "3px";
    return [...(isLost ? [`${name} has no border`] : []), ...(isBare ? [`${name}: no focus`] : [])];
  });
}

/** Runs in the browser. */
export function setStyle(body: Element, text: string): void {
  const style = document.createElement("style");
  style.textContent = text;
  body.append(style);
}

/** Characters that no font of this machine has: they are drawn as one and the same box. */
export function missingGlyphs(text: string): string[] {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 48;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return ["no canvas"];
  context.font = "24px system-ui, sans-serif";
  const drawn = (character: string): string => {
    context.clearRect(0, 0, 48, 48);
    context.fillText(character, 12, 32);
    return context.getImageData(0, 0, 48, 48).data.join();
  };
  const box = drawn("\u{10fffe}");
  return [...new Set(text)].filter((character) => /\S/.test(character) && drawn(character) === box);
}

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** What axe-core finds. Runs in the browser. */
export async function violationsOf(source: string, isColored: boolean): Promise<string[]> {
  // biome-ignore lint/security/noGlobalEval: axe is no module, and this is a test's browser
  if (!("axe" in window)) window.eval(source);
  const { axe } = window as unknown as { axe: Axe };
  const colors = isColored ? {} : { rules: { "color-contrast": { enabled: false } } };
  const found = await axe.run({ resultTypes: ["violations"], preload: false, ...colors });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
