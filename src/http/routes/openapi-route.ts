import { ok } from "../../core/result.ts";
import { type OpenApiDocument, openApiDocument } from "../openapi/openapi.ts";
import { type Route, route, type Site } from "../route.ts";
import { documentShape } from "./shapes.ts";

/** These routes and one more, which describes them all and itself. Made on first use. */
export function withDocument(routes: readonly Route[], site: Site): readonly Route[] {
  let document: OpenApiDocument | null = null;
  const self = route(
    {
      method: "GET",
      path: "/openapi.json",
      tag: "service",
      summary: "OpenAPI 3.1 description of these routes",
      cache: "public, max-age=300",
      answers: { 200: documentShape },
    },
    async () => {
      document ??= openApiDocument(all, site);
      return ok({ status: 200, json: document });
    },
  );
  const all = [...routes, self];
  return all;
}
