/** Stands in every value below: where the backend sees it, a header came through. */
export const HOSTILE = "hostile-9f3";

export const IDENTITY_NAMES: readonly string[] = [
  ...["X-User-Id", "X-Customer-Id", "X-User-Role", "X-Session-Id", "X-Request-Id"],
  ...["X-Upstream-Authorization", "X-Forward-Auth-Secret", "X-Forwarded-For", "X-Forwarded-Proto"],
  ...["X-Forwarded-Host", "X-Forwarded-User", "X-Real-Ip", "Forwarded", "Via", "Remote-User"],
  ...["X-Remote-User", "X-Original-Url", "X-Rewrite-Url", "X-Http-Method-Override", "Traceparent"],
  ...["Tracestate", "Baggage", "True-Client-Ip", "Cf-Connecting-Ip", "X-Auth-User", "X-Role"],
  ...["Cookie", "Cookie2", "Proxy", "Proxy-Authorization", "X-Method-Override", "X-Client-Cert"],
  ...["X-Admin", "X-Tenant-Id", "X-Access-Token", "X-API-Key", "WL-Proxy-Client-IP", "X-App-Build"],
];

/** Spellings that CGI, WSGI and their like take for one name. */
export const spellingsOf = (name: string): readonly string[] => [
  name,
  name.toLowerCase(),
  name.toUpperCase(),
  ...(name.includes("-") ? [name.replaceAll("-", "_"), name.replaceAll("-", ".")] : []),
  ...(name.includes("-") ? [name.replace("-", "_").toUpperCase()] : []),
];

/** What a client must not be able to tell the backend: all names, each in another spelling. */
export const HOSTILE_HEADERS: readonly (readonly [string, string])[] = [
  ...IDENTITY_NAMES.map((name, at) => {
    const spellings = spellingsOf(name);
    return [spellings[at % spellings.length] ?? name, `${HOSTILE}=1`] as const;
  }),
  ...["x-user-id", "X_USER_ID", "X_Customer_Id", "x.user.role", "X-User-Role", "Cookie"].map(
    (name) => [name, `${HOSTILE}=2`] as const,
  ),
  // A proxy that takes the named fields off last would take the gateway's own.
  ["connection", "x-user-id, X-Customer-Id, authorization, x-user-role"],
];
