/**
 * Units. Virtual time is counted in cycles of the time stamp counter; sizes are bytes; durations for people are nanoseconds.
 * Readable texts ('10KiB', '2.5ms') are part of the one line that names an experiment, so `parse(format(x)) === x`.
 */

/** Ticks of the time stamp counter: a non-negative integer below 2^53 in a number. */
export type Cycles = number;

interface Unit {
  readonly name: string;
  readonly factor: number;
}

const BYTES: readonly Unit[] = [
  { name: 'TiB', factor: 1024 ** 4 },
  { name: 'GiB', factor: 1024 ** 3 },
  { name: 'MiB', factor: 1024 ** 2 },
  { name: 'KiB', factor: 1024 },
  { name: 'B', factor: 1 },
];

const DURATIONS: readonly Unit[] = [
  { name: 's', factor: 1e9 },
  { name: 'ms', factor: 1e6 },
  { name: 'us', factor: 1e3 },
  { name: 'ns', factor: 1 },
];

const QUANTITY = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-zµ]*)\s*$/;

function parse(text: string, units: readonly Unit[], bare: string): number {
  const match = QUANTITY.exec(text);
  if (!match) return Number.NaN;
  const wanted = (match[2] || bare).replace('µ', 'u').toLowerCase();
  const unit = units.find((u) => u.name.toLowerCase() === wanted);
  return unit ? Number(match[1]) * unit.factor : Number.NaN;
}

/** The largest unit in which the value has at most three decimals, so that nothing is lost by rounding. */
function format(value: number, units: readonly Unit[]): string {
  for (const unit of units) {
    const scaled = value / unit.factor;
    if (Math.abs(scaled) >= 1 && Number(scaled.toFixed(3)) * unit.factor === value) {
      return `${Number(scaled.toFixed(3))}${unit.name}`;
    }
  }
  return `${value}${units[units.length - 1].name}`;
}

/** '10KiB' → 10240. Units B, KiB, MiB, GiB, TiB (powers of 1024; case does not matter); a bare number is bytes. NaN when it is no size. */
export function parseBytes(text: string): number {
  return parse(text, BYTES, 'B');
}

/** 10240 → '10KiB'. Exact: `parseBytes(formatBytes(n)) === n` for every integer n. */
export function formatBytes(bytes: number): string {
  return format(bytes, BYTES);
}

/** '2.5ms' → 2 500 000 ns. Units ns, us (µs), ms, s; a bare number is nanoseconds. NaN when it is no duration. */
export function parseDuration(text: string): number {
  return parse(text, DURATIONS, 'ns');
}

/** 2 500 000 ns → '2.5ms'. */
export function formatDuration(ns: number): string {
  return format(ns, DURATIONS);
}

/** Nanoseconds to whole cycles of a counter that ticks `hz` times a second, rounded to the nearest. */
export function cyclesOfNs(ns: number, hz: number): Cycles {
  return Math.round(ns * (hz / 1e9));
}

/** Cycles to nanoseconds (not rounded). */
export function nsOfCycles(cycles: Cycles, hz: number): number {
  return (cycles * 1e9) / hz;
}

/** Cycles to units of 100 ns, the hypervisor's reference time (TLFS, "Partition reference counter"), rounded down. */
export function referenceTimeOfCycles(cycles: Cycles, hz: number): number {
  return Math.floor((cycles * 1e7) / hz);
}
