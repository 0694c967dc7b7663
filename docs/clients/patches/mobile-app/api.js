import { doorstep, GATEWAY } from "./doorstep.js";

/** The one way to the backend, in place of the old one, which cleared everything at any 401. */
export async function call(method, path, body) {
  const answer = await doorstep.fetch(`${GATEWAY}/api${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  });
  const data = await answer.json().catch(() => null);
  if (answer.ok) return data;
  // The old screens read `message`; the backend says `detail`.
  const message = data?.message ?? data?.detail ?? "That did not work.";
  throw Object.assign(new Error(String(message)), { status: answer.status });
}
