import { readFileSync } from "node:fs";
import { join } from "node:path";

/** docs/legacy.md: what was seen of the backend, which the stand-in is made from. */
const TEXT = readFileSync(join(import.meta.dirname, "../../../docs/legacy.md"), "utf8");

/** One row of a table of docs/legacy.md, its cells as they are written. */
type Row = readonly string[];

/** The tables below a heading, without their first two lines. */
function tableBelow(heading: string): readonly Row[] {
  const [, after] = TEXT.split(`\n${heading}\n`);
  if (after === undefined) throw new Error(`docs/legacy.md has no ${heading}`);
  const [section = ""] = after.split(/\n#{2,3} /);
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** A route that docs/legacy.md names, each id of its path as `{}`: `GET /api/orders/{}`. */
export interface DocumentedRoute {
  readonly route: string;
  /** The cells behind method and path. */
  readonly cells: Row;
}

/** Section 7's customer routes: "today", and the id that is trusted. */
export const customerRoutes = (): readonly DocumentedRoute[] => routesBelow("### Customer routes");

/** Section 7's routes that no customer may reach: what one can do today, and who should. */
export const staffRoutes = (): readonly DocumentedRoute[] =>
  routesBelow("### Any token suffices today; a customer must never reach them");

function routesBelow(heading: string): readonly DocumentedRoute[] {
  return tableBelow(heading).flatMap(([methods = "", paths = "", ...cells]) =>
    routesIn(`${methods} ${paths}`).map((route) => ({ route, cells })),
  );
}

const isMethod = (word: string): boolean => /^(?:GET|POST|PUT|PATCH|DELETE|\*)$/.test(word);
const bare = (path: string): string => path.replace(/\?.*$/, "").replace(/\{\w+\}/g, "{}");

/**
 * The routes of a row. A `;` may begin other methods; `/x` is a neighbour of the first path, and
 * `.../x` stands below the path before.
 */
function routesIn(row: string): readonly string[] {
  let methods: readonly string[] = [];
  let above = "";
  return row.split(";").flatMap((part) => {
    const words = (part.split(" but ")[0] ?? "").split(/[\s,]+/);
    const named = words.filter(isMethod);
    if (named.length > 0) methods = named;
    const paths = words.filter((word) => word.includes("/")).map((path) => absolute(path, above));
    const all = paths.length > 0 ? paths : [above];
    above = all[0] ?? above;
    return all.flatMap((path) => methods.map((method) => `${method} ${bare(path)}`));

    function absolute(path: string, base: string): string {
      if (path.startsWith("/api/")) {
        above = path;
        return path;
      }
      if (path.startsWith("...")) return base + path.slice(3);
      return above.slice(0, above.lastIndexOf("/")) + path;
    }
  });
}

/** A body of section 8: its fields by name, and which of them must be there. */
export interface DocumentedBody {
  readonly route: string;
  readonly fields: readonly string[];
  readonly required: readonly string[];
}

/** Section 8's bodies. Of a list of objects the objects' fields are named as well. */
export function customerBodies(): readonly DocumentedBody[] {
  let above = "";
  return tableBelow("## 8. Bodies that the customer routes take").flatMap(
    ([where = "", what = ""]) => {
      const [method = "", ...words] = where.split(/[\s,]+/);
      const paths = words.map((path) => {
        if (path.startsWith("/api/")) above = path;
        const folder = above.slice(0, above.lastIndexOf("/"));
        return path.startsWith("/api/") ? path : folder + path.replace("...", "");
      });
      const bodies = paths.length === 1 ? [what] : what.split(";");
      return paths.map((path, at) => ({
        route: `${method} ${bare(path)}`,
        ...fieldsIn(bodies[at] ?? ""),
      }));
    },
  );
}

function fieldsIn(text: string): Pick<DocumentedBody, "fields" | "required"> {
  const [said = ""] = text.replace(/\([^)]*\)/g, "").split(". ");
  const [required = "", optional = ""] = said.split("optional ");
  const names = (part: string) =>
    [...part.matchAll(/`([^`]+)`/g)].flatMap(([, name = ""]) => name.replace("[]", "").split(", "));
  return { fields: [...names(required), ...names(optional)], required: names(required) };
}
