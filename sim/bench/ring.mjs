// One direction of a VMBus channel against the same ring in C++: a packet put, taken, its payload copied in and out and checked.
//
// Both sides run in processes of their own, in bursts of sixteen through 256 KiB, and must agree on a hash over all packets.
import path from 'node:path';
import { BENCH } from './harness.mjs';

const REPETITIONS = 3;
/** Payload bytes, packets, and what the issue asks for against C++. */
const SIZES = [
  { bytes: 64, packets: 8_000_000, target: 0.4 },
  { bytes: 4096, packets: 1_600_000, target: 0.6 },
];

export async function run(h) {
  const cpp = h.compile(path.join(BENCH, 'anchors/ring.cc'));
  if (!cpp) return;
  for (const { bytes, packets, target } of SIZES) {
    const count = h.quick ? 16_000 : packets;
    const hashes = new Set();
    const rate = (command, args) => () => {
      const { seconds, hash } = h.child(command, [...args, bytes, count, REPETITIONS].map(String));
      hashes.add(hash);
      return count / Math.max(seconds, 1e-6);
    };
    const child = path.join(BENCH, 'children/ring.mjs');
    await h.pair(
      `ring, put and take, ${bytes} bytes`,
      rate(process.execPath, [child, h.dist]),
      rate(cpp, []),
      { target, anchorName: 'C++ ring' },
    );
    if (hashes.size !== 1) throw new Error(`${bytes} bytes: the rings carried different packets`);
  }
}
