import { expect, test } from "vitest";
import { createApp } from "../../../src/http/create-app.ts";
import { call } from "../../support/gateway/client.ts";
import { checkAnswers } from "../../support/gateway/declared-answers.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { DOCUMENTS, flyThrough } from "./every-flow.ts";

const gateway = await testGateway({ documents: DOCUMENTS });
const { body, headers, status } = await call(gateway, "GET", "/openapi.json");

test("/openapi.json is public for five minutes, and the same for everybody", async () => {
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("cache-control")).toBe("public, max-age=300");
  expect((await call(gateway, "GET", "/openapi.json")).body).toEqual(body);
});

test("it describes what this app serves, path by path, and nothing else", () => {
  const served = gateway.app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  const described = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(served.sort());
  expect(served).toContain("GET /openapi.json");
});

test("every flow, in every outcome, answers as it says", async () => {
  // `testGateway` looks at each answer; what is not declared rejects the call.
  const { answers } = await flyThrough(gateway);
  const statuses = new Set(answers.map((answer) => answer.status));
  expect([...statuses].sort()).toEqual([200, 202, 204, 400, 401, 403, 404, 409, 422, 429]);
});

test("an answer with one member too many would be found", async () => {
  const { site, ...made } = await testGateway();
  const app = createApp({ ...made, site, peerOf: () => "127.0.0.1", rawHeadOf: () => null });
  const ask = app.request.bind(app);
  let more: object = {};
  app.request = async (...asked) => {
    const answer = await ask(...asked);
    return Response.json({ ...(await answer.json()), ...more }, answer);
  };
  checkAnswers(app, site, false);
  expect((await call({ app }, "GET", "/healthz")).status).toBe(200);
  more = { secret: "x" };
  const refused = /GET \/healthz answered 200/;
  await expect(call({ app }, "GET", "/healthz")).rejects.toThrow(refused);
});
