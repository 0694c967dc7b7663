import type { CaseResult, GroupResult } from "./results.ts";
import { short } from "./text.ts";

const WIDTH = 760;
const NAME_WIDTH = 330;
const ROW = 22;
const BAR = 14;
const PANEL_HEAD = 44;
const VALUE_WIDTH = 110;

/** What is drawn: a group's cases by one figure, of which a smaller value is better. */
const PANELS: readonly {
  readonly group: string;
  readonly figure: string;
  readonly title: string;
}[] = [
  { group: "proxied", figure: "CPU µs", title: "A proxied request: CPU of the program, µs" },
  { group: "forward-auth", figure: "CPU µs", title: "A forward-auth answer: CPU, µs" },
  { group: "logins", figure: "CPU µs", title: "A login, code and verify, on SQLite: CPU, µs" },
  { group: "rules", figure: "CPU µs", title: "More rules in the policy: CPU, µs" },
  { group: "start", figure: "memory MB", title: "Memory at rest, MB" },
];

const STYLE =
  "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.value{font-size:12px}" +
  ".ours{fill:#0b6b3a}.other{fill:#9aa4ae}.spread{stroke:#1f2328;stroke-width:1.5}.ground{fill:#fff}" +
  "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ours{fill:#3fb27f}.other{fill:#6e7781}" +
  ".spread{stroke:#e6edf3}.ground{fill:#0d1117}}";

/** The bench's figures as bars, medians with the lowest and the highest round: an SVG. */
export function chart(groups: readonly GroupResult[]): string {
  const parts: string[] = [];
  let y = 8;
  for (const { figure, group, title } of PANELS) {
    const cases = groups.find(({ name }) => name === group)?.cases ?? [];
    if (cases.length === 0) continue;
    parts.push(...panel(title, figure, cases, y));
    y += PANEL_HEAD + cases.length * ROW;
  }
  const height = y + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Figures of npm run bench; docs/performance.md has them as tables">`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function panel(
  title: string,
  figure: string,
  cases: readonly CaseResult[],
  top: number,
): readonly string[] {
  const highest = Math.max(...cases.map(({ figures }) => figures[figure]?.high ?? 0));
  const scale = (WIDTH - NAME_WIDTH - VALUE_WIDTH) / highest;
  const rows = cases.flatMap((each, n) => row(each, figure, top + PANEL_HEAD - 8 + n * ROW, scale));
  return [`<text class="title" x="8" y="${top + 22}">${text(title)}</text>`, ...rows];
}

function row(
  { figures, name }: CaseResult,
  figure: string,
  y: number,
  scale: number,
): readonly string[] {
  const spread = figures[figure];
  if (spread === undefined) return [];
  const { high, low, median } = spread;
  const at = (value: number) => (NAME_WIDTH + value * scale).toFixed(1);
  const middle = y + BAR / 2;
  const kind = name.startsWith("Doorstep") ? "ours" : "other";
  return [
    `<text x="${NAME_WIDTH - 8}" y="${y + 11}" text-anchor="end">${text(name)}</text>`,
    `<rect class="${kind}" x="${NAME_WIDTH}" y="${y}" width="${(median * scale).toFixed(1)}" height="${BAR}"/>`,
    `<line class="spread" x1="${at(low)}" x2="${at(high)}" y1="${middle}" y2="${middle}"/>`,
    `<text class="value" x="${NAME_WIDTH + high * scale + 6}" y="${y + 11}">${short(median)}</text>`,
  ].map((line) => line.replace(/(\d+\.\d)\d+/g, "$1"));
}

const text = (words: string): string => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
