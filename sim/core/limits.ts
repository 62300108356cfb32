/** The caps of the library, each with the reason for its value. Reaching one is reported, never hidden. */

/** A cap that is part of the public behaviour. */
export interface Limit {
  readonly value: number;
  readonly unit: string;
  readonly why: string;
}

export const LIMITS = {
  time: {
    value: Number.MAX_SAFE_INTEGER,
    unit: 'cycles',
    why: 'Virtual time is an integer in a number; beyond 2^53 two instants could no longer be told apart (34 days at 3 GHz).',
  },
  handlers: {
    value: 1 << 20,
    unit: 'handlers',
    why: 'A handler number is stored in the upper half of a 64-bit record; 20 bits keep that record from ever being a NaN.',
  },
  traceRows: {
    value: 65_536,
    unit: 'rows',
    why: 'Enough for every experiment in the book; 2.6 MB, so a slider can be dragged through hundreds of runs.',
  },
  traceKinds: {
    value: 1 << 16,
    unit: 'kinds',
    why: 'Kinds are declared in source; more than this is a name made up at run time.',
  },
  nesting: {
    value: 100,
    unit: 'levels',
    why: 'Handlers that run the engine from inside the engine nest on the host stack; real chains are one or two deep.',
  },
  events: {
    value: 50_000_000,
    unit: 'events',
    why: 'For a run without an end of its own: seconds of work, and many times the events of any experiment of the book.',
  },
  processes: {
    value: 1 << 23,
    unit: 'processes',
    why: 'A process number and an 8-bit wake-up generation share one 32-bit event argument.',
  },
} as const satisfies Record<string, Limit>;
