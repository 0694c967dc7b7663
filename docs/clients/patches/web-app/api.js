import { doorstep, forgetOldToken, GATEWAY, OLD_TOKEN } from "./doorstep.js";

/**
 * The one way to the backend, in place of the old one: `call("GET", "/orders")`. A customer's token
 * is refreshed in time, so a 401 says that the session is over, or that the backend refuses the token
 * for a reason of its own. The old page wiped everything at any 401.
 */
export async function call(method, path, body) {
  const old = localStorage.getItem(OLD_TOKEN);
  const answer = await (old === null ? doorstep.fetch : fetch)(`${GATEWAY}/api${path}`, {
    method,
    headers: {
      ...(old === null ? {} : { Authorization: `Bearer ${old}` }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.status === 401 && old !== null) {
    forgetOldToken();
    location.reload();
  }
  const data = await answer.json().catch(() => null);
  if (!answer.ok) throw Object.assign(new Error("request failed"), { data, status: answer.status });
  return data;
}
