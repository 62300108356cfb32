// Disk requests through storvsc, VMBus rings and storvsp, in a process of its own.
//
// usage: node storvsc.mjs <folder of the built library> <trace rows kept, 0 for no trace> <requests> <share of reads> [--heap]
// prints: {"seconds": <CPU time>, "requests": <done>}, with --heap and --expose-gc also "heap", "dropped"
//
// Random requests of 512 bytes, 32 in flight, to a disk that answers at once; they touch 4 MiB of it, so that what is measured is the
// road and not this computer's main memory. The trace is emptied after every batch, so that every event really writes its row. With
// --heap it is left to fill up, and the bytes in use at the end are printed: objects and buffers, after a collection.
import { pathToFileURL } from 'node:url';

const [dist, rows, wanted, reads, heap] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { Lab } = await load('lab/lab.js');
const { bootRoad } = await load('lab/guests.js');
const { randomAccess } = await load('guest/workloads/random-access.js');

const BATCH = 16_384;
const BUFFER = 0x8_0000;
const LOAD = { requests: BATCH, requestBytes: 512, depth: 32, reads: Number(reads), sectors: 8192 };

const lab = new Lab(1, { traceRows: Number(rows) });
const machine = lab.machine({ era: '2012' });
const disk = bootRoad(machine, { mode: 'synthetic' });
machine.disk.write(0, LOAD.sectors, new Uint8Array(LOAD.sectors * 512).fill(0x5a));
const rng = lab.rng('bench.random');

/** CPU seconds for so many requests. */
function measure(requests) {
  const { trace, cpu } = machine;
  const start = process.cpuUsage();
  for (let done = 0; done < requests; done += BATCH) {
    if (!heap) trace.clear();
    const report = cpu.finish(randomAccess({ cpu, disk, buffer: BUFFER }, LOAD, rng));
    if (report.failures > 0 || report.requests !== BATCH) throw new Error('a request failed');
  }
  const { user, system } = process.cpuUsage(start);
  return { seconds: (user + system) / 1e6, requests: Math.ceil(requests / BATCH) * BATCH };
}

if (!heap) measure(Number(wanted) / 4);
const result = measure(Number(wanted));
if (heap) {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  result.heap = heapUsed + arrayBuffers;
  result.dropped = machine.trace.dropped;
}
process.stdout.write(JSON.stringify(result));
