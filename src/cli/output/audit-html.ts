import type { AuditReport } from "../audit-report.ts";
import { type AuditLine, auditWords, nextLine, sinceLine } from "./audit-words.ts";

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.4rem}table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}td,th{padding:.25rem .5rem;text-align:left;border-bottom:1px solid #ddd}
td.n{text-align:right;font-variant-numeric:tabular-nums}svg{width:100%;height:auto}code{background:#f2f2f2;padding:.1rem .3rem}`;

/** Distinct also without colour vision: from dark to light. */
const CAN_COLOURS = ["#0b5d3b", "#2f8f5b", "#6dbb8a", "#b4dcc0"];
const CANNOT_COLOURS = ["#8c2d04", "#c7571b", "#e58f4e", "#f3bf8f", "#fbe3cf"];

/** One page without any other file: it can be sent, and loads nothing. */
export function auditHtml(report: AuditReport, before: AuditReport | null): string {
  const { backend, can, cannot, others } = auditWords(report);
  const { can_sign_in, customers } = report;
  const since = before === null ? "" : `<p>${escaped(sinceLine(before, report) ?? "")}</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Audit of ${escaped(report.database)}</title><style>${STYLE}</style></head><body>
<h1>${can_sign_in} of ${customers} customers can sign in by phone</h1>
<p>${escaped(report.database)}, ${escaped(report.at)}</p>${since}
${barOf([...coloured(can, CAN_COLOURS), ...coloured(cannot, CANNOT_COLOURS)], customers)}
<h2>Can</h2>${tableOf(coloured(can, CAN_COLOURS))}
<h2>Cannot</h2>${tableOf(coloured(cannot, CANNOT_COLOURS))}
<h2>Worth a look</h2>${chartOf([...others, ...backend])}
<p><code>${escaped(nextLine(report))}</code></p>
</body></html>
`;
}

interface Coloured extends AuditLine {
  readonly colour: string;
}

const coloured = (lines: readonly AuditLine[], colours: readonly string[]): readonly Coloured[] =>
  lines.map((line, at) => ({ ...line, colour: colours[at] ?? "#999" }));

const WIDTH = 1000;

function barOf(lines: readonly Coloured[], whole: number): string {
  let x = 0;
  const parts = lines
    .filter(({ count }) => count > 0)
    .map(({ colour, count, label }) => {
      const width = (WIDTH * count) / Math.max(1, whole);
      const part = `<rect x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="40" fill="${colour}"><title>${escaped(label)}: ${count}</title></rect>`;
      x += width;
      return part;
    });
  return `<svg viewBox="0 0 ${WIDTH} 40" role="img" aria-label="Customers by state">${parts.join("")}</svg>`;
}

function tableOf(lines: readonly Coloured[]): string {
  const rows = lines.map(
    ({ advice, colour, count, label }) =>
      `<tr><td><svg viewBox="0 0 10 10" style="width:.8rem"><rect width="10" height="10" fill="${colour}"/></svg></td><td>${escaped(label)}</td><td class="n">${count}</td><td>${escaped(advice)}</td></tr>`,
  );
  return `<table>${rows.join("")}</table>`;
}

function chartOf(lines: readonly AuditLine[]): string {
  const most = Math.max(1, ...lines.map(({ count }) => count));
  const rows = lines.map(({ advice, count, label }) => {
    const width = (WIDTH * count) / most;
    const bar = `<svg viewBox="0 0 ${WIDTH} 60" style="width:12rem"><rect width="${width.toFixed(1)}" height="60" fill="#35618f"/></svg>`;
    return `<tr><td>${escaped(label)}</td><td class="n">${count}</td><td>${bar}</td><td>${escaped(advice)}</td></tr>`;
  });
  return `<table>${rows.join("")}</table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
