/**
 * The number of the object for a question, below `objects`: the same question always goes to the
 * same object.
 *
 * FNV-1a alone does not spread here. A query lists one phone in several spellings, and the low bits
 * of its hash then take two values of eight. So the hash is mixed at the end, as MurmurHash3 does.
 * The hash spreads questions and protects nothing.
 */
export function objectNumber(question: unknown, objects: number): number {
  return mixed(fnv1a(JSON.stringify(question))) % objects;
}

/** FNV-1a, 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}

/** MurmurHash3's finalizer, 32 bits: each bit of the input changes each bit of the result. */
function mixed(hash: number): number {
  let bits = hash;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
