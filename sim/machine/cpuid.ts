/**
 * CPUID as a guest of Hyper-V sees it: the processor's own leaves, reduced to what the simulator means, and the hypervisor's leaves
 * from 0x40000000. Source: TLFS, "Feature and Interface Discovery".
 */
import {
  HV_ACCESS,
  HV_ENLIGHTENED_VMCS_VERSIONS,
  HV_FEATURE,
  HV_HARDWARE,
  HV_HINT,
  HV_INTERFACE_SIGNATURE,
  HV_NESTED,
  HV_PRIVILEGE,
  HV_VENDOR_SIGNATURE,
  HYPERV_CPUID,
  HYPERVISOR_PRESENT_BIT,
} from '../wire/cpuid.ts';
import type { Era } from './costs.ts';
import type { Features } from './features.ts';
import type { CpuidResult } from './seam.ts';

/** Who made the processor: it decides which instruction the hypercall page holds. */
export type Vendor = 'intel' | 'amd';

const ZERO: CpuidResult = { eax: 0, ebx: 0, ecx: 0, edx: 0 };
/** Leaf 0x40000000 names this one as the highest where a hypervisor may run in the partition. */
const NESTED_LEAF = HYPERV_CPUID.NESTED_FEATURES;
const MAX_BASIC = 1;
const MAX_EXTENDED = 0x8000_0001;
/** Advanced power management; EDX bit 8 says that the TSC runs at one rate. Hidden until the guest writes TSC_INVARIANT_CONTROL. */
const POWER_LEAF = 0x8000_0007;
const INVARIANT_TSC = 0x100;
/** Highest hypervisor leaf by era. */
const MAX_HYPERVISOR: Readonly<Record<Era, number>> = {
  '2008': 0x4000_0005,
  '2012': 0x4000_0006,
  '2020': 0x4000_0006,
};
/** Build number, version and service pack as leaf 0x40000002 reports them: Server 2008 SP1, Server 2012, Server 2019. */
const VERSION: Readonly<Record<Era, CpuidResult>> = {
  '2008': { eax: 6001, ebx: 0x0006_0000, ecx: 1, edx: 0 },
  '2012': { eax: 9200, ebx: 0x0006_0002, ecx: 0, edx: 0 },
  '2020': { eax: 17763, ebx: 0x000a_0000, ecx: 0, edx: 0 },
};
/** Most virtual processors of a partition. */
const MAX_VPS: Readonly<Record<Era, number>> = { '2008': 4, '2012': 64, '2020': 240 };

const VENDOR_TEXT: Readonly<Record<Vendor, string>> = { intel: 'GenuineIntel', amd: 'AuthenticAMD' };
/** Signature of leaf 1: Penryn, Sandy Bridge, Skylake; K10, Piledriver, Zen. */
const SIGNATURE: Readonly<Record<Vendor, Readonly<Record<Era, number>>>> = {
  intel: { '2008': 0x1_0676, '2012': 0x2_06a7, '2020': 0x5_0654 },
  amd: { '2008': 0x0010_0f22, '2012': 0x0061_0f01, '2020': 0x0080_0f11 },
};
/** FPU, TSC, MSR, PAE, CX8, APIC, PGE, CMOV, PAT, CLFLUSH, MMX, FXSR, SSE, SSE2. */
const LEAF1_EDX = 0x0789_a371;
/** SSE3, CX16. */
const LEAF1_ECX = 0x0000_2001;
const LEAF1_X2APIC = 1 << 21;
const LEAF1_TSC_DEADLINE = 1 << 24;
/** SYSCALL, NX, long mode. */
const EXTENDED_EDX = 0x2010_0800;

export class Cpuid {
  readonly features: Features;
  private readonly era: Era;
  private readonly vendor: Vendor;
  private readonly hypervisor: ReadonlyMap<number, CpuidResult>;

  constructor(era: Era, features: Features, vendor: Vendor) {
    this.era = era;
    this.features = features;
    this.vendor = vendor;
    this.hypervisor = features.hypervisorPresent ? hypervisorLeaves(era, features) : new Map();
  }

