// %% [markdown]
// # Forgetting translations
//
// A processor remembers translations from addresses to memory, and nobody tells it when a page table changes. The guest must
// **flush**: by INVLPG for a page, by MOV CR3 for all that is not global, or, when it knows that it runs on Hyper-V, by a hypercall.
//
// In 2008 a text said: every INVLPG is a VM exit, so tell the hypervisor instead. Guess first: a guest flushes eight pages, eight
// times. How many exits is that on a server of 2008? How many today?

// %%
import assert from 'node:assert/strict';
import {
  AddressSpace,
  Cpu,
  curvesSvg,
  findExperiment,
  Hypervisor,
  imageOf,
  markdownTable,
  PageAllocator,
  run,
  runLine,
  seriesOf,
  sweep,
  wire,
} from 'ringside';
import * as tslab from 'tslab';

// %% tags=["parameters"]
const line = 'tlb-flush?changed=8';

// %%
const then = runLine(line);
const now = run('tlb-flush', { changed: 8, paging: 'slat', era: '2020' });
console.log(`2008, shadow tables: ${then.metrics.flushExits} exits, ${then.metrics.flushTime} µs a flush`);
console.log(`today, second level: ${now.metrics.flushExits} exits, ${now.metrics.flushTime} µs a flush`);
assert.equal(then.metrics.flushExits, 64);
assert.equal(now.metrics.flushExits, 0);

// %% [markdown]
// ## Page tables in your hands
//
// Leave the experiment for a moment and build a machine with 4 MiB of memory. The guest's page tables are bytes in that memory: four
// levels of 512 entries, eight bytes each. Here is an address on its way through them.

// %%
const MIB = 0x10_0000;
const hypervisor = new Hypervisor({ era: '2008' });
const partition = hypervisor.createPartition({ memory: 4 * MIB, paging: 'shadow' });
const cpu = new Cpu(partition);
const space = new AddressSpace(partition.memory, new PageAllocator(partition.memory, 2 * MIB));
const gva = 0x1234_5000;
space.map(gva, 0x3000);
for (const level of [4, 3, 2, 1]) {
  const at = space.entryAddress(gva, level);
  console.log(
    `level ${level}: entry at 0x${at.toString(16)} holds 0x${partition.memory.read64(at).toString(16)}`,
  );
}

// %% [markdown]
// Now let the processor use it. The guest loads CR3 and reads. The first read finds nothing in the hypervisor's shadow tables: an exit,
// and a *fill*. The second needs nobody. INVLPG takes the shadow entry away again, by another exit.

// %%
partition.memory.write32(0x3000, 42);
function* look() {
  const { counts } = partition.mmu;
  yield* cpu.movCr3(space.cr3);
  for (const what of ['first read', 'second read']) {
    const value = yield* cpu.read32(gva);
    console.log(`${what}: ${value}, fills so far ${counts.smallPageTlbFills}`);
  }
  yield* cpu.invlpg(gva);
  yield* cpu.read32(gva);
  console.log(
    `after INVLPG: fills ${counts.smallPageTlbFills}, INVLPG that exited ${counts.pageInvalidations}`,
  );
  yield* cpu.read32(0x7777_0000);
  console.log(`an address without an entry: ${cpu.fault}, error code ${cpu.pageFault?.code}`);
}
cpu.finish(look());
assert.equal(partition.mmu.counts.smallPageTlbFills, 2);

// %% [markdown]
// And the same memory with a second level, as a processor of today would walk it: no exit, and up to twenty-four entries read for one
// translation.

// %%
const modern = new Hypervisor({ era: '2020' }).createPartition({
  memory: 4 * MIB,
  paging: 'slat',
  pagingOptions: { largeSecondLevel: false },
});
const other = new Cpu(modern);
modern.memory.u8.set(partition.memory.u8);
function* walk() {
  yield* other.movCr3(space.cr3);
  return yield* other.read32(gva);
}
console.log(`reads ${other.finish(walk())}, exits ${modern.counters.hypervisorExits}`);
const { walkReferences, nestedReferences } = modern.mmu.counts;
console.log(`${walkReferences} entries of the guest, ${nestedReferences} of the hypervisor`);
assert.equal(walkReferences + nestedReferences, 24);

// %% [markdown]
// ## Three ways to flush, then and now

// %%
const ways = (['invlpg', 'cr3', 'hypercall'] as const).map((how) => run('tlb-flush', { how }));
tslab.display.markdown(markdownTable(findExperiment('tlb-flush'), ways));
const today = (['invlpg', 'cr3', 'hypercall'] as const).map((how) =>
  run('tlb-flush', { how, paging: 'slat', era: '2020' }),
);
tslab.display.markdown(markdownTable(findExperiment('tlb-flush'), today));
assert.ok(ways[2].metrics.flushTime < ways[0].metrics.flushTime);
assert.ok(today[2].metrics.flushTime > today[0].metrics.flushTime);

