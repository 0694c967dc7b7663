/** The least that a proxy on Node can do: undici's stream into the outgoing response, nothing judged. */
import { createServer } from "node:http";
import { Pool } from "undici";
import { announce } from "./listen.ts";

const pool = new Pool(`${process.argv[2]}`, { connections: 256 });

await announce(
  createServer((incoming, outgoing) => {
    pool.stream(
      { method: "GET", path: incoming.url ?? "/" },
      ({ headers, statusCode }) => {
        delete headers.connection;
        delete headers["keep-alive"];
        return outgoing.writeHead(statusCode, headers);
      },
      (error) => {
        if (error) outgoing.destroy();
      },
    );
  }),
);
