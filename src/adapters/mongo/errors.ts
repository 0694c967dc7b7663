import {
  MongoClientClosedError,
  MongoDriverError,
  MongoError,
  MongoErrorLabel,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoServerError,
  MongoSystemError,
  MongoTopologyClosedError,
  MongoUnexpectedServerResponseError,
  MongoWriteConcernError,
} from "mongodb";
import { AdapterError, type AdapterErrorKind } from "../../ports/adapter-error.ts";
import { DeadlineError } from "../../ports/deadline.ts";
import { platformFault } from "../workerd/platform-fault.ts";

const DUPLICATE_KEY = 11000;
const MAX_TIME_EXPIRED = 50;

/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const UNAVAILABLE_CODES: ReadonlySet<unknown> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  43, // CursorNotFound
  64, // WriteConcernTimeout
  79, // UnknownReplWriteConcern
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  262, // ExceededTimeLimit
  462, // IngressRequestRateLimitExceeded
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11601, // Interrupted
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  MAX_TIME_EXPIRED,
]);

/** Errors of the driver itself that may pass with time. */
const UNAVAILABLE_ERRORS = [
  DeadlineError,
  MongoNetworkError,
  MongoSystemError, // server selection
  MongoWriteConcernError,
  MongoClientClosedError,
  MongoExpiredSessionError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoTopologyClosedError,
  MongoUnexpectedServerResponseError,
] as const;
/** Not exported by the driver: a pool that is closed, or full for too long. */
const UNAVAILABLE_NAMES: ReadonlySet<string> = new Set([
  "MongoPoolClosedError",
  "MongoWaitQueueTimeoutError",
]);
/** System calls that fail for a fault of the operator, such as the path of a certificate. */
const FILE_CALLS: ReadonlySet<string> = new Set(["open", "stat"]);
/** `read` reads files and sockets: these codes are a file's. */
const FILE_CODES: ReadonlySet<unknown> = new Set(["EISDIR", "EIO"]);

/** Wraps an error of the driver; an AdapterError stays unchanged. */
export function wrapped(operation: string, error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  return new AdapterError("mongo", operation, kindOf(error), { cause: error });
}

function kindOf(error: unknown): AdapterErrorKind {
  if (!(error instanceof Error)) return "failed";
  if (UNAVAILABLE_ERRORS.some((type) => error instanceof type)) return "unavailable";
  if (error instanceof MongoServerError) return isPassing(error) ? "unavailable" : "failed";
  if (error instanceof MongoDriverError && UNAVAILABLE_NAMES.has(error.name)) return "unavailable";
  return isOfTheNetwork(error) || platformFault(error) !== null ? "unavailable" : "failed";
}

/**
 * A raw error of the platform's sockets or DNS. The driver (7.9) wraps such an error of a read, but
 * passes on that of a write, and does not retry where it should.
 */
export function isOfTheNetwork(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof MongoError) return false;
  const { code, syscall } = error as { readonly code?: unknown; readonly syscall?: unknown };
  if (typeof syscall === "string") return !FILE_CALLS.has(syscall) && !FILE_CODES.has(code);
  const word = platformFault(error)?.word;
  return word === "connection-lost" || word === "connection-refused";
}

function isPassing(error: MongoServerError): boolean {
  return (
    UNAVAILABLE_CODES.has(error.code) ||
    error.hasErrorLabel(MongoErrorLabel.RetryableWriteError) ||
    error.hasErrorLabel(MongoErrorLabel.SystemOverloadedError)
  );
}

/** Whether a unique index refused. */
export const isDuplicate = (error: unknown): error is MongoServerError =>
  error instanceof MongoServerError && error.code === DUPLICATE_KEY;

/** Whether the server stopped a query at the end of its `maxTimeMS`. */
export function isOutOfTime(error: unknown): boolean {
  const cause = error instanceof AdapterError ? error.cause : error;
  return cause instanceof MongoError && cause.code === MAX_TIME_EXPIRED;
}
