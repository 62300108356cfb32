/**
 * Two spin locks as kernels have them, in words of guest memory. They differ in who is next: whoever comes first to look, or whoever began
 * to wait first. With a processor for everybody the second is the better one; where processors are shared it waits for one VP in particular.
 *
 * Source: Linux before 4.2, `arch/x86/include/asm/spinlock.h` (ticket lock); Windows' `KeAcquireSpinLock` (a bit that is tested and set).
 */
import type { Program } from '../core/program.ts';
import type { Cpu } from '../machine/cpu.ts';
import type { GuestMemory } from '../machine/memory.ts';
import { SpinSite } from '../machine/pause-loop.ts';
import { waitFor } from './long-spin-wait.ts';

/** A lock that processors of one guest compete for. */
export interface SpinLock {
  /** Takes it; `tries` as for {@link waitFor}. Returns how often the hypervisor was called meanwhile. */
  acquire(cpu: Cpu, tries: number): Program<number>;
  /** Gives it back. */
  release(cpu: Cpu): Program;
}

/** One word: 0 when free. Whoever sees it free first has it. */
export class TestAndSetLock implements SpinLock {
  private readonly site = new SpinSite();
  private readonly words: Uint32Array;
  private readonly word: number;

  constructor(memory: GuestMemory, gpa: number) {
    this.words = memory.u32;
    this.word = gpa / 4;
  }

  *acquire(cpu: Cpu, tries: number): Program<number> {
    const free = (): boolean => this.words[this.word] === 0;
    for (let calls = 0; ; ) {
      yield* cpu.compute(cpu.partition.costs.cost('spin.lock'));
      if (free()) {
        this.words[this.word] = 1 + cpu.index;
        return calls;
      }
      calls += yield* waitFor(cpu, this.site, free, tries);
    }
  }

  *release(cpu: Cpu): Program {
    yield* cpu.compute(cpu.partition.costs.cost('spin.look'));
    this.words[this.word] = 0;
    this.site.changed(cpu.now);
  }
}

/** Two words: the next ticket and the one whose turn it is. First come, first served. */
export class TicketLock implements SpinLock {
  private readonly site = new SpinSite();
  private readonly words: Uint32Array;
  private readonly word: number;

  constructor(memory: GuestMemory, gpa: number) {
    this.words = memory.u32;
    this.word = gpa / 4;
  }

  *acquire(cpu: Cpu, tries: number): Program<number> {
    const { words, word } = this;
    yield* cpu.compute(cpu.partition.costs.cost('spin.lock'));
    const ticket = words[word]++;
    const mine = (): boolean => words[word + 1] === ticket;
    if (mine()) return 0;
    return yield* waitFor(cpu, this.site, mine, tries);
  }

  *release(cpu: Cpu): Program {
    yield* cpu.compute(cpu.partition.costs.cost('spin.look'));
    this.words[this.word + 1]++;
    this.site.changed(cpu.now);
  }
}
