// One measurement of address translation, in a process of its own.
//
// usage: node memory.mjs <folder of the built library> <walk | slat-miss | shadow-miss | hit | load-hit | load-miss> <translations>
// prints: {"seconds": <median CPU time>, "done": <translations>, "sum": <of the addresses or values>}
//
// walk: the plain walk. *-miss: the processor's buffer holds 1 024 pages and 4 096 are visited in turn, so each translation walks.
// load-*: the same by a program on the simulated processor, that is with the instruction around it.
import { pathToFileURL } from 'node:url';

const [dist, what, wanted] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { Hypervisor } = await load('machine/hypervisor.js');
const { Cpu } = await load('machine/cpu.js');
const { CostProfile } = await load('machine/costs.js');
const { Walk, WALKED, walkTables } = await load('machine/paging.js');
const { AddressSpace } = await load('guest/address-space.js');
const { PageAllocator } = await load('guest/drivers/page-allocator.js');

const MIB = 0x10_0000;
const FIRST = 0x4000_0000;
const PAGE = 4096;
const missing = what.endsWith('miss') || what === 'walk';
const pages = missing ? 4096 : 64;

const costs = new CostProfile('2020').with({ 'tlb.entries': 1024 });
const hypervisor = new Hypervisor({ costs });
const paging = what === 'shadow-miss' ? 'shadow' : 'slat';
const partition = hypervisor.createPartition({ memory: 32 * MIB, paging });
const cpu = new Cpu(partition);
const space = new AddressSpace(partition.memory, new PageAllocator(partition.memory, 24 * MIB));
for (let page = 0; page < pages; page++) space.map(FIRST + page * PAGE, page * PAGE);
const { mmu, memory } = partition;
mmu.switchAddressSpace(cpu.vp, space.cr3);
const instruction = what.startsWith('load');

function* loads(count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += yield* cpu.read32(FIRST + (i % pages) * PAGE);
  return sum;
}

function direct(count) {
  const walk = new Walk();
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const gva = FIRST + (i % pages) * PAGE;
    if (what === 'walk') {
      if (walkTables(memory, space.cr3, gva, 0, walk) !== WALKED) throw new Error('a page is not mapped');
      sum += walk.frame;
    } else sum += mmu.translate(cpu.vp, gva, 0);
  }
  return sum;
}

/** Every page once: shadow tables are filled by then. */
cpu.finish(loads(pages));

function measure(count) {
  const before = mmu.counts.tlbMisses;
  const start = process.cpuUsage();
  const sum = instruction ? cpu.finish(loads(count)) : direct(count);
  const { user, system } = process.cpuUsage(start);
  const missed = mmu.counts.tlbMisses - before;
  if (what !== 'walk' && missed < (missing ? count : 0)) throw new Error('not every translation walked');
  if (!missing && missed > pages) throw new Error('a hit was none');
  return { seconds: (user + system) / 1e6, done: count, sum };
}

// Once to warm up, then the median of three; whole rounds over the pages, or the start would find what the end has left.
const rounds = Math.ceil(Number(wanted) / pages);
const [, ...timed] = Array.from({ length: 4 }, () => measure(rounds * pages));
const [, result] = timed.sort((x, y) => x.seconds - y.seconds);
process.stdout.write(JSON.stringify(result));
