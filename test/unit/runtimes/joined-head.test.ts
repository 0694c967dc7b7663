import { expect, it, onTestFinished } from "vitest";
import { listen } from "../../../src/runtimes/node/node-server.ts";

/** Answers each path with its body, over a real socket. */
async function place(bodies: Readonly<Record<string, () => BodyInit>>) {
  const server = await listen("127.0.0.1", 0);
  onTestFinished(async () => void (await server.stop(0)));
  const log = { write: () => undefined };
  server.serve((request) => {
    // Set like this, the headers make it a whole Response, as those of the app are.
    const response = new Response(bodies[new URL(request.url).pathname]?.());
    response.headers.set("content-type", "application/octet-stream");
    return response;
  }, log);
  return async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return { answer, bytes: new Uint8Array(await answer.arrayBuffer()) };
  };
}

const every = Uint8Array.from({ length: 1024 }, (_, i) => i % 256);
const large = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) % 256);
const streamed = () =>
  new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const part of [every, large, every]) {
        controller.enqueue(part);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      controller.close();
    },
  });

it("a body that leaves in one write with its head keeps each of its bytes, and a larger or streamed one too", async () => {
  const get = await place({
    "/small": () => every,
    "/part": () => every.subarray(100, 300),
    "/text": () => "आशा राव",
    "/large": () => large,
    "/streamed": streamed,
  });
  const { answer, bytes } = await get("/small");
  expect(bytes).toEqual(every);
  expect(answer.headers.get("content-length")).toBe("1024");
  expect((await get("/part")).bytes).toEqual(every.slice(100, 300));
  expect(new TextDecoder().decode((await get("/text")).bytes)).toBe("आशा राव");
  expect((await get("/large")).bytes).toEqual(large);
  expect((await get("/streamed")).bytes).toEqual(Uint8Array.from([...every, ...large, ...every]));
});
