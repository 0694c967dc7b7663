/**
 * Remembers texts in 16 MB, however many there are (a Bloom filter). A text that was added is
 * always found. A text that was not is found now and then: with a million texts once in five
 * thousand times, with five million once in two hundred. Then a command asks a question in vain.
 */
export interface TextFilter {
  add(kind: string, text: string): void;
  mayHave(kind: string, text: string): boolean;
}

const BITS = 27;

export function textFilter(): TextFilter {
  const words = new Uint32Array(2 ** (BITS - 5));
  const isSet = (at: number) => ((words[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;
  const set = (at: number) => {
    words[at >>> 5] = (words[at >>> 5] ?? 0) | (1 << (at & 31));
  };
  return {
    add(kind, text) {
      const hash = hashOf(kind, text);
      set(placeOf(hash));
      set(placeOf(mixed(hash)));
    },
    mayHave(kind, text) {
      const hash = hashOf(kind, text);
      return isSet(placeOf(hash)) && isSet(placeOf(mixed(hash)));
    },
  };
}

const placeOf = (hash: number): number => hash >>> (32 - BITS);

/** FNV-1a over the code units, then mixed: no secret depends on it. */
function hashOf(kind: string, text: string): number {
  return mixed(continued(continued(0x811c9dc5, kind), text));
}

function continued(start: number, text: string): number {
  let hash = start;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}

/** The last step of MurmurHash3: every bit of the hash depends on every other. */
function mixed(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