  /** The leaf as processor `vp` reads it. A leaf that does not exist reads as zeros. `invariantTsc`: the guest may see that bit. */
  read(vp: number, leaf: number, invariantTsc = false): CpuidResult {
    if (leaf >= 0x4000_0000 && leaf < 0x5000_0000) return this.hypervisor.get(leaf) ?? ZERO;
    switch (leaf) {
      case 0:
        return this.vendorLeaf(MAX_BASIC);
      case 1:
        return this.signatureLeaf(vp);
      case 0x8000_0000:
        return { ...this.vendorLeaf(this.features.tscInvariant ? POWER_LEAF : MAX_EXTENDED) };
      case 0x8000_0001:
        return { ...ZERO, edx: EXTENDED_EDX };
      case POWER_LEAF:
        return { ...ZERO, edx: invariantTsc ? INVARIANT_TSC : 0 };
      default:
        return ZERO;
    }
  }

  private vendorLeaf(max: number): CpuidResult {
    const text = VENDOR_TEXT[this.vendor];
    const word = (at: number): number =>
      [0, 1, 2, 3].reduce((sum, i) => sum + text.charCodeAt(at + i) * 2 ** (8 * i), 0);
    return { eax: max, ebx: word(0), edx: word(4), ecx: word(8) };
  }

  private signatureLeaf(vp: number): CpuidResult {
    const { hypervisorPresent, x2apic, tscDeadline } = this.features;
    const present = hypervisorPresent ? HYPERVISOR_PRESENT_BIT : 0;
    return {
      eax: SIGNATURE[this.vendor][this.era],
      ebx: (vp << 24) | 0x0000_0800,
      ecx: (LEAF1_ECX | present | bits([x2apic, LEAF1_X2APIC], [tscDeadline, LEAF1_TSC_DEADLINE])) >>> 0,
      edx: LEAF1_EDX,
    };
  }
}

function hypervisorLeaves(era: Era, features: Features): ReadonlyMap<number, CpuidResult> {
  const leaves = new Map<number, CpuidResult>([
    [HYPERV_CPUID.VENDOR_AND_MAX_FUNCTIONS, { eax: highestLeaf(era, features), ...HV_VENDOR_SIGNATURE }],
    [HYPERV_CPUID.INTERFACE, { ...ZERO, eax: HV_INTERFACE_SIGNATURE }],
    [HYPERV_CPUID.VERSION, VERSION[era]],
    [
      HYPERV_CPUID.FEATURES,
      { eax: accessBits(features), ebx: privilegeBits(features), ecx: 0, edx: featureBits(features) },
    ],
    [HYPERV_CPUID.ENLIGHTMENT_INFO, { eax: hintBits(features), ebx: features.spinCount, ecx: 0, edx: 0 }],
    [HYPERV_CPUID.IMPLEMENT_LIMITS, { eax: MAX_VPS[era], ebx: MAX_VPS[era], ecx: 0, edx: 0 }],
  ]);
  if (era !== '2008') {
    const used = HV_HARDWARE.MSR_BITMAPS | HV_HARDWARE.SECOND_LEVEL_ADDRESS_TRANSLATION;
    const apic = bits([features.flexPriority || features.apicv, HV_HARDWARE.APIC_OVERLAY_ASSIST]);
    leaves.set(HYPERV_CPUID.HARDWARE_FEATURES, { ...ZERO, eax: used | apic });
  }
  if (features.hintEnlightenedVmcs) leaves.set(NESTED_LEAF, { ...ZERO, eax: nestedBits(features) });
  return leaves;
}

function highestLeaf(era: Era, features: Features): number {
  return features.hintEnlightenedVmcs ? NESTED_LEAF : MAX_HYPERVISOR[era];
}

/** Sum of the masks whose switch is on. */
function bits(...rows: readonly (readonly [boolean, number])[]): number {
  return rows.reduce((sum, [on, mask]) => (on ? (sum | mask) >>> 0 : sum), 0);
}

