// Many virtual processors, in a process of its own.
//
// usage: node smp.mjs <folder of the built library> <what> <VPs> <logical processors, 0: one for each VP> <virtual milliseconds>
// prints: {"seconds": <median CPU time>, "exits": <hypervisor exits of all guests>, "milliseconds": <virtual time>}
//
// what: `exits`: every VP executes CPUID, nothing else. `ticks`: guests that wait for the tick of a synthetic timer, 250 a second, and do a
// little work at each. `locks`: VPs that share a ticket lock of their machine. Machines have 16 VPs at most.
import { pathToFileURL } from 'node:url';

const [dist, what, ...numbers] = process.argv.slice(2);
const [vps, processors, milliseconds] = numbers.map(Number);
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { Lab } = await load('lab/lab.js');
const { TicketLock } = await load('enlightenments/spin-locks.js');

const MS = 3_000_000;
const TICK_VECTOR = 0x50;
/** Timer 0: its count, and its configuration: enabled, periodic, direct mode. */
const STIMER0_CONFIG = 0x4000_00b0;
const STIMER0_COUNT = 0x4000_00b1;
const PERIOD = 40_000n; // 4 ms in units of 100 ns
const SPIN_NEVER = 0xffff_ffff;

const programs = {
  *exits(cpu) {
    for (;;) yield* cpu.cpuid(1);
  },
  *ticks(cpu) {
    cpu.eoiMethod = 'msr';
    cpu.onVector(TICK_VECTOR, function* () {
      for (let i = 0; i < 5; i++) yield* cpu.cpuid(1);
      yield* cpu.compute(MS / 10);
      yield* cpu.eoi();
    });
    // Not all at once: each VP began at another time.
    yield* cpu.compute((cpu.vp.who * 7919) % (4 * MS));
    yield* cpu.wrmsr(STIMER0_COUNT, PERIOD);
    yield* cpu.wrmsr(STIMER0_CONFIG, 0x1003n | BigInt(TICK_VECTOR << 4));
    for (;;) yield* cpu.hlt();
  },
  *locks(cpu, lock) {
    yield* cpu.compute((cpu.vp.who * 7919) % MS);
    for (;;) {
      yield* cpu.compute(60_000 + cpu.index * 1000);
      yield* lock.acquire(cpu, SPIN_NEVER);
      yield* cpu.compute(3000);
      yield* lock.release(cpu);
    }
  },
};

function measure() {
  const machines = Math.ceil(vps / 16);
  const machine = new Lab(1, { traceRows: 0 }).smp({
    era: '2020',
    ...(processors > 0 ? { logicalProcessors: processors } : {}),
    partitions: Array.from({ length: machines }, () => ({ vps: vps / machines, memory: 65_536 })),
  });
  for (const cpus of machine.cpus) {
    const lock = new TicketLock(cpus[0].memory, 0x1000);
    for (const cpu of cpus) cpu.run(programs[what](cpu, lock));
  }
  const start = process.cpuUsage();
  machine.runFor(milliseconds * MS);
  const { user, system } = process.cpuUsage(start);
  const exits = machine.partitions.reduce((sum, { counters }) => sum + counters.hypervisorExits, 0);
  return { seconds: (user + system) / 1e6, exits, milliseconds };
}

// Once to warm up, then the median of three.
const [, ...timed] = Array.from({ length: 4 }, measure);
const [, result] = timed.sort((x, y) => x.seconds - y.seconds);
process.stdout.write(JSON.stringify(result));
