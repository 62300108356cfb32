/**
 * Bring-up of the hypervisor interface in a guest kernel: discovery by CPUID, identity, the hypercall page, VP indices, and the two
 * hypercalls that VMBus lives on.
 *
 * The order of exits is that of Linux 6.1 (`arch/x86/kernel/cpu/mshyperv.c` ms_hyperv_init_platform, `arch/x86/hyperv/hv_init.c`
 * hyperv_init and hv_cpu_init), compared with the project's recordings of stock kernels. Linux reads some leaves several times; here
 * each is read once.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import {
  HV_ACCESS,
  HV_HINT,
  HV_VENDOR_SIGNATURE,
  HYPERV_CPUID,
  HYPERVISOR_PRESENT_BIT,
} from '../../wire/cpuid.ts';
import { HV_STATUS, HVCALL, resultStatus, SIGNAL_EVENT_FAST } from '../../wire/hypercall.ts';
import { HV_X64_MSR, MSR_PAGE_ENABLE } from '../../wire/msr.ts';
import type { PageAllocator } from './page-allocator.ts';

/** What the discovery leaves said. All values unsigned, as CPUID returned them. */
export interface HypervisorInfo {
  /** Highest hypervisor leaf, from 0x40000000. */
  readonly maxLeaf: number;
  /** Leaf 0x40000003 EAX: registers that the partition may access ({@link HV_ACCESS}). */
  readonly access: number;
  /** Leaf 0x40000003 EBX: hypercalls that the partition may make. */
  readonly privileges: number;
  /** Leaf 0x40000003 EDX: features. */
  readonly features: number;
  /** Leaf 0x40000004 EAX: recommendations ({@link HV_HINT}). */
  readonly hints: number;
  /** Leaf 0x40000005 EAX: most virtual processors. */
  readonly maxVps: number;
  /** Leaf 0x40000002 EAX: build number. */
  readonly build: number;
}

/**
 * Asks CPUID what lies beneath, in the order of ms_hyperv_init_platform. `undefined` when this is not Hyper-V, or when it lacks the
 * hypercall or VP index registers that no enlightened kernel can do without: the guest then uses emulated devices only.
 */
export function* detectHypervisor(cpu: Cpu): Program<HypervisorInfo | undefined> {
  const basic = yield* cpu.cpuid(1, 0);
  if ((basic.ecx & HYPERVISOR_PRESENT_BIT) === 0) return undefined;
  const vendor = yield* cpu.cpuid(HYPERV_CPUID.VENDOR_AND_MAX_FUNCTIONS, 0);
  const { ebx, ecx, edx } = HV_VENDOR_SIGNATURE;
  if (vendor.ebx !== ebx || vendor.ecx !== ecx || vendor.edx !== edx) return undefined;
  if (vendor.eax < HYPERV_CPUID.IMPLEMENT_LIMITS) return undefined;
  const features = yield* cpu.cpuid(HYPERV_CPUID.FEATURES, 0);
  const needed = HV_ACCESS.HYPERCALL | HV_ACCESS.VP_INDEX;
  if ((features.eax & needed) !== needed) return undefined;
  const hints = yield* cpu.cpuid(HYPERV_CPUID.ENLIGHTMENT_INFO, 0);
  const limits = yield* cpu.cpuid(HYPERV_CPUID.IMPLEMENT_LIMITS, 0);
  const version = yield* cpu.cpuid(HYPERV_CPUID.VERSION, 0);
  return {
    maxLeaf: vendor.eax,
    access: features.eax,
    privileges: features.ebx,
    features: features.edx,
    hints: hints.eax,
    maxVps: limits.eax,
    build: version.eax,
  };
}

/** Posts are tried this often before the driver gives up (Linux vmbus_post_msg). */
export const POST_RETRIES = 100;
/** Delay before the second try, microseconds; it doubles up to the cap. */
const POST_FIRST_DELAY_US = 1;
const POST_MAX_DELAY_US = 256_000;

