/** What a case must not do to the host. */

/** Which rule was broken. */
export type FindingKind =
  /** Something was thrown: a guest's mistake got another answer than the architecture's. */
  | 'exception'
  /** The host did not come to rest within the events that a case may take. */
  | 'hang'
  /** Work or page lists pile up. */
  | 'memory'
  /** Another channel or another virtual machine noticed. */
  | 'harm'
  /** The host's own packets or messages break the rules, or say what depends on what lay in memory before. */
  | 'reply';

/** A bug of the host, found. */
export class Finding extends Error {
  override readonly name = 'Finding';
  readonly kind: FindingKind;

  constructor(kind: FindingKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Throws a {@link Finding} unless `condition` holds. */
export function hold(condition: unknown, kind: FindingKind, message: string): asserts condition {
  if (!condition) throw new Finding(kind, message);
}
