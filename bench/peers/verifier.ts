/** Who answers nginx's `auth_request`: hono's JWT middleware and nothing behind it. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { jwt } from "hono/jwt";
import { announce } from "./listen.ts";

const app = new Hono();
app.use(jwt({ secret: `${process.argv[2]}`, alg: "HS256" }));
app.all("/*", (c) => c.body(null, 204));

await announce(createAdaptorServer({ fetch: app.fetch }) as Server);
