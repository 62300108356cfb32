// The engine against other engines, on the HOLD model: N events pending; each, when it runs, posts itself anew. One event is one pop,
// one indirect call and one push.
//
// Every engine, in every language, reads the same table of 8191 exponentially distributed whole numbers, so the times are the same bit
// for bit; the hash over the order in which the events ran must be equal too, or the comparison is void.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { BENCH } from './harness.mjs';

const TABLE = 8191;
const MEAN = 2 ** 20;
const REPETITIONS = 3;

/** Pending events, events measured, and what the issue asks of handlers and programs against C++. */
const SIZES = [
  { pending: 10, events: 6e6 },
  { pending: 1e3, events: 6e6, handlers: 1, programs: 1 },
  { pending: 1e5, events: 3e6, handlers: 1 },
  { pending: 1e6, events: 3e6 },
];

export async function run(h) {
  const table = path.join(h.scratch, 'table.bin');
  writeFileSync(table, await exponentials(h));
  const sizes = h.quick ? SIZES.slice(0, 2).map((size) => ({ ...size, events: 1e5 })) : SIZES;
  const cpp = h.compile(path.join(BENCH, 'anchors/hold.cc'));
  if (cpp) await againstCpp(h, cpp, table, sizes);
  await againstPeers(h, table, sizes);
}

/** One run of a child: events per second, and its hash to be compared. */
function measure(h, command, args, { pending, events }, table, hashes) {
  return () => {
    const { seconds, hash } = h.child(
      command,
      [...args, pending, events, REPETITIONS, table, path.join(h.dist, 'core')].map(String),
    );
    hashes.push(hash);
    return events / seconds;
  };
}

const node = (engine) => [process.execPath, [path.join(BENCH, 'anchors/hold.mjs'), engine]];

async function againstCpp(h, cpp, table, sizes) {
  const costs = [];
  for (const size of sizes) {
    for (const kind of size.pending === 1e3 ? ['handlers', 'programs'] : ['handlers']) {
      const hashes = [];
      const ours = measure(h, ...node(kind), size, table, hashes);
      const anchor = () => {
        const { seconds, hash } = h.child(cpp, [size.pending, size.events, REPETITIONS, table].map(String));
        hashes.push(hash);
        return size.events / seconds;
      };
      const options = { target: size[kind], anchorName: 'C++ std::priority_queue' };
      const result = await h.pair(`HOLD ${size.pending}, ${kind}`, ours, anchor, options);
      requireEqual(hashes, result.name);
      if (kind === 'handlers')
        costs.push({ pending: size.pending, ours: 1 / result.ours, heap: 1 / result.anchor });
    }
  }
  growth(h, costs);
}

/**
 * The issue: cost per event grows no faster than log n up to a million pending events. A binary heap is what costs log n, and caches
 * make its cost grow faster than its comparisons; so the yardstick is how much the heap's cost grew, in the same run.
 */
function growth(h, costs) {
  const [first, last] = [costs[0], costs[costs.length - 1]];
  const ours = last.ours / first.ours;
  const heap = last.heap / first.heap;
  h.note({
    name: `HOLD: cost of an event at ${last.pending} over ${first.pending}`,
    unit: 'x',
    ours,
    anchor: heap,
    anchorName: 'less growth than std::priority_queue',
    ratio: heap / ours,
    target: 1,
    met: ours <= heap,
    logarithm: Math.log2(last.pending) / Math.log2(first.pending),
  });
}

async function againstPeers(h, table, sizes) {
  const peers = [
    { name: 'npm simjs', there: await installed('simjs'), command: node('simjs'), target: 5 },
    {
      name: 'SimPy',
      there: hasSimPy(),
      command: ['python3', [path.join(BENCH, 'anchors/hold.py')]],
      target: 20,
    },
  ];
  for (const peer of peers) {
    if (!peer.there) {
      h.skip(peer.name, 'not installed');
      continue;
    }
    for (const size of sizes.filter(({ pending }) => pending <= 1e5)) {
      const hashes = [];
      const few = { ...size, events: Math.min(size.events, 3e5) };
      const ours = measure(h, ...node('handlers'), size, table, []);
      const anchor = measure(h, ...peer.command, few, table, hashes);
      const check = measure(h, ...node('handlers'), few, table, hashes);
      check();
      const result = await h.pair(`HOLD ${size.pending}, handlers`, ours, anchor, {
        // Targets stand for 1e3 and 1e5 pending events; ten fit everybody's cache and are shown for completeness.
        ...(size.pending >= 1000 ? { target: peer.target } : {}),
        anchorName: peer.name,
      });
      requireEqual(hashes, `${result.name} against ${peer.name}`);
    }
  }
}

function requireEqual(hashes, name) {
  if (new Set(hashes).size !== 1)
    throw new Error(`${name}: the events ran in different orders: ${hashes.join(', ')}`);
}

async function exponentials(h) {
  const { log } = await h.load('core/log.js');
  const table = new Float64Array(TABLE);
  let x = 2463534242;
  for (let i = 0; i < TABLE; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    table[i] = 1 + Math.floor(-log(((x >>> 0) + 1) / 4294967297) * MEAN);
  }
  return new Uint8Array(table.buffer);
}

async function installed(name) {
  globalThis.window ??= {};
  try {
    await import(name);
    return true;
  } catch {
    return false;
  }
}

function hasSimPy() {
  return spawnSync('python3', ['-c', 'import simpy']).status === 0;
}
