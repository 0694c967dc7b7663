import { describe, expect, it } from "vitest";
import { listOf } from "../../../../src/proxy/wire/header-rules.ts";
import { refusedFraming } from "../../../../src/proxy/wire/refused-framing.ts";

type Lines = readonly (readonly [string, string])[];

describe("a request whose framing is plain", () => {
  const plain: Readonly<Record<string, Lines>> = {
    "no body": [["Host", "api.earlybird.example:443"]],
    "an IPv6 host": [["Host", "[::1]:8787"]],
    "a length": [["Content-Length", "0"]],
    chunks: [["Transfer-Encoding", "Chunked"]],
    "kept alive": [["Connection", "keep-alive, X-A"]],
    trailers: [
      ["TE", "trailers"],
      ["Connection", "TE"],
    ],
    "another transfer coding of the answer": [["TE", "gzip;q=0.5, trailers"]],
    "an offer of HTTP/2 in clear text": [
      ["Upgrade", "h2c"],
      ["Connection", "Upgrade, HTTP2-Settings"],
      ["HTTP2-Settings", "AAMAAABkAAQ"],
    ],
    "an offer without a name": [["connection", "keep-alive, UPGRADE"]],
    "a host with an empty port": [["Host", "a.example:"]],
    "no host, as HTTP/1.0 has it": [["Accept", "*/*"]],
    "a wish for https": [["Upgrade-Insecure-Requests", "1"]],
  };
  it.each(Object.entries(plain))("a request with plain framing is not refused: %s", (_, lines) => {
    expect(refusedFraming(listOf(lines))).toBeNull();
    expect(refusedFraming(listOf(new Headers(lines as [string, string][])))).toBeNull();
  });
});

describe("a request that two could read differently", () => {
  const refused: readonly (readonly [string, ReturnType<typeof refusedFraming>, Lines])[] = [
    [
      "a length and chunks",
      "transfer-encoding",
      [
        ["Content-Length", "4"],
        ["Transfer-Encoding", "chunked"],
      ],
    ],
    ["chunks twice", "transfer-encoding", [["Transfer-Encoding", "chunked, chunked"]]],
    [
      "chunks on two lines",
      "transfer-encoding",
      [
        ["Transfer-Encoding", "chunked"],
        ["transfer-encoding", "identity"],
      ],
    ],
    ["a coding before chunks", "transfer-encoding", [["Transfer-Encoding", "gzip, chunked"]]],
    ["identity", "transfer-encoding", [["Transfer-Encoding", "identity"]]],
    ["chunks with a parameter", "transfer-encoding", [["Transfer-Encoding", "chunked;a=b"]]],
    [
      "chunks behind a control character",
      "transfer-encoding",
      [["Transfer-Encoding", "\u000bchunked"]],
    ],
    [
      "two lengths",
      "content-length",
      [
        ["Content-Length", "4"],
        ["Content-Length", "5"],
      ],
    ],
    [
      "one length twice",
      "content-length",
      [
        ["Content-Length", "4"],
        ["Content-Length", "4"],
      ],
    ],
    ["two lengths on a line", "content-length", [["Content-Length", "4, 4"]]],
    ["a length with a sign", "content-length", [["Content-Length", "+4"]]],
    ["a length in hexadecimal", "content-length", [["Content-Length", "0x4"]]],
    ["a length beyond all", "content-length", [["Content-Length", "9".repeat(20)]]],
    ["an empty length", "content-length", [["Content-Length", ""]]],
    [
      "two hosts",
      "host",
      [
        ["Host", "a.example"],
        ["host", "b.example"],
      ],
    ],
    ["two hosts on a line", "host", [["Host", "a.example, b.example"]]],
    ["a host with a path", "host", [["Host", "a.example/b"]]],
    ["a host with a user", "host", [["Host", "user@a.example"]]],
    ["its type ending here", "connection", [["Connection", "close, Content-Type"]]],
    ["its length ending here", "connection", [["Connection", "content-length"]]],
    ["its host ending here", "connection", [["Connection", "HOST"]]],
  ];
  it.each(refused)(
    "a request that two could read differently is refused: %s",
    (_, fault, lines) => {
      expect(refusedFraming(listOf(lines))).toBe(fault);
    },
  );
});
