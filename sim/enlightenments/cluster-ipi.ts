/**
 * Row 14: interrupts to a set of processors by one hypercall. Without it a kernel writes its interrupt command register once for every
 * target, or once for every cluster of targets, and each write is an exit.
 *
 * Source: TLFS `hypercalls/HvCallSendSyntheticClusterIpi.md`, `…Ex.md`; Linux `arch/x86/hyperv/hv_apic.c` (`__send_ipi_mask`),
 * `arch/x86/kernel/apic/x2apic_cluster.c`, `apic_flat_64.c`.
 */
import type { Program } from '../core/program.ts';
import type { ApicMethod, Cpu } from '../machine/cpu.ts';
import { APIC_BASE, ICR, ICR_SHORTHAND, x2apicMsr } from '../wire/apic.ts';
import { controlWord, HV_GENERIC_SET, HVCALL, resultStatus } from '../wire/hypercall.ts';
import { HV_X64_MSR, IA32_MSR } from '../wire/msr.ts';
import { APIC_REG, MMIO } from '../wire/ports.ts';
import { hint } from './discovery.ts';
import { defineEnlightenment } from './enlightenment.ts';

/** The contract of row 14. */
export const CLUSTER_IPI = defineEnlightenment({
  id: 'cluster-ipi',
  row: 14,
  title: 'Interrupts to a set of processors',
  what: 'One hypercall names all processors that are to be interrupted.',
  discovery: [hint('CLUSTER_IPI', 'HV_X64_CLUSTER_IPI_RECOMMENDED')],
  mechanisms: ['hypercall'],
  msrs: [],
  hypercalls: [HVCALL.SEND_IPI, HVCALL.SEND_IPI_EX],
  without:
    'A write to the interrupt command register for each target or each cluster; in memory it is three accesses.',
  exits: ['1 for each target or cluster, 3 in memory', '1'],
  caution:
    'It spares exits of the sender. Finding and interrupting each target costs the same, and each target still takes its interrupt and ends it.',
  since: '2020',
  offered: (features) => features.hintClusterIpi,
  depth: 'functional',
  sources: [
    'TLFS: HvCallSendSyntheticClusterIpi, HvCallSendSyntheticClusterIpiEx',
    'Linux: arch/x86/hyperv/hv_apic.c',
  ],
});

/** APIC ids in a cluster of x2APIC mode. */
const X2APIC_CLUSTER = 16;
/** Logical destinations in memory: one bit each for eight processors, or fifteen clusters of four. */
const FLAT = 8;
const XAPIC_CLUSTER = 4;
/** Most processors that clusters in memory can name. */
export const XAPIC_CLUSTER_PROCESSORS = 15 * XAPIC_CLUSTER;
const FLAT_MODEL = 0xffff_ffff;
const CLUSTER_MODEL = 0x0fff_ffff;

/** Processors of a bank of a VP set, and of the mask of the short call. */
const BANK = 64;

/** Switches a processor's APIC to x2APIC mode. False where there is none. */
export function* enableX2apic(cpu: Cpu): Program<boolean> {
  const base = yield* cpu.rdmsr(IA32_MSR.APIC_BASE);
  yield* cpu.wrmsr(IA32_MSR.APIC_BASE, base | APIC_BASE.X2APIC);
  return cpu.fault === undefined;
}

/** Gives a processor with registers in memory its logical id, as kernels do at start-up. `processors` decides between the two models. */
export function* setLogicalId(cpu: Cpu, processors: number): Program {
  const flat = processors <= FLAT;
  const id = flat
    ? 1 << cpu.index
    : (Math.floor(cpu.index / XAPIC_CLUSTER) << 4) | (1 << (cpu.index % XAPIC_CLUSTER));
  yield* cpu.store32(MMIO.LOCAL_APIC + APIC_REG.DFR, flat ? FLAT_MODEL : CLUSTER_MODEL);
  yield* cpu.store32(MMIO.LOCAL_APIC + APIC_REG.LDR, id * 2 ** 24);
}

/** Without it: one command for each target. */
export function* sendEach(cpu: Cpu, targets: readonly number[], vector: number, method: ApicMethod): Program {
  for (const target of targets) yield* cpu.sendIpi(target, vector, method);
}

