const GET = "GET /api/orders/ HTTP/1.1";
const POST = "POST /api/orders/ HTTP/1.1";

/** Heads that two parsers could read in two ways: a name, the request line, and the lines behind it. */
export const AMBIGUOUS_HEADS: readonly (readonly [string, string, ...string[]])[] = [
  ["two lengths", POST, "Content-Length: 2", "Content-Length: 3"],
  ["a length and chunks", POST, "Content-Length: 4", "Transfer-Encoding: chunked"],
  ["chunks that are no chunks", POST, "Transfer-Encoding: xchunked"],
  ["chunks in a coding", POST, "Transfer-Encoding: gzip, chunked"],
  ["two hosts", GET, "Host: evil.example"],
  ["a name with a space behind it", GET, "X-User-Id : u-2"],
  ["a body whose type ends here", POST, "Connection: content-type", "Content-Length: 0"],
  ["an absolute target", "GET http://evil.example/api/orders/ HTTP/1.1"],
  ["another host's path", "GET //evil.example/api/orders/ HTTP/1.1"],
  ["a dot segment", "GET /api/./orders/ HTTP/1.1"],
  ["two dots", "GET /api/x/../orders/ HTTP/1.1"],
  ["encoded dots", "GET /api/x/%2e%2E/orders/ HTTP/1.1"],
  ["dots behind the own id", "GET /api/phase0-v2/customers/x%2f..%2fc-2 HTTP/1.1"],
  ["a backslash", "GET /api\\orders/ HTTP/1.1"],
  ["a fragment", "GET /api/orders/#x HTTP/1.1"],
  ["two slashes", "GET /api//orders/ HTTP/1.1"],
  ["an authority", "GET localhost:80 HTTP/1.1"],
  ["a byte that no target has", "GET /api/orders/\u00e9 HTTP/1.1"],
];
