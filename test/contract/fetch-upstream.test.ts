import { beforeEach, vi } from "vitest";
import { fetchUpstream } from "../../src/adapters/fetch/upstream.ts";
import { upstreamSuite } from "./upstream.suite.ts";

// node-server prints what breaks a Response's body off.
beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

const ONE_LINE = "fetch joins the fields of one name into one line, and sorts them by name";

upstreamSuite("fetch", fetchUpstream, {
  "adds no header but host, connection and framing":
    "Node's fetch adds accept, accept-language, sec-fetch-mode and user-agent where they are missing",
  "sends a name that is given twice as two lines, in order": ONE_LINE,
  "writes the answer's fields in order, repeated ones as lines, byte for byte": ONE_LINE,
  "keeps the bytes of a value, also where the body is long in coming":
    "node-server flushes the head of a streamed Response as UTF-8",
  "sends a body of known length with its length": "fetch sends a stream in chunks",
  "passes a coded body on byte for byte, with its coding's name":
    "fetch takes codings off: it asks for none, and drops the name of one that came all the same",
  "breaks off what is under way when it is closed": "fetch has no connections of its own to end",
  "does not ask a GET with a body again": "a Request of method GET has no body that could be sent",
  "does not ask again where a byte of the answer had come":
    "fetch does not tell how far an answer came",
});
