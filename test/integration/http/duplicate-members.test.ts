import { expect, test } from "vitest";
import { routesOf } from "../../../src/http/create-app.ts";
import { send } from "../../support/gateway/client.ts";
import { oauthGateway } from "../../support/gateway/oauth-client.ts";

const gateway = await oauthGateway();
const JSON_ROUTES = routesOf(gateway.site).filter(
  ({ body }) => body !== null && body.kind !== "form",
);

test.each(JSON_ROUTES)(
  "a member that stands twice in JSON is malformed at $method $path, whichever one another reader takes",
  async ({ method, path }) => {
    const bodies = [
      '{"client_id":"shop","client_id":"other"}',
      '{"client_id":"shop","client_\\u0069d":"shop"}',
      '{"client_id":null,"client_id":"shop"}',
      '{"x":{"y":1,"y":2}}',
    ];
    for (const body of bodies) {
      const headers = { "content-type": "application/json" };
      const answer = await send(gateway, path, { method, body, headers });
      expect([answer.status, answer.body.code], body).toEqual([400, "request-malformed"]);
    }
  },
);
