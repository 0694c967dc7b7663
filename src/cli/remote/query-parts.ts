import type { CustomerQuery, UserQuery } from "../../ports/directory.ts";

type Query = Partial<UserQuery> & Partial<CustomerQuery>;

/** Values of one question. A gateway takes 20,000 of one kind, and two megabytes in a request. */
const MOST_VALUES = 5_000;

/**
 * A query as several, none of which asks for more than a gateway takes at once. A query that asks
 * for nothing has no parts.
 */
export function queryParts(query: Query): readonly Query[] {
  const clauses = Object.entries(query).filter(([, values]) => values.length > 0);
  const count = clauses.reduce((sum, [, values]) => sum + values.length, 0);
  if (count === 0) return [];
  if (count <= MOST_VALUES) return [query];
  return clauses.flatMap(([name, values]) => chunksOf(values).map((part) => ({ [name]: part })));
}

function chunksOf(values: readonly unknown[]): readonly (readonly unknown[])[] {
  const chunks: (readonly unknown[])[] = [];
  for (let from = 0; from < values.length; from += MOST_VALUES) {
    chunks.push(values.slice(from, from + MOST_VALUES));
  }
  return chunks;
}
