/**
 * Asks as fast as it is answered, on a fixed number of connections, and counts.
 * Arguments: URL, connections, seconds, JSON of headers, the length that every answer must have.
 */
import { Client } from "undici";

const [address, connections, seconds, headers, length] = process.argv.slice(2);
const { origin, pathname } = new URL(`${address}`);
const clients = Array.from({ length: Number(connections) }, () => new Client(origin));
const endsAt = performance.now() + Number(seconds) * 1000;
const request = {
  method: "GET" as const,
  path: pathname,
  headers: JSON.parse(`${headers}`) as Record<string, string>,
};

/** One answer. @returns what is wrong with it, or null */
function ask(client: Client): Promise<string | null> {
  return new Promise((resolve) => {
    let status = 0;
    let bytes = 0;
    client.dispatch(request, {
      onRequestStart: () => undefined,
      onResponseStart: (_, code) => {
        status = code;
      },
      onResponseData: (_, chunk) => {
        bytes += chunk.length;
      },
      onResponseEnd: () => {
        const isRight = status === 200 && bytes === Number(length);
        resolve(isRight ? null : `status ${status}, ${bytes} bytes`);
      },
      onResponseError: (_, error) => resolve(error.message),
    });
  });
}

let answers = 0;
const wrong = new Map<string, number>();
const startedAt = performance.now();
await Promise.all(
  clients.map(async (client) => {
    while (performance.now() < endsAt) {
      const fault = await ask(client);
      answers++;
      if (fault !== null) wrong.set(fault, (wrong.get(fault) ?? 0) + 1);
    }
  }),
);
const took = (performance.now() - startedAt) / 1000;
await Promise.all(clients.map((client) => client.destroy()));
console.log(JSON.stringify({ answers, perSecond: answers / took, wrong: [...wrong] }));
