/**
 * A setting of a provider that its `requires` names. The start was refused without the setting, so
 * null here is a fault of the registry. An empty text in its place would send requests that carry no
 * credential.
 *
 * @throws TypeError with the setting's name
 */
export function required(value: string | null, name: string): string {
  if (value === null) throw new TypeError(`${name} is required`);
  return value;
}
