/** What one writes first: hono's JWT middleware and its `proxy()`. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { jwt } from "hono/jwt";
import { proxy } from "hono/proxy";
import { announce } from "./listen.ts";

const [upstream, secret] = process.argv.slice(2);
const app = new Hono();
app.use(jwt({ secret: `${secret}`, alg: "HS256" }));
app.get("/*", (c) => proxy(`${upstream}${c.req.path}`, { raw: c.req.raw }));

await announce(createAdaptorServer({ fetch: app.fetch }) as Server);
