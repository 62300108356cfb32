/**
 * Row 8: lazy task priority. Windows raises its interrupt level (IRQL) around every spin lock and every interrupt. On 32-bit x86 the level
 * was the task priority register of the APIC itself, up to Windows XP and Server 2003 SP1; since then the kernel keeps it in memory and
 * tells the APIC only when an interrupt has come that must wait.
 *
 * Nothing of it is visible to the hypervisor: no bit, no register. Sources: TechNet ee407540 ("Degraded I/O Performance using a Windows XP
 * Virtual Machine": XP does it at every change of IRQL; Server 2003 SP2, Vista and Server 2008 do not); ReactOS hal/halx86/apic/apic.c
 * (APIC_LAZY_IRQL), after which both programs are written.
 */
import type { Program } from '../core/program.ts';
import type { Cpu, Insn } from '../machine/cpu.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 8. */
export const LAZY_TPR = defineEnlightenment({
  id: 'lazy-tpr',
  row: 8,
  title: 'Lazy task priority',
  what: 'The kernel keeps its interrupt level in memory and writes the APIC’s task priority only when an interrupt must wait for it.',
  discovery: [],
  mechanisms: ['guest-only'],
  msrs: [],
  hypercalls: [],
  without: 'Reads and writes the task priority in the APIC page at every change of the interrupt level.',
  exits: [
    '3 a pair of raising and lowering',
    '0, and about 6 for an interrupt that comes while the level is up',
  ],
  caution:
    'FlexPriority and APICv make it needless on 32-bit guests; 64-bit guests use CR8, which was never an exit on any processor with hardware virtualisation.',
  since: '2008',
  offered: () => true,
  depth: 'functional',
  sources: ['TechNet: ee407540', 'ReactOS: hal/halx86/apic/apic.c'],
});

/** Interrupt levels of Windows, as the task priorities that stand for them (ReactOS, HalpIRQLtoTPR). */
export const LEVEL = { PASSIVE: 0x00, APC: 0x3d, DISPATCH: 0x41, HIGH: 0xff } as const;

/** The interrupt level of one processor, and what it takes to change it. */
export interface Irql {
  /** Now, as a task priority. */
  readonly level: number;
  /** Accesses to the APIC's task priority so far. */
  readonly accesses: number;
  /** Interrupts that came while the level was theirs or higher, and were sent back to wait. */
  readonly deferred: number;
  /** Raises the level; returns what it was. */
  raise(to: number): Program<number>;
  /** Lowers the level; what waited for that may come now. */
  lower(to: number): Program;
  /**
   * First thing in an interrupt handler: the level it had to leave, or -1 when the interrupt must wait and the handler must return. `eoi`
   * ends the interrupt, where the processor's way of ending interrupts is not the right one.
   */
  begin(vector: number, eoi?: EndOfInterrupt): Program<number>;
  /** Last thing in an interrupt handler. */
  end(level: number, eoi?: EndOfInterrupt): Program;
}

/** Ends the interrupt in service. */
export type EndOfInterrupt = () => Insn<void> | Program;

const classOf = (level: number): number => level >>> 4;

/**
 * The processor interrupts itself, as for deferred work (HalRequestSoftwareInterrupt): is the last command gone, the command, has it
 * arrived, and no interrupt in between. In x2APIC mode one register does it.
 */
export function* requestInterrupt(cpu: Cpu, vector: number): Program {
  if (cpu.eoiMethod === 'x2apic') {
    yield* cpu.sendSelfIpi(vector, 'x2apic');
    return;
  }
  const enabled = cpu.interruptsEnabled;
  cpu.cli();
  yield* cpu.load32(MMIO.LOCAL_APIC + APIC_REG.ICR_LOW);
  yield* cpu.sendSelfIpi(vector);
  yield* cpu.load32(MMIO.LOCAL_APIC + APIC_REG.IRR + 0x10 * (vector >>> 5));
  if (enabled) cpu.sti();
}

/** Without it: the level is the APIC's task priority. */
export class EagerIrql implements Irql {
  level = 0;
  accesses = 0;
  readonly deferred = 0;
  private readonly cpu: Cpu;

  constructor(cpu: Cpu) {
    this.cpu = cpu;
  }

  *raise(to: number): Program<number> {
    const old = this.level;
    yield* this.read();
    yield* this.write(to);
    return old;
  }

  *lower(to: number): Program {
    yield* this.write(to);
  }

  *begin(vector: number): Program<number> {
    const old = yield* this.raise(vector);
    this.cpu.sti();
    return old;
  }

  *end(level: number, eoi: EndOfInterrupt = () => this.cpu.eoi()): Program {
    this.cpu.cli();
    yield* eoi();
    yield* this.write(level);
  }

  /** The register is the level, so the kernel must ask it. CR8 is read without an exit. */
  private *read(): Program {
    this.accesses++;
    if (this.cpu.tprMethod === 'mmio') yield* this.cpu.load32(MMIO.LOCAL_APIC + APIC_REG.TPR);
    else if (this.cpu.tprMethod === 'msr') yield* this.cpu.rdmsr(HV_X64_MSR.TPR);
  }

  private *write(level: number): Program {
    this.accesses++;
    this.level = level;
    yield* this.cpu.writeTpr(level);
  }
}

/** With it: the level is a byte in memory, and the APIC is told when it matters. */
export class LazyIrql implements Irql {
  level = 0;
  accesses = 0;
  deferred = 0;
  /** What the APIC was last told. */
  private hard = 0;
  private readonly cpu: Cpu;

  constructor(cpu: Cpu) {
    this.cpu = cpu;
  }

  // biome-ignore lint/correctness/useYield: that nothing has to be awaited is the point.
  *raise(to: number): Program<number> {
    const old = this.level;
    this.level = to;
    return old;
  }

  *lower(to: number): Program {
    this.level = to;
    if (to < this.hard) yield* this.tell(to);
  }

  *begin(vector: number, eoi: EndOfInterrupt = () => this.cpu.eoi()): Program<number> {
    const old = this.level;
    if (classOf(old) >= classOf(vector)) {
      yield* this.sendBack(vector, eoi);
      return -1;
    }
    this.level = vector;
    this.cpu.sti();
    return old;
  }

  *end(level: number, eoi: EndOfInterrupt = () => this.cpu.eoi()): Program {
    this.cpu.cli();
    yield* eoi();
    yield* this.lower(level);
  }

  /** Too early: the APIC learns the level at last, the interrupt ends, and the processor sends it to itself again. */
  private *sendBack(vector: number, eoi: EndOfInterrupt): Program {
    this.deferred++;
    yield* this.tell(this.level);
    yield* eoi();
    yield* requestInterrupt(this.cpu, vector);
  }

  private *tell(level: number): Program {
    this.accesses++;
    this.hard = level;
    yield* this.cpu.writeTpr(level);
  }
}
