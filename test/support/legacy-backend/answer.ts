export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

export const html = (body: string): Answer => ({
  status: 200,
  headers: { "content-type": "text/html; charset=utf-8" },
  body,
});

const detail = (status: number, text: string): Answer => json({ detail: text }, status);

export const notAuthenticated = (): Answer => detail(403, "Not authenticated");
export const badCredentials = (): Answer => ({
  ...detail(401, "Could not validate credentials"),
  headers: { "content-type": "application/json", "www-authenticate": "Bearer" },
});
export const wrongRole = (): Answer => detail(403, "Insufficient permissions");
export const notYours = (): Answer => detail(403, "Access denied");
export const wrongPassword = (): Answer => detail(401, "Invalid email or password");
export const refused = (text: string): Answer => detail(400, text);
export const notFound = (what?: string): Answer =>
  detail(404, what === undefined ? "Not Found" : `${what} not found`);

export const gone = (what: string): Answer => detail(410, `${what} has expired`);

/** FastAPI's: `detail` is an array. */
export const invalid = (place: string, field: string, type = "missing"): Answer =>
  json({ detail: [{ type, loc: [place, field], msg: "Field required", input: null }] }, 422);

export const unhandled = (): Answer => ({
  status: 500,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "Internal Server Error",
});

export const methodNotAllowed = (allow: string): Answer => {
  const answer = detail(405, "Method Not Allowed");
  return { ...answer, headers: { ...answer.headers, allow } };
};

export const redirect = (location: string): Answer => ({
  status: 307,
  headers: { location },
  body: "",
});
