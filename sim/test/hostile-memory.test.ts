/** Guests that abuse address translation: the architecture's answer each time, and their neighbour keeps its share of the processor. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { Streams } from '../core/rng.ts';
import { AddressSpace, DIRECT_MAP, KERNEL_PAGE } from '../guest/address-space.ts';
import { PageAllocator } from '../guest/drivers/page-allocator.ts';
import { Cpu } from '../machine/cpu.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { pageTableEntry } from '../wire/page-tables.ts';
import type { Way } from './support/translating-machine.ts';
import { MIB, WAYS } from './support/translating-machine.ts';

const SLICE = 300_000;
const TIME = 60_000_000;
const INPUT = 0x5000;

/** Two machines on one processor: the first is hostile, the second only computes. Share of the second, in per cent. */
function neighbour(
  way: Way,
  attack: (cpu: Cpu, space: AddressSpace) => Program,
): { share: number; hostile: Cpu } {
  const hypervisor = new Hypervisor({ era: way.era, logicalProcessors: 1, timeSlice: SLICE });
  const [bad, good] = [1, 2].map(() =>
    hypervisor.createPartition({ memory: 4 * MIB, paging: way.paging, pagingOptions: way.options }),
  );
  const hostile = new Cpu(bad);
  const space = new AddressSpace(bad.memory, new PageAllocator(bad.memory, 2 * MIB));
  space.mapMemory();
  hostile.run(attack(hostile, space));
  const victim = new Cpu(good);
  victim.run(forever(victim));
  const stop = hypervisor.engine.handler('stop', () => undefined);
  hypervisor.engine.post(TIME, stop);
  hypervisor.engine.run(TIME);
  return { share: (100 * good.vps[0].runtime) / TIME, hostile };
}

function* forever(cpu: Cpu): Program {
  for (;;) yield* cpu.compute(10_000);
}

/** Tables that loop, and loads all over them. */
function* loops(cpu: Cpu, space: AddressSpace): Program {
  const root = space.cr3;
  for (let entry = 0; entry < 256; entry++)
    cpu.memory.write64(root + 8 * entry, pageTableEntry(root, KERNEL_PAGE));
  yield* cpu.movCr3(root);
  for (let i = 0; ; i = (i + 7919) % 2 ** 20) yield* cpu.write32(i * 0x800_0000 + (i % 1024) * 4, i);
}

/** Tables where no memory is. */
function* nowhere(cpu: Cpu, space: AddressSpace): Program {
  for (let at = 0; ; at = (at + 0x1000) % 0xf_ffff_f000) {
    yield* cpu.movCr3(16 * MIB + at - (at % 0x1000));
    yield* cpu.read32(at);
    yield* cpu.movCr3(space.cr3);
  }
}

/** A new address space each time, until the hypervisor's pages run out. */
function* switches(cpu: Cpu, space: AddressSpace): Program {
  yield* enable(cpu);
  yield* cpu.movCr3(space.cr3);
  for (let cr3 = 0x1000; ; cr3 = (cr3 + 0x1000) % 0xf_0000_0000)
    yield* cpu.vmcall(0x1_0001n, BigInt(cr3), 0n);
}

/** Flush calls with random bits everywhere. */
function* calls(cpu: Cpu, space: AddressSpace): Program {
  yield* enable(cpu);
  yield* cpu.movCr3(space.cr3);
  const rng = new Streams(1).stream('hostile');
  const word = (): bigint => (BigInt(rng.u32()) << 32n) | BigInt(rng.u32());
  for (;;) {
    const words = Array.from({ length: 16 }, () => (rng.chance(0.5) ? word() : BigInt(rng.int(0, 15))));
    cpu.memory.write(INPUT, new Uint8Array(BigUint64Array.from(words).buffer));
    const code = [2, 3, 0x13, 0x14][rng.int(0, 3)];
    const control = BigInt(code) | (BigInt(rng.int(0, 3)) << 17n) | (BigInt(rng.int(0, 520)) << 32n);
    yield* cpu.vmcall(rng.chance(0.9) ? control : control | word(), BigInt(INPUT + rng.int(0, 9)), word());
    yield* cpu.read32(DIRECT_MAP + rng.int(0, 1000) * 8);
  }
}

/** Flushes and touches as fast as it can. */
function* storm(cpu: Cpu, space: AddressSpace): Program {
  yield* cpu.movCr3(space.cr3);
  for (let i = 0; ; i++) {
    yield* cpu.invlpg(DIRECT_MAP + (i % 100) * 0x1000);
    yield* cpu.read32(DIRECT_MAP + (i % 100) * 0x1000);
    if (i % 10 === 0) yield* cpu.toggleGlobal();
  }
}

function* enable(cpu: Cpu): Program {
  yield* cpu.wrmsr(HV_X64_MSR.GUEST_OS_ID, 1n << 63n);
  yield* cpu.wrmsr(HV_X64_MSR.HYPERCALL, 0x1001n);
}

const ATTACKS = { loops, nowhere, switches, calls, storm };

describe.each(WAYS)('$name', (way) => {
  it.each(Object.entries(ATTACKS))('%s: the neighbour keeps half of the processor', (_name, attack) => {
    const { share, hostile } = neighbour(way, attack);
    expect(share).toBeGreaterThan(45);
    expect(share).toBeLessThan(60);
    const { counts } = hostile.partition.mmu;
    expect(counts.virtualTlbPages).toBeLessThanOrEqual(way.options?.shadowPages ?? 4096);
  });
});