// %% [markdown]
// In 2008 the hypercall is the best of the three: MOV CR3 flushes as fast, and then the whole working set is found anew, exit by exit.
// Today the hypercall is the only one that exits at all.
//
// ## Forgetting to forget
//
// Nobody flushes, and the old page is read.

// %%
const forgotten = run('tlb-flush', { how: 'none' });
console.log(`${forgotten.metrics.stale} stale reads; wrong rule, on purpose: ${forgotten.wrongRule}`);
assert.ok(forgotten.metrics.stale > 0);
for (const { metrics } of [...ways, ...today]) assert.equal(metrics.stale, 0);

// %% [markdown]
// ## All processors
//
// No instruction flushes another processor. Without help the guest interrupts all of them and waits for the last answer.

// %%
const many = { paging: 'slat', era: '2020', reach: 'remote' } as const;
const sizes = [2, 4, 8, 16, 32, 64];
const byInterrupts = sweep('tlb-flush', 'vps', sizes, many);
const byCall = sweep('tlb-flush', 'vps', sizes, { ...many, how: 'hypercall' });
tslab.display.html(
  imageOf(
    curvesSvg([seriesOf(byInterrupts, 'flushTime'), seriesOf(byCall, 'flushTime')], {
      title: 'Time of a flush on all processors, µs',
      along: 'virtual processors',
      names: ['by interrupts', 'by hypercall'],
    }),
  ),
);
for (const [i, slow] of byInterrupts.runs.entries())
  assert.ok(slow.metrics.flushTime > byCall.runs[i].metrics.flushTime);

// %% [markdown]
// Where virtual processors share real ones, the last answer comes when the last VP has had its turn.

// %%
for (const share of [1, 2, 4]) {
  const shared = { ...many, vps: 8, share, rounds: 2 };
  const slow = run('tlb-flush', shared).metrics.flushTime;
  const fast = run('tlb-flush', { ...shared, how: 'hypercall' }).metrics;
  console.log(
    `${share} on a processor: ${slow} µs by interrupts, ${fast.flushTime} µs by hypercall (${fast.deferred} deferred)`,
  );
}

// %% [markdown]
// ## Digest

// %%
console.log(`npx ringside run "${then.line}"`);
console.log(`digest ${then.digest}`);

// %% [markdown]
// ## Exercise
//
// The hypercall takes a list. Each entry names a page and, in its low twelve bits, how many more follow: up to 4 096 pages. Write the
// entries for `pages` pages from `first` on. The check asks the library's own hypervisor, through real calls.

// %% tags=["exercise"]
function entries(first: bigint, pages: number): bigint[] {
  return Array.from({ length: pages }, (_, page) => first + BigInt(page) * 4096n); // right, and far too long; shorten it
}

// %% tags=["check"]
const { HVCALL, controlWord, resultStatus } = wire;
const guestMemory = modern.memory;
function* flush(first: bigint, pages: number) {
  yield* other.wrmsr(wire.HV_X64_MSR.GUEST_OS_ID, 1n << 63n);
  yield* other.wrmsr(wire.HV_X64_MSR.HYPERCALL, 0x1001n);
  const list = entries(first, pages);
  const input = BigUint64Array.from([BigInt(space.cr3), 0n, 1n, ...list.slice(0, 509)]);
  guestMemory.write(0x8000, new Uint8Array(input.buffer));
  const control = controlWord({
    code: HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST,
    rep_count: Math.min(list.length, 509),
  });
  return resultStatus(yield* other.vmcall(control, 0x8000n, 0n));
}
const named = (list: bigint[]) =>
  new Set(
    list.flatMap((entry) =>
      Array.from({ length: Number(entry & 0xfffn) + 1 }, (_, more) => (entry >> 12n) + BigInt(more)),
    ),
  );
let wrong = 0;
let longest = 0;
for (const pages of [1, 2, 8, 4096, 4097, 9000]) {
  const list = entries(0x1234_5000n, pages);
  longest = Math.max(longest, list.length);
  if (named(list).size !== pages || other.finish(flush(0x1234_5000n, pages)) !== 0) wrong++;
}
console.log(
  wrong > 0
    ? `Not yet: ${wrong} of six lists name other pages, or the call refused them.`
    : longest > 3
      ? `Not yet: all pages are named, in up to ${longest} entries. Three are enough.`
      : 'Solved: every page, three entries at most.',
);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// function entries(first: bigint, pages: number): bigint[] {
//   const list: bigint[] = [];
//   for (let done = 0; done < pages; done += 4096) {
//     const more = Math.min(pages - done, 4096) - 1;
//     list.push((first + BigInt(done) * 4096n) | BigInt(more));
//   }
//   return list;
// }
// ```
//
// </details>