/** EAX of leaf 0x40000003. Hypercalls and VP index come with the interface itself. */
export function accessBits(f: Features): number {
  return bits(
    [true, HV_ACCESS.HYPERCALL | HV_ACCESS.VP_INDEX],
    [f.vpRuntime, HV_ACCESS.VP_RUNTIME],
    [f.timeRefCount, HV_ACCESS.TIME_REF_COUNT],
    [f.synic, HV_ACCESS.SYNIC],
    [f.syntheticTimers, HV_ACCESS.SYNTIMER],
    [f.apicMsrs, HV_ACCESS.APIC_ACCESS],
    [f.reset, HV_ACCESS.RESET],
    [f.referenceTsc, HV_ACCESS.REFERENCE_TSC],
    [f.frequencyMsrs, HV_ACCESS.FREQUENCY_MSRS],
    [f.guestIdle, HV_ACCESS.GUEST_IDLE],
    [f.reenlightenment, HV_ACCESS.REENLIGHTENMENT],
    [f.tscInvariant, HV_ACCESS.TSC_INVARIANT],
  );
}

/** EBX of leaf 0x40000003. */
export function privilegeBits(f: Features): number {
  return bits(
    [f.accessPartitionId, HV_PRIVILEGE.ACCESS_PARTITION_ID],
    [f.postMessages, HV_PRIVILEGE.POST_MESSAGES],
    [f.signalEvents, HV_PRIVILEGE.SIGNAL_EVENTS],
    [f.accessVpRegisters, HV_PRIVILEGE.ACCESS_VP_REGISTERS],
  );
}

/** EDX of leaf 0x40000003. */
export function featureBits(f: Features): number {
  return bits(
    [f.hypercallXmmInput, HV_FEATURE.HYPERCALL_XMM_INPUT],
    [f.guestIdle, HV_FEATURE.GUEST_IDLE_STATE],
    [f.frequencyMsrs, HV_FEATURE.FREQUENCY_MSRS],
    [f.crashMsrs, HV_FEATURE.GUEST_CRASH_MSR],
    [f.extendedGvaRanges, HV_FEATURE.EXTENDED_GVA_RANGES],
    [f.hypercallXmmOutput, HV_FEATURE.HYPERCALL_XMM_OUTPUT],
    [f.sintPolling, HV_FEATURE.SINT_POLLING_MODE],
    [f.hypercallLock, HV_FEATURE.HYPERCALL_MSR_LOCK],
    [f.directTimers, HV_FEATURE.STIMER_DIRECT_MODE],
  );
}

/** EAX of leaf 0x40000004. */
export function hintBits(f: Features): number {
  return bits(
    [f.hintAddressSpaceSwitch, HV_HINT.AS_SWITCH],
    [f.hintLocalFlush, HV_HINT.LOCAL_TLB_FLUSH],
    [f.hintRemoteFlush, HV_HINT.REMOTE_TLB_FLUSH],
    [f.hintApicMsrs, HV_HINT.APIC_ACCESS],
    [f.hintSystemReset, HV_HINT.SYSTEM_RESET],
    [f.relaxedTiming, HV_HINT.RELAXED_TIMING],
    [f.hintX2apic, HV_HINT.X2_APIC_MSRS],
    [f.deprecateAutoEoi, HV_HINT.DEPRECATING_AEOI],
    [f.hintClusterIpi, HV_HINT.CLUSTER_IPI],
    [f.hintExProcessorMasks, HV_HINT.EX_PROCESSOR_MASKS],
    [f.hintEnlightenedVmcs, HV_HINT.ENLIGHTENED_VMCS],
    [f.hintDirectLocalFlush, HV_HINT.DIRECT_LOCAL_FLUSH_ENTIRE],
  );
}

/** EAX of leaf 0x4000000A. */
export function nestedBits(f: Features): number {
  return bits(
    [true, HV_ENLIGHTENED_VMCS_VERSIONS],
    [f.nestedDirectFlush, HV_NESTED.DIRECT_FLUSH],
    [f.nestedMsrBitmap, HV_NESTED.MSR_BITMAP],
    [f.nestedEnlightenedTlb, HV_NESTED.ENLIGHTENED_TLB],
  );
}