/** The guest kernel's view of its hypervisor, shared by all processors of one guest. */
export class Hyperv {
  readonly info: HypervisorInfo;
  readonly pages: PageAllocator;
  /** Ticks of this guest's TSC per microsecond: what udelay() counts with. */
  readonly ticksPerMicrosecond: number;
  /** Times a post was refused for lack of buffers and tried again. */
  postRetries = 0;
  private readonly vpIndices: number[] = [];
  private readonly inputPages: number[] = [];

  constructor(info: HypervisorInfo, pages: PageAllocator, ticksPerMicrosecond: number) {
    this.info = info;
    this.pages = pages;
    this.ticksPerMicrosecond = ticksPerMicrosecond;
  }

  /** True when the hypervisor asks the guest to acknowledge synthetic interrupts itself (leaf 0x40000004 EAX bit 9). */
  get autoEoiDeprecated(): boolean {
    return (this.info.hints & HV_HINT.DEPRECATING_AEOI) !== 0;
  }

  /** hv_cpu_init: what every processor does for itself before the first hypercall. */
  *initProcessor(cpu: Cpu): Program {
    this.inputPages[cpu.index] = this.pages.page();
    if ((this.info.hints & HV_HINT.APIC_ACCESS) !== 0) cpu.eoiMethod = 'msr';
    this.vpIndices[cpu.index] = Number(yield* cpu.rdmsr(HV_X64_MSR.VP_INDEX));
  }

  /** hyperv_init on the boot processor: say who we are, then ask for the hypercall page. */
  *enableHypercalls(cpu: Cpu, guestOsId: bigint): Program {
    yield* cpu.wrmsr(HV_X64_MSR.GUEST_OS_ID, guestOsId);
    const current = yield* cpu.rdmsr(HV_X64_MSR.HYPERCALL);
    const page = BigInt(this.pages.page());
    yield* cpu.wrmsr(HV_X64_MSR.HYPERCALL, page | MSR_PAGE_ENABLE | (current & 0xffen));
  }

  /** The hypervisor's number for a processor that has run {@link initProcessor}. */
  vpIndex(cpu: Cpu): number {
    return this.vpIndices[cpu.index];
  }

  /**
   * POST_MESSAGE with up to 240 bytes. A full port is tried again with a growing delay, as vmbus_post_msg does; any other status ends
   * the attempt. Returns the last hypercall status.
   */
  *postMessage(cpu: Cpu, connectionId: number, messageType: number, payload: Uint8Array): Program<number> {
    const input = this.inputPages[cpu.index];
    const { view, u8 } = cpu.memory;
    let delay = POST_FIRST_DELAY_US;
    let status = HV_STATUS.INSUFFICIENT_BUFFERS;
    for (let attempt = 0; attempt < POST_RETRIES; attempt++) {
      view.setUint32(input, connectionId, true);
      view.setUint32(input + 4, 0, true);
      view.setUint32(input + 8, messageType, true);
      view.setUint32(input + 12, payload.length, true);
      u8.set(payload, input + 16);
      status = resultStatus(yield* cpu.vmcall(BigInt(HVCALL.POST_MESSAGE), BigInt(input), 0n));
      if (status !== HV_STATUS.INSUFFICIENT_BUFFERS && status !== HV_STATUS.INSUFFICIENT_MEMORY) break;
      this.postRetries++;
      yield* cpu.compute(delay * this.ticksPerMicrosecond);
      delay = Math.min(delay * 2, POST_MAX_DELAY_US);
    }
    return status;
  }

  /** SIGNAL_EVENT, fast form: `parameter` holds the connection id in bits 0-31 and the flag number in bits 32-47. */
  *signalEvent(cpu: Cpu, parameter: bigint): Program<number> {
    return resultStatus(yield* cpu.vmcall(SIGNAL_EVENT_FAST, parameter, 0n));
  }
}
