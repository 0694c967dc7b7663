import type { DocumentKey } from "../../../core/ids.ts";
import type { StoredDocument } from "../../../core/linking/documents.ts";
import type { Directory, LegacyCollection } from "../../../ports/directory.ts";

/** The spellings of so many phones are one query. */
const PAGE = 500;

/**
 * Every document of a collection, page by page, until a page is empty: a store may give fewer than
 * were asked for.
 *
 * @param after continues a walk after this key
 */
export async function* pagesOf(
  { directory }: { readonly directory: Pick<Directory, "pageOf"> },
  collection: LegacyCollection,
  after: DocumentKey | null = null,
): AsyncGenerator<readonly StoredDocument[], void, void> {
  let last = after;
  for (;;) {
    const page: readonly StoredDocument[] = await directory.pageOf(collection, last, PAGE);
    if (page.length === 0) return;
    yield page;
    last = page.at(-1)?.key ?? last;
  }
}
