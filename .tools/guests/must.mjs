// A check of a guest fails by saying what was seen instead.

/** The message says what was seen. */
export class CheckFailed extends Error {}

/** Ends the check unless it is so. */
export function must(fine, message) {
  if (!fine) throw new CheckFailed(message);
}