/** Without it: one command for each cluster of targets, by logical destinations. `processors` is how many the machine has. */
export function* sendClusters(
  cpu: Cpu,
  targets: readonly number[],
  vector: number,
  method: ApicMethod,
  processors: number,
): Program {
  const size = clusterSize(method, processors);
  for (const [cluster, mask] of clustersOf(targets, size)) {
    const destination = size === FLAT ? mask : cluster * 2 ** (method === 'x2apic' ? 16 : 4) + mask;
    yield* sendCommand(cpu, destination, vector | ICR.LOGICAL, method);
  }
}

/** How many processors one logical destination can name. */
export function clusterSize(method: ApicMethod, processors: number): number {
  if (method === 'x2apic') return X2APIC_CLUSTER;
  return processors <= FLAT ? FLAT : XAPIC_CLUSTER;
}

/** Without it: one command for all others, by the shorthand. Only where nobody is left out. */
export function* sendOthers(cpu: Cpu, vector: number, method: ApicMethod): Program {
  yield* sendCommand(cpu, 0, vector | (ICR_SHORTHAND.OTHERS << 18), method);
}

/**
 * With it: one call; its status. Targets below 64 go in two registers. For others a set is written at `page`, which must lie in RAM and be
 * the caller's own.
 */
export function* sendByCall(
  cpu: Cpu,
  targets: readonly number[],
  vector: number,
  page: number,
): Program<number> {
  if (targets.every((target) => target < BANK)) {
    const mask = targets.reduce((bits, target) => bits | (1n << BigInt(target)), 0n);
    const fast = controlWord({ code: HVCALL.SEND_IPI, fast: 1 });
    return resultStatus(yield* cpu.vmcall(fast, BigInt(vector), mask));
  }
  const banks = writeSet(cpu, targets, vector, page);
  const control = controlWord({ code: HVCALL.SEND_IPI_EX, varhead_qwords: banks });
  return resultStatus(yield* cpu.vmcall(control, BigInt(page), 0n));
}

/** Writes the input of SEND_IPI_EX; returns the number of its banks. */
function writeSet(cpu: Cpu, targets: readonly number[], vector: number, page: number): number {
  const banks = new Map<number, bigint>();
  for (const target of targets) {
    const bank = Math.floor(target / BANK);
    banks.set(bank, (banks.get(bank) ?? 0n) | (1n << BigInt(target % BANK)));
  }
  const inOrder = [...banks].sort(([a], [b]) => a - b);
  const valid = inOrder.reduce((bits, [bank]) => bits | (1n << BigInt(bank)), 0n);
  const words = [BigInt(vector), BigInt(HV_GENERIC_SET.SPARSE_4K), valid, ...inOrder.map(([, bits]) => bits)];
  for (const [i, word] of words.entries()) cpu.memory.write64(page + 8 * i, word);
  return inOrder.length;
}

/** Targets by cluster: number and mask of its members. */
function clustersOf(targets: readonly number[], size: number): ReadonlyMap<number, number> {
  const clusters = new Map<number, number>();
  for (const target of targets) {
    const cluster = Math.floor(target / size);
    clusters.set(cluster, (clusters.get(cluster) ?? 0) | (1 << (target % size)));
  }
  return clusters;
}

/** An interrupt command: by one MSR, or in memory: is the last one gone, destination, command. */
function* sendCommand(cpu: Cpu, destination: number, command: number, method: ApicMethod): Program {
  if (method === 'x2apic') {
    yield* cpu.wrmsr(x2apicMsr(APIC_REG.ICR_LOW), (BigInt(destination) << 32n) | BigInt(command));
  } else if (method === 'msr') {
    yield* cpu.wrmsr(HV_X64_MSR.ICR, (BigInt(destination) << 56n) | BigInt(command));
  } else {
    yield* cpu.load32(MMIO.LOCAL_APIC + APIC_REG.ICR_LOW);
    yield* cpu.store32(MMIO.LOCAL_APIC + APIC_REG.ICR_HIGH, destination * 2 ** 24);
    yield* cpu.store32(MMIO.LOCAL_APIC + APIC_REG.ICR_LOW, command);
  }
}
