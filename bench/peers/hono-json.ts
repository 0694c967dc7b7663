/** The least that hono can answer: a small JSON body, nothing read and nothing judged. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { announce } from "./listen.ts";

const app = new Hono();
app.get("/*", (c) => c.json({ allowed: true }));

await announce(createAdaptorServer({ fetch: app.fetch }) as Server);
