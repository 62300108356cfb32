/** A machine whose guest has page tables, for tests of address translation through the processor's instructions. */
import type { Program } from '../../core/program.ts';
import { AddressSpace, DIRECT_MAP } from '../../guest/address-space.ts';
import { PageAllocator } from '../../guest/drivers/page-allocator.ts';
import type { Era } from '../../machine/costs.ts';
import type { Insn } from '../../machine/cpu.ts';
import { Cpu } from '../../machine/cpu.ts';
import { Hypervisor } from '../../machine/hypervisor.ts';
import type { PagingOptions } from '../../machine/memory-management.ts';
import type { Partition, PartitionOptions } from '../../machine/partition.ts';

export const MIB = 0x10_0000;

/** A way to translate, with the era it belongs to. */
export interface Way {
  readonly name: string;
  readonly era: Era;
  readonly paging: 'shadow' | 'slat';
  readonly options?: PagingOptions;
}

/** All of them: what a guest sees must not differ. */
export const WAYS: readonly Way[] = [
  { name: 'shadow, 2008', era: '2008', paging: 'shadow' },
  { name: 'shadow, tables traced', era: '2008', paging: 'shadow', options: { policy: 'traced' } },
  { name: 'shadow, tagged TLB', era: '2020', paging: 'shadow' },
  { name: 'shadow, traced, tagged TLB', era: '2020', paging: 'shadow', options: { policy: 'traced' } },
  { name: 'shadow, ten pages of tables', era: '2012', paging: 'shadow', options: { shadowPages: 10 } },
  { name: 'SLAT', era: '2020', paging: 'slat' },
  { name: 'SLAT by small pages', era: '2012', paging: 'slat', options: { largeSecondLevel: false } },
];

export class TranslatingMachine {
  readonly hypervisor: Hypervisor;
  readonly partition: Partition;
  readonly cpu: Cpu;
  readonly cpus: readonly Cpu[];
  readonly pages: PageAllocator;
  readonly space: AddressSpace;

  constructor(way: Way, options: Partial<PartitionOptions> = {}) {
    this.hypervisor = new Hypervisor({ era: way.era });
    this.partition = this.hypervisor.createPartition({
      memory: 8 * MIB,
      paging: way.paging,
      pagingOptions: way.options,
      ...options,
    });
    this.cpus = this.partition.vps.map((vp) => new Cpu(this.partition, vp.index));
    this.cpu = this.cpus[0];
    // From the middle on: the lower half is for data, in large pages of its own.
    this.pages = new PageAllocator(this.partition.memory, 4 * MIB);
    this.space = new AddressSpace(this.partition.memory, this.pages);
    this.space.mapMemory();
    for (const cpu of this.cpus) this.do(cpu.movCr3(this.space.cr3), cpu);
  }

  /** Executes one instruction. */
  do<R>(insn: Insn<R>, cpu = this.cpu): R {
    return cpu.finish(one(insn));
  }

  /** The kernel stores an entry of its tables. */
  setEntry(address: number, entry: bigint, cpu = this.cpu): void {
    this.do(cpu.write64(DIRECT_MAP + address, entry), cpu);
  }
}

function* one<R>(insn: Insn<R>): Program<R> {
  return yield* insn;
}
