// What an error of a call means for the page: a closed list by what can be done about it.

import { Code, ConnectError } from "@connectrpc/connect";

/**
 * "denied": the token does not hold. "gone": the visit is not to be shown any more. "left": the guest has
 * left, and cannot be greeted. "refused": to send it again would change nothing. "lost": the line or the server failed,
 * try again.
 */
export type Failure = "denied" | "gone" | Refusal | "lost";

/** Why the server will never take an entry. */
export type Refusal = "left" | "refused";

/** What the server says of a note that must not be kept, in the reader's language; undefined for every other error. */
export function reasonOf(error: unknown): string | undefined {
  const { code, rawMessage } = ConnectError.from(error);
  return code === Code.InvalidArgument ? rawMessage : undefined;
}

/** Sorts an error. Connect reports a broken line as `Unknown`, so all that is not listed counts as lost. */
export function failureOf(error: unknown): Failure {
  switch (ConnectError.from(error).code) {
    case Code.Unauthenticated:
      return "denied";
    case Code.NotFound:
    case Code.PermissionDenied:
      return "gone";
    case Code.FailedPrecondition:
      return "left";
    case Code.InvalidArgument:
    case Code.OutOfRange:
    case Code.Unimplemented:
    case Code.Internal:
    case Code.DataLoss:
      return "refused";
    default:
      return "lost";
  }
}
