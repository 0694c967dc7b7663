import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate authority that lives as long as its test, and certificates for this machine. */
export interface TestCa {
  /** The file of the authority's own certificate, in PEM. */
  readonly caFile: string;
  /** Signed by the authority, for `localhost` and 127.0.0.1. */
  readonly trusted: TlsIdentity;
  /** Signed by itself, for the same names. */
  readonly untrusted: TlsIdentity;
}

export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

const NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1";
const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Made anew by openssl, so that no key lies in the repository. */
export function makeTestCa(): TestCa {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-ca-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const selfSigned = (name: string, ...more: readonly string[]) =>
    openssl(
      ...["req", "-x509", ...NEW_KEY, "-days", "2", "-subj", `/CN=${name}`],
      ...["-keyout", `${name}.key`, "-out", `${name}.pem`, ...more],
    );
  selfSigned("ca");
  selfSigned("untrusted", "-addext", NAMES);
  openssl(
    ...["req", "-new", ...NEW_KEY, "-subj", "/CN=localhost"],
    ...["-keyout", "trusted.key", "-out", "trusted.csr"],
  );
  writeFileSync(at("names"), NAMES);
  openssl(
    ...["x509", "-req", "-in", "trusted.csr", "-CA", "ca.pem", "-CAkey", "ca.key"],
    ...["-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "trusted.pem"],
  );
  const identity = (name: string): TlsIdentity => ({
    key: readFileSync(at(`${name}.key`), "utf8"),
    cert: readFileSync(at(`${name}.pem`), "utf8"),
  });
  return { caFile: at("ca.pem"), trusted: identity("trusted"), untrusted: identity("untrusted") };
}
