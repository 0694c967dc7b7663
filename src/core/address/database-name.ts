/** A database, as an operator's command names it. */
export interface NamedDatabase {
  /** What a person types before a command writes. */
  readonly name: string;
  /** With its place, and without credentials: `earlybird@mongo.internal`, or the file's path. */
  readonly shown: string;
}

/**
 * The database of the settings.
 *
 * @param mongoUrl as `checkMongoUrl` accepts it; null: the embedded store
 */
export function namedDatabase({
  mongoUrl,
  sqlitePath,
}: {
  readonly mongoUrl: string | null;
  readonly sqlitePath: string;
}): NamedDatabase {
  if (mongoUrl === null) {
    return { name: sqlitePath.replace(/^.*[/\\]/, ""), shown: sqlitePath };
  }
  const [, place = "", path = ""] = /^[^:]+:\/\/([^/?]*)\/?([^?]*)/.exec(mongoUrl) ?? [];
  const hosts = place.slice(place.lastIndexOf("@") + 1);
  const name = decoded(path);
  return { name, shown: `${name}@${hosts}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
