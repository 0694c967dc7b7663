/**
 * Replaces the package of this name, with which the driver parses its connection string: on Workers
 * the globals are the same classes, and the package would be 75 KB of the bundle.
 */
const { URL: GlobalURL, URLSearchParams: GlobalURLSearchParams } = globalThis;

export { GlobalURL as URL, GlobalURLSearchParams as URLSearchParams };
