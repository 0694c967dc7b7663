const HINT_LENGTH = 16;

/** The beginning of an address, at most half of it: the phone's holder need not live there. */
export function addressHint(address: string): string {
  const characters = [...address];
  const shown = characters.slice(0, Math.min(HINT_LENGTH, Math.floor(characters.length / 2)));
  return characters.length === 0 ? "" : `${shown.join("").trimEnd()}…`;
}
