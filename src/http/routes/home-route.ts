import { fail, ok } from "../../core/result.ts";
import { type Route, route } from "../route.ts";

/** The page for a person who opens the gateway in a browser. An API client gets `not-found`. */
export const homeRoute: Route = route(
  {
    method: "GET",
    path: "/",
    tag: "service",
    summary: "A page for people",
    answers: { 200: "text/html", 303: null },
    problems: ["not-found"],
  },
  async ({ header, site }) => {
    const isPerson = (header("accept") ?? "").includes("text/html");
    if (!isPerson) return fail({ reason: "not-found" });
    const { homePage: text = null } = site;
    // In production nothing here helps an attacker: a person comes to sign in.
    if (text === null) return ok({ status: 303, headers: { Location: "/login", Vary: "Accept" } });
    return ok({ status: 200, text, type: "text/html; charset=utf-8", headers: { Vary: "Accept" } });
  },
);
