import { fail, ok } from "../../core/result.ts";
import { type Route, route } from "../route.ts";

/** In production: nothing that helps an attacker, not even a version. */
const RUNNING = "<!doctype html><title>Running</title><p>Running.";

/** The page for a person who opens the gateway in a browser. An API client gets `not-found`. */
export const homeRoute: Route = route(
  {
    method: "GET",
    path: "/",
    tag: "service",
    summary: "A page for people",
    answers: { 200: "text/html" },
    problems: ["not-found"],
  },
  async ({ header, site }) => {
    const isPerson = (header("accept") ?? "").includes("text/html");
    if (!isPerson) return fail({ reason: "not-found" });
    const text = site.homePage ?? RUNNING;
    return ok({ status: 200, text, type: "text/html; charset=utf-8", headers: { Vary: "Accept" } });
  },
);
