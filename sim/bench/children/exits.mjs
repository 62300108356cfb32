// Port exits through the whole emulated path, in a process of its own.
//
// usage: node exits.mjs <folder of the built library> <trace rows kept, 0 for no trace> <exits>
// prints: {"seconds": <median CPU time>, "exits": <port exits done>, "rows": <trace rows written>, "sum": <of the data>}
//
// The guest's ATA driver reads 64 KiB over and over, a word per IN: from the instruction through hypervisor route, worker process and
// IDE registers, and back. The trace is emptied between requests, so that every exit really writes its row.
import { pathToFileURL } from 'node:url';

const [dist, rows, wanted] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { Lab } = await load('lab/lab.js');
const { bootRoad } = await load('lab/guests.js');

const SECTORS = 128;
const BUFFER = 0x8_0000;

const lab = new Lab(1, { traceRows: Number(rows) });
const machine = lab.machine({ era: '2012' });
machine.disk.write(
  0,
  SECTORS,
  Uint8Array.from({ length: SECTORS * 512 }, (_, i) => i * 7),
);
const driver = bootRoad(machine, { mode: 'pio-words' });

/** Reads until `exits` more ports were accessed; CPU seconds and what was done. */
function measure(exits) {
  const { trace, partition, cpu } = machine;
  const done = () => partition.counters.snapshot().deviceIntercepts;
  const first = done();
  let [written, now] = [0, first];
  const start = process.cpuUsage();
  while (now - first < exits) {
    for (let i = 0; i < 4; i++) {
      trace.clear();
      const result = cpu.finish(driver.read(0, SECTORS, BUFFER));
      if (result.kind !== 'ok') throw new Error(`a request failed: ${result.reason}`);
      written += trace.length;
    }
    now = done();
  }
  const { user, system } = process.cpuUsage(start);
  return { seconds: (user + system) / 1e6, exits: now - first, rows: written };
}

// Once to warm up, then the median of three.
const [, ...timed] = Array.from({ length: 4 }, () => measure(Number(wanted)));
const [, result] = timed.sort((x, y) => x.seconds - y.seconds);
const sum = machine.partition.memory.u8.subarray(BUFFER, BUFFER + SECTORS * 512).reduce((a, b) => a + b, 0);
process.stdout.write(JSON.stringify({ ...result, sum }));
