/** A short program that stands on its own: it imports what it needs, prints its result, and runs wherever `ringside` is. */
export interface SnippetIs {
  /** Its name in the address and in file names. */
  readonly name: string;
  /** What it shows, in one line. */
  readonly title: string;
  readonly code: string;
}
