/** By which way a guest of `ipi` reaches others: as set, or as its system decides when it has looked at CPUID. */
import type { Program } from '../core/program.ts';
import {
  enableX2apic,
  sendByCall,
  sendClusters,
  sendEach,
  sendOthers,
  setLogicalId,
} from '../enlightenments/cluster-ipi.ts';
import type { Found } from '../enlightenments/discover.ts';
import { discover } from '../enlightenments/discover.ts';
import { establishHypercalls } from '../enlightenments/hypercall-page.ts';
import { ENLIGHTENMENTS } from '../enlightenments/index.ts';
import { systemById } from '../guest/profiles/index.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import type { Values } from '../lab/params.ts';
import type { ApicMethod, Cpu } from '../machine/cpu.ts';
import { HV_ACCESS, HV_HINT, HYPERV_CPUID } from '../wire/cpuid.ts';
import type { ipiParams } from './ipi-params.ts';

export type IpiParams = Values<typeof ipiParams>;

/** Page of hypercall code, and page for the input of a call that names more than 64 processors. */
const HYPERCALL_PAGE = 0x2000;
const INPUT_PAGE = 0x3000;
/** First year of systems that know x2APIC mode: processors have had it since then. */
const X2APIC_SINCE = 2009;

/** How interrupts are sent, and by which registers the APIC is reached. */
export interface Way {
  readonly method: IpiParams['method'];
  readonly apic: ApicMethod;
}

const METHODS: Readonly<Record<IpiParams['apic'], ApicMethod>> = {
  xapic: 'mmio',
  synthetic: 'msr',
  x2apic: 'x2apic',
};

/** What the first processor does at start-up: it looks, decides, and establishes hypercalls if it needs any. */
export function* chooseWay(cpu: Cpu, params: IpiParams): Program<Way> {
  const found = params.guest === 'unmodified' ? undefined : yield* discover(cpu, ENLIGHTENMENTS);
  const way =
    params.guest === 'set' ? { method: params.method, apic: METHODS[params.apic] } : decide(params, found);
  if (way.method === 'call') yield* establishHypercalls(cpu, HYPERCALL_PAGE, LINUX_6_1.guestOsId);
  return way;
}

/** A system uses what it knows where the host recommends it. How it groups targets without the call was not looked up: one by one. */
function decide({ guest, apic }: IpiParams, found: Found | undefined): Way {
  const system = systemById(guest);
  const knows = (id: 'cluster-ipi' | 'apic-msrs'): boolean => system?.uses[id].use === 'yes';
  const x2apic = apic === 'x2apic' && (system?.year ?? 0) >= X2APIC_SINCE;
  const synthetic = knows('apic-msrs') && found !== undefined && recommendsMsrs(found);
  const registers = x2apic ? 'x2apic' : synthetic ? 'msr' : 'mmio';
  const call = knows('cluster-ipi') && found?.should('cluster-ipi') === true;
  return { method: call ? 'call' : 'each', apic: registers };
}

/** Both tests for EOI, ICR and TPR as synthetic MSRs: may, and should. */
function recommendsMsrs({ leaves }: Found): boolean {
  const may = (leaves.get(HYPERV_CPUID.FEATURES)?.eax ?? 0) & HV_ACCESS.APIC_ACCESS;
  const should = (leaves.get(HYPERV_CPUID.ENLIGHTMENT_INFO)?.eax ?? 0) & HV_HINT.APIC_ACCESS;
  return may !== 0 && should !== 0;
}

/** What every processor does at start-up: mode of its APIC, or logical id. */
export function* startApic(cpu: Cpu, way: Way, processors: number): Program {
  if (way.apic === 'x2apic') yield* enableX2apic(cpu);
  else yield* setLogicalId(cpu, processors);
  cpu.eoiMethod = way.apic;
}

/** Interrupts `targets` once. */
export function* sendBy(
  cpu: Cpu,
  { method, apic }: Way,
  targets: readonly number[],
  vector: number,
  processors: number,
): Program {
  switch (method) {
    case 'cluster':
      return yield* sendClusters(cpu, targets, vector, apic, processors);
    case 'others':
      return yield* sendOthers(cpu, vector, apic);
    case 'call':
      yield* sendByCall(cpu, targets, vector, INPUT_PAGE);
      return;
    default:
      return yield* sendEach(cpu, targets, vector, apic);
  }
}
