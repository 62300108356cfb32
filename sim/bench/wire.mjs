// The accessors that follow from a declaration against code written by hand, and against packages that do the same from npm.
//
// Each way runs in a process of its own over the eighteen numbers of a vstor_packet. Those that do the same must read the same.
// The packages are no dependencies of this repository: they are measured where an `npm install` has put them, else skipped by name.
import path from 'node:path';
import { BENCH } from './harness.mjs';

const REPETITIONS = 3;
const PACKETS = 10_000_000;
/** Packages take this much longer, and get that many packets less. */
const SLOWER = 50;

/** What is compared, and what the issue asks for. */
const PAIRS = [
  { name: 'wire, write and read 18 numbers', ours: 'accessors', anchor: 'typed-arrays', target: 0.5 },
  {
    name: 'wire, write and read 18 numbers',
    ours: 'accessors',
    anchor: 'typed-binary',
    target: 100,
    peer: true,
  },
  { name: 'wire, read 18 numbers', ours: 'accessors-read', anchor: 'binary-parser', target: 100, peer: true },
];

export async function run(h) {
  for (const { name, ours, anchor, target, peer } of PAIRS) {
    if (peer && !(await installed(anchor))) {
      h.skip(`npm ${anchor}`, 'not installed');
      continue;
    }
    const packets = h.quick ? 50_000 : PACKETS;
    const fewer = peer ? packets / SLOWER : packets;
    const anchorName = peer ? `npm ${anchor}` : 'hand-written';
    requireEqual(name, hash(h, ours, fewer), hash(h, anchor, fewer));
    await h.pair(name, rate(h, ours, packets), rate(h, anchor, fewer), { target, anchorName });
  }
}

const child = (h, way, packets) =>
  h.child(
    process.execPath,
    [path.join(BENCH, 'children/wire.mjs'), way, h.dist, packets, REPETITIONS].map(String),
  );

const hash = (h, way, packets) => child(h, way, packets).hash;
const rate = (h, way, packets) => () => packets / Math.max(child(h, way, packets).seconds, 1e-6);

function requireEqual(name, ours, theirs) {
  if (ours !== theirs) throw new Error(`${name}: the two ways read different numbers`);
}

async function installed(name) {
  try {
    await import(name);
    return true;
  } catch {
    return false;
  }
}
