/** Interrupts of a profiled guest: how each is ended, how others are interrupted, the interrupt level, and the timer tick. */
import type { Program } from '../core/program.ts';
import { useApicMsrs, useApicPage } from '../enlightenments/apic-msrs.ts';
import { sendByCall, sendEach } from '../enlightenments/cluster-ipi.ts';
import { placeAssistPage } from '../enlightenments/eoi-assist.ts';
import type { Irql } from '../enlightenments/lazy-tpr.ts';
import { EagerIrql, LazyIrql, LEVEL } from '../enlightenments/lazy-tpr.ts';
import type { Cpu } from '../machine/cpu.ts';
import { NO_EOI_REQUIRED } from '../wire/apic.ts';
import type { Job, ProfiledKernel } from './profiled-kernel.ts';

const CALL_VECTOR = 0xfb;
/** Cycles of a handler's own work. Assumed. */
const HANDLER_CYCLES = 500;

export class ProfiledInterrupts {
  private readonly kernel: ProfiledKernel;
  private readonly irqls: readonly (Irql | undefined)[];

  constructor(kernel: ProfiledKernel) {
    this.kernel = kernel;
    this.irqls = kernel.cpus.map((cpu) => this.newIrql(cpu));
  }

  /** First thing on a processor: by which registers it reaches its APIC, the assist page, and the handler of calls. */
  *start(cpu: Cpu): Program {
    const { kernel } = this;
    if (kernel.has('apic-msrs')) useApicMsrs(cpu);
    else useApicPage(cpu);
    if (kernel.has('eoi-assist')) yield* placeAssistPage(cpu, kernel.pages.page());
    if (kernel.levels === 'cr8') cpu.tprMethod = 'cr8';
    this.onVector(cpu, CALL_VECTOR, 'ipi', () => work(cpu));
  }

  /** Installs a handler as this kernel has them: the level is raised to its vector, and after it the interrupt ends. */
  onVector(cpu: Cpu, vector: number, job: Job, handler: () => Program): void {
    cpu.onVector(vector, () => this.kernel.during(cpu, job, () => this.handle(cpu, vector, handler)));
  }

  /** Interrupts all other processors once. */
  *callOthers(cpu: Cpu): Program {
    const all = this.kernel.cpus.map(({ index }) => index);
    yield* this.call(
      cpu,
      all.filter((index) => index !== cpu.index),
      CALL_VECTOR,
    );
  }

  /** Interrupts some processors. */
  *call(cpu: Cpu, targets: readonly number[], vector: number): Program {
    const { kernel } = this;
    if (targets.length === 0) return;
    if (kernel.has('cluster-ipi')) yield* sendByCall(cpu, targets, vector, kernel.inputs[cpu.index]);
    else yield* sendEach(cpu, targets, vector, kernel.has('apic-msrs') ? 'msr' : 'mmio');
  }

  /** Runs a part at the level at which no other thread does. A kernel without levels just runs it. */
  *raised<R>(cpu: Cpu, part: () => Program<R>): Program<R> {
    const irql = this.irqls[cpu.index];
    if (!irql) return yield* part();
    const old = yield* this.kernel.during(cpu, 'level', () => irql.raise(LEVEL.DISPATCH));
    const result = yield* part();
    yield* this.kernel.during(cpu, 'level', () => irql.lower(old));
    return result;
  }

  private *handle(cpu: Cpu, vector: number, handler: () => Program): Program {
    const { kernel } = this;
    const irql = this.irqls[cpu.index];
    const old = irql ? yield* kernel.during(cpu, 'level', () => irql.begin(vector)) : 0;
    if (old < 0) return;
    yield* handler();
    cpu.cli();
    yield* kernel.during(cpu, 'eoi', () => this.end(cpu));
    if (irql) yield* kernel.during(cpu, 'level', () => irql.lower(old));
  }

  private *end(cpu: Cpu): Program {
    const { assistPage, memory } = cpu;
    const spared = assistPage >= 0 && (memory.u8[assistPage] & NO_EOI_REQUIRED) !== 0;
    if (cpu.eoiMethod === 'assist' && spared) this.kernel.sharedPage++;
    yield* cpu.eoi();
  }

  private newIrql(cpu: Cpu): Irql | undefined {
    const { levels } = this.kernel;
    if (levels === 'none') return undefined;
    return this.kernel.has('lazy-tpr') ? new LazyIrql(cpu) : new EagerIrql(cpu);
  }
}

function* work(cpu: Cpu): Program {
  yield* cpu.compute(HANDLER_CYCLES);
}
