// Disk requests through storvsc, VMBus rings and storvsp, in a process of its own.
//
// usage: node storvsc.mjs <folder of the built library> <trace rows kept, 0 for no trace> <requests> <share of reads> [--heap]
// prints: {"seconds": <median CPU time>, "requests": <done>}, with --heap and --expose-gc also "heap", "dropped"
//
// Random requests of 512 bytes, 32 in flight, to a disk that answers at once; they touch 512 KiB of it, so that what is measured is the
// road and not this computer's main memory. The trace is emptied after every batch, so that every event really writes its row. With
// --heap it is left to fill up, and the bytes in use at the end are printed: objects and buffers, after a collection.
import { pathToFileURL } from 'node:url';

const [dist, rows, wanted, reads, heap] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { Lab } = await load('lab/lab.js');
const { bootRoad } = await load('lab/guests.js');

const BATCH = 16_384;
const DEPTH = 32;
const SECTORS = 1024;
const BUFFER = 0x8_0000;

const lab = new Lab(1, { traceRows: Number(rows) });
const machine = lab.machine({ era: '2012' });
const disk = bootRoad(machine, { mode: 'synthetic' });
machine.disk.write(0, SECTORS, new Uint8Array(SECTORS * 512).fill(0x5a));

/** What to ask for, drawn beforehand and used over and over. */
const rng = lab.rng('bench.random');
const lbas = Int32Array.from({ length: 4096 }, () => rng.int(0, SECTORS - 1));
const operations = Array.from(lbas, () => (rng.chance(Number(reads)) ? 'read' : 'write'));

/** A program of the guest: as soon as a request is answered the next is handed over. */
function* keepBusy(disk, requests) {
  const slots = Array.from({ length: DEPTH }, (_, tag) => ({
    operation: 'read',
    lba: 0,
    sectors: 1,
    gpa: BUFFER + tag * 512,
    tag,
  }));
  const free = slots.map((slot) => slot.tag);
  let failures = 0;
  const answered = (tag, result) => {
    free.push(tag);
    if (result.kind !== 'ok') failures++;
  };
  for (let left = requests; left > 0 || disk.inFlight > 0; ) {
    while (left > 0 && free.length > 0) {
      const slot = slots[free.pop()];
      slot.lba = lbas[left & 4095];
      slot.operation = operations[left & 4095];
      left--;
      while (!(yield* disk.submit(slot, answered))) yield* disk.waitForCompletion();
    }
    yield* disk.waitForCompletion();
  }
  return failures;
}

/** CPU seconds for so many requests. */
function measure(requests) {
  const { trace, cpu } = machine;
  const start = process.cpuUsage();
  for (let done = 0; done < requests; done += BATCH) {
    if (!heap) trace.clear();
    if (cpu.finish(keepBusy(disk, BATCH)) > 0) throw new Error('a request failed');
  }
  const { user, system } = process.cpuUsage(start);
  return { seconds: (user + system) / 1e6, requests: Math.ceil(requests / BATCH) * BATCH };
}

const report = (result) => process.stdout.write(JSON.stringify(result));

if (heap) {
  const result = measure(Number(wanted));
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  report({ ...result, heap: heapUsed + arrayBuffers, dropped: machine.trace.dropped });
} else {
  // Once to warm up, then the median of three.
  const [, ...timed] = Array.from({ length: 4 }, () => measure(Number(wanted)));
  report(timed.sort((x, y) => x.seconds - y.seconds)[1]);
}
