/** How a guest's kernel uses its local APIC: the few instructions behind EOI, task priority and IPI, by each of the ways there are. */
import type { Program } from '../core/program.ts';
import { ICR_SHORTHAND, NO_EOI_REQUIRED, x2apicMsr } from '../wire/apic.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import type { Cpu, Insn } from './cpu.ts';
import { EXIT_KINDS } from './exits.ts';

/** How a guest reaches a register of its APIC: the page, the synthetic MSRs, or the MSRs of x2APIC mode. */
export type ApicMethod = 'mmio' | 'msr' | 'x2apic';

/** How a guest ends an interrupt: by a register, or by the assist page and a synthetic MSR where that does not do. */
export type EoiMethod = ApicMethod | 'assist';

/** How a guest sets its task priority: by a register, or by CR8 in 64-bit mode. */
export type TprMethod = ApicMethod | 'cr8';

/** Ends the interrupt in service. */
export function endOfInterrupt(cpu: Cpu): Insn<void> {
  switch (cpu.eoiMethod) {
    case 'msr':
      return cpu.wrmsr(HV_X64_MSR.EOI, 0n);
    case 'x2apic':
      return cpu.wrmsr(x2apicMsr(APIC_REG.EOI), 0n);
    case 'assist':
      return endByAssist(cpu);
    default:
      return cpu.store32(MMIO.LOCAL_APIC + APIC_REG.EOI, 0);
  }
}

/** `btr [page], 0`: if the bit was set that was all, else the EOI must be written. */
function endByAssist(cpu: Cpu): Insn<void> {
  const { memory, vp, assistPage } = cpu;
  const spared = assistPage >= 0 && (memory.u8[assistPage] & NO_EOI_REQUIRED) !== 0;
  const { trace } = cpu.partition;
  const from = vp.now;
  if (spared) memory.u8[assistPage] &= ~NO_EOI_REQUIRED;
  vp.spend('eoi.assist');
  trace.span(trace.kind(EXIT_KINDS.eoiAssist), from, vp.now, vp.who, spared ? 1 : 0);
  return spared ? cpu.compute(0) : cpu.wrmsr(HV_X64_MSR.EOI, 0n);
}

/** Sets the task priority; bits 7-4 of `value` are the class. */
export function writeTaskPriority(cpu: Cpu, value: number): Insn<void> {
  switch (cpu.tprMethod) {
    case 'msr':
      return cpu.wrmsr(HV_X64_MSR.TPR, BigInt(value));
    case 'x2apic':
      return cpu.wrmsr(x2apicMsr(APIC_REG.TPR), BigInt(value));
    case 'cr8':
      return cpu.movCr8(value >>> 4);
    default:
      return cpu.store32(MMIO.LOCAL_APIC + APIC_REG.TPR, value);
  }
}

/**
 * Sends a fixed interrupt to one processor by its APIC id. In memory that is three accesses, as Linux and Xen do it: is the last one
 * gone, destination, command (Xen commit b1710040ca: "at least 3"); by MSR it is one.
 */
export function* sendIpi(cpu: Cpu, destination: number, vector: number, method: ApicMethod): Program {
  if (method === 'x2apic') {
    yield* cpu.wrmsr(x2apicMsr(APIC_REG.ICR_LOW), (BigInt(destination) << 32n) | BigInt(vector));
  } else if (method === 'msr') {
    yield* cpu.wrmsr(HV_X64_MSR.ICR, (BigInt(destination) << 56n) | BigInt(vector));
  } else {
    yield* cpu.load32(MMIO.LOCAL_APIC + APIC_REG.ICR_LOW);
    yield* cpu.store32(MMIO.LOCAL_APIC + APIC_REG.ICR_HIGH, destination * 2 ** 24);
    yield* cpu.store32(MMIO.LOCAL_APIC + APIC_REG.ICR_LOW, vector);
  }
}

/** Sends an interrupt to the processor itself. */
export function sendSelfIpi(cpu: Cpu, vector: number, method: ApicMethod): Insn<void> {
  if (method === 'x2apic') return cpu.wrmsr(x2apicMsr(APIC_REG.SELF_IPI), BigInt(vector));
  const command = (ICR_SHORTHAND.SELF << 18) | vector;
  if (method === 'msr') return cpu.wrmsr(HV_X64_MSR.ICR, BigInt(command));
  return cpu.store32(MMIO.LOCAL_APIC + APIC_REG.ICR_LOW, command);
}
