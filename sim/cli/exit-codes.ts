/** What the command returns to the shell; printed by `ringside --help`. */
export const EXIT = {
  /** Done. */
  ok: 0,
  /** The thing asked about turned out false: a claim does not hold, an image is damaged, an answer is not right. */
  no: 1,
  /** The command line, a parameter or a line has a mistake; nothing was run. */
  usage: 2,
  /** A file could not be read or written. */
  file: 3,
  /** A mistake of Ringside itself. */
  bug: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0   done
  1   the answer is no: a claim does not hold, an image is damaged, an exercise is not right
  2   a mistake in the command line, a parameter or a line; nothing was run
  3   a file could not be read or written
  70  a mistake of Ringside itself; please report it with the line it prints`;
