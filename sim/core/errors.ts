/**
 * Whose mistake is it? A guest's mistake gets the architecture's answer (a status, #GP, sense data) and never comes through here.
 * A user's mistake is a list of {@link Issue}. Our own mistake is a {@link SimBug}.
 */

/** One thing a user got wrong, said so that it can be put right. */
export interface Issue {
  /** Where: the dotted name of the parameter, field or file. */
  readonly path: string;
  /** What sort of mistake, for programs: 'unknown-key', 'out-of-range', 'syntax' ... */
  readonly kind: string;
  /** What is wrong, a sentence for people. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** Carries issues through code that has no other way to return them. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(issues.map((issue) => `${issue.path}: ${issue.message} ${issue.hint}`.trim()).join('\n'));
    this.issues = issues;
  }
}

/** What was known when a bug showed itself: enough to run to the same point again. */
export interface BugContext {
  readonly seed?: number;
  /** Virtual time in cycles. */
  readonly time?: number;
  /** The last rows of the trace, oldest first. */
  readonly rows?: readonly object[];
}

/** A mistake of this library. Nothing a guest or a user does may cause one. */
export class SimBug extends Error {
  override readonly name = 'SimBug';
  readonly context: BugContext;

  constructor(message: string, context: BugContext = {}) {
    super(context.time === undefined ? message : `${message} (at cycle ${context.time})`);
    this.context = context;
  }
}

/** Throws a {@link SimBug} unless `condition` holds. Not for what a guest or a user can influence. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new SimBug(message);
}
