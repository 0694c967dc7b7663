import { type Default, defaultIn, rowsOf, type Setting, type SettingTree } from "./setting.ts";

const BEGIN = "<!-- settings:begin -->";
const END = "<!-- settings:end -->";

const EXAMPLE_HEAD = `\
# Settings of Doorstep; development needs none of them. Made by "npm run docs".
# Durations are written 30s, 15m, 24h, 30d; lists with commas; budgets as counts per time, 3/10m,5/1h.
# A secret X may also come from a file: X_FILE=/run/secrets/x.
`;

/** The table of settings in docs/settings.md, in Markdown, without a newline at its end. */
export function settingsTable(tree: SettingTree): string {
  const rows = rowsOf(tree).map((row) => {
    const secret = row.secretFrom === undefined ? "" : " (secret)";
    return cells([`\`${row.name}\`${secret}`, shownDefault(row), describe(row)]);
  });
  return [cells(["Setting", "Default", "Meaning"]), "|---|---|---|", ...rows].join("\n");
}

/** The document with the table between its markers; unchanged where it has no markers. */
export function withSettingsTable(document: string, tree: SettingTree): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END, begin);
  if (begin === -1 || end === -1) return document;
  return `${document.slice(0, begin)}${BEGIN}\n${settingsTable(tree)}\n${document.slice(end)}`;
}

/**
 * `.env.example`: an unchanged copy has no effect, and neither does a line without its `#`. Secrets
 * are empty, each with the command that makes one.
 */
export function envExample(tree: SettingTree): string {
  return [EXAMPLE_HEAD, ...rowsOf(tree).map(exampleOf)].join("\n");
}

function exampleOf(row: Setting<unknown>): string {
  const lines = [`# ${plain(describe(row))}`];
  const literal = typeof row.default === "string" ? oneLine(row.default) : "";
  if (row.secretFrom !== undefined) {
    lines.push(`# Secret; make one with: ${row.secretFrom}`, `${row.name}=`);
  } else if (literal === "") {
    lines.push(`# Default: ${plain(shownDefault(row))}.`, `#${row.name}=`);
  } else {
    lines.push(`#${row.name}=${literal}`);
  }
  return `${lines.join("\n")}\n`;
}

function describe({ meaning, nodeOnly, since }: Setting<unknown>): string {
  const notes = [
    ...(nodeOnly === undefined ? [] : ["Not on Workers."]),
    ...(since === undefined ? [] : [`Since ${since}.`]),
  ];
  return [meaning, ...notes].join(" ");
}

/** `x` where both environments agree, else `x in development, y in production`. */
function shownDefault(row: Setting<unknown>): string {
  const [development, production] = [defaultIn(row, "development"), defaultIn(row, "production")];
  if (development === production) return shown(development);
  const requirement =
    production !== null && typeof production === "object" ? shown(production) : "";
  if (development === null && requirement !== "") return requirement;
  const inProduction = requirement || `${shown(production)} in production`;
  return `${shown(development)} in development, ${inProduction}`;
}

function shown(value: Default): string {
  if (value === null) return "none";
  if (typeof value === "string") return value === "" ? "none" : `\`${oneLine(value)}\``;
  return "required" in value ? "required in production" : value.shown;
}

const oneLine = (text: string): string => text.replaceAll("\n", "\\n");
const plain = (markdown: string): string => markdown.replaceAll("`", "");
const cells = (texts: readonly string[]): string =>
  `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
