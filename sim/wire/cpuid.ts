/**
 * CPUID leaves 0x40000000 to 0x4000000C: how a guest finds out what the hypervisor offers it.
 *
 * Sources: TLFS "Feature and Interface Discovery"; Linux `hyperv-tlfs.h`; OpenVMM `hvdef` (`HvFeatures`, `HvEnlightenmentInformation`,
 * `HvHardwareFeatures`). Bit tables are masks within the named register.
 */
import { codes } from './codes.ts';

/** Leaf numbers. */
export const cpuidLeaves = codes({
  VENDOR_AND_MAX_FUNCTIONS: [0x4000_0000, 'highest leaf and the signature "Microsoft Hv"'],
  INTERFACE: [0x4000_0001, 'interface signature "Hv#1"'],
  VERSION: [0x4000_0002, 'hypervisor build and version'],
  FEATURES: [0x4000_0003, 'what the partition may access'],
  ENLIGHTMENT_INFO: [0x4000_0004, 'what the hypervisor recommends'],
  IMPLEMENT_LIMITS: [0x4000_0005, 'limits: virtual and logical processors'],
  HARDWARE_FEATURES: [0x4000_0006, 'hardware features in use by the hypervisor'],
  CPU_MANAGEMENT_FEATURES: [0x4000_0007, 'root only'],
  NESTED_FEATURES: [0x4000_000a, 'nested virtualisation enlightenments'],
  ISOLATION_CONFIG: [0x4000_000c, 'confidential VM kind'],
});
/** The leaves by name. */
export const HYPERV_CPUID = cpuidLeaves.values;

/** CPUID.1 ECX bit 31: a hypervisor is present. Without it a guest asks nothing further. */
export const HYPERVISOR_PRESENT_BIT = 0x8000_0000;
/** EBX, ECX, EDX of leaf 0x40000000: "Microsoft Hv". */
export const HV_VENDOR_SIGNATURE = { ebx: 0x7263_694d, ecx: 0x666f_736f, edx: 0x7648_2074 } as const;
/** EAX of leaf 0x40000001: "Hv#1", the promise to follow TLFS. */
export const HV_INTERFACE_SIGNATURE = 0x3123_7648;

/** Leaf 0x40000003 EAX: registers that the partition may access. */
export const accessFlags = codes({
  VP_RUNTIME: [0x0001, 'VP_RUNTIME register'],
  TIME_REF_COUNT: [0x0002, 'TIME_REF_COUNT register'],
  SYNIC: [0x0004, 'SynIC registers'],
  SYNTIMER: [0x0008, 'synthetic timers; Linux then uses timer 0 as clock event device'],
  APIC_ACCESS: [0x0010, 'EOI, ICR and TPR registers'],
  HYPERCALL: [0x0020, 'GUEST_OS_ID and HYPERCALL registers'],
  VP_INDEX: [0x0040, 'VP_INDEX register'],
  RESET: [0x0080, 'RESET register'],
  STAT_PAGES: [0x0100, 'statistics pages'],
  REFERENCE_TSC: [0x0200, 'reference TSC page'],
  GUEST_IDLE: [0x0400, 'GUEST_IDLE register'],
  FREQUENCY_MSRS: [0x0800, 'TSC_FREQUENCY and APIC_FREQUENCY registers'],
  DEBUG_MSRS: [0x1000, 'synthetic debugger registers'],
  REENLIGHTENMENT: [0x2000, 're-enlightenment controls'],
  TSC_INVARIANT: [0x8000, 'TSC_INVARIANT_CONTROL register'],
});
/** The bits by name. */
export const HV_ACCESS = accessFlags.values;

/** Leaf 0x40000003 EBX: hypercalls that the partition may make. */
export const privilegeFlags = codes({
  CREATE_PARTITIONS: [0x0000_0001, 'root only'],
  ACCESS_PARTITION_ID: [0x0000_0002, 'GET_PARTITION_ID'],
  ACCESS_MEMORY_POOL: [0x0000_0004, 'DEPOSIT_MEMORY and withdraw'],
  ADJUST_MESSAGE_BUFFERS: [0x0000_0008, 'number of message buffers of a port'],
  POST_MESSAGES: [0x0000_0010, 'POST_MESSAGE: VMBus needs it'],
  SIGNAL_EVENTS: [0x0000_0020, 'SIGNAL_EVENT: VMBus needs it'],
  CREATE_PORT: [0x0000_0040, 'create ports'],
  CONNECT_PORT: [0x0000_0080, 'connect to ports'],
  ACCESS_STATS: [0x0000_0100, 'statistics'],
  DEBUGGING: [0x0000_0800, 'synthetic debugger'],
  CPU_MANAGEMENT: [0x0000_1000, 'root only'],
  ACCESS_VP_REGISTERS: [
    0x0002_0000,
    'the caller’s own registers by hypercall, and GET_VP_INDEX_FROM_APIC_ID',
  ],
  ENABLE_EXTENDED_HYPERCALLS: [0x0010_0000, 'call codes from 0x8001'],
  ISOLATION: [0x0040_0000, 'confidential VM'],
});
/** The bits by name. */
export const HV_PRIVILEGE = privilegeFlags.values;

/** Leaf 0x40000003 EDX: features. */
export const featureBits = codes({
  GUEST_DEBUGGING: [0x0000_0002, 'guest debugging'],
  PERF_MONITOR: [0x0000_0004, 'performance monitor'],
  CPU_DYNAMIC_PARTITIONING: [0x0000_0008, 'processors may be added'],
  HYPERCALL_XMM_INPUT: [0x0000_0010, 'fast hypercalls may use XMM registers'],
  GUEST_IDLE_STATE: [0x0000_0020, 'virtual idle state'],
  FREQUENCY_MSRS: [0x0000_0100, 'frequency registers exist'],
  GUEST_CRASH_MSR: [0x0000_0400, 'crash registers exist'],
  DEBUG_MSRS: [0x0000_0800, 'debugger registers exist'],
  EXTENDED_GVA_RANGES: [0x0000_4000, 'flush calls take ranges of large pages'],
  HYPERCALL_XMM_OUTPUT: [0x0000_8000, 'fast hypercalls may return in XMM registers'],
  SINT_POLLING_MODE: [0x0002_0000, 'a SINT may be polled'],
  HYPERCALL_MSR_LOCK: [0x0004_0000, 'the hypercall page can be locked'],
  STIMER_DIRECT_MODE: [0x0008_0000, 'timers may raise a vector directly'],
});
/** The bits by name. */
export const HV_FEATURE = featureBits.values;

/** Leaf 0x40000004 EAX: recommendations. */
export const hintFlags = codes({
  AS_SWITCH: [0x0_0001, 'hypercall for address space switch (shadow paging)'],
  LOCAL_TLB_FLUSH: [0x0_0002, 'hypercall for local flush (shadow paging)'],
  REMOTE_TLB_FLUSH: [0x0_0004, 'hypercall for remote flush'],
  APIC_ACCESS: [0x0_0008, 'MSRs for EOI, ICR and TPR'],
  SYSTEM_RESET: [0x0_0010, 'MSR for reset'],
  RELAXED_TIMING: [0x0_0020, 'no watchdogs on lost time'],
  DMA_REMAPPING: [0x0_0040, 'DMA remapping (deprecated)'],
  INTERRUPT_REMAPPING: [0x0_0080, 'interrupt remapping (deprecated)'],
  X2_APIC_MSRS: [0x0_0100, 'x2APIC registers'],
  DEPRECATING_AEOI: [0x0_0200, 'do not use AutoEOI (the APIC is virtualised by hardware)'],
  CLUSTER_IPI: [0x0_0400, 'hypercall for IPIs'],
  EX_PROCESSOR_MASKS: [0x0_0800, 'Ex hypercalls with sparse VP sets'],
  NESTED: [0x0_1000, 'this hypervisor is itself nested'],
  ENLIGHTENED_VMCS: [0x0_4000, 'enlightened VMCS'],
  SYNCED_TIMELINE: [0x0_8000, 'synchronised timelines'],
  CORE_SCHEDULER_REQUESTED: [0x1_0000, 'core scheduler is in use'],
  DIRECT_LOCAL_FLUSH_ENTIRE: [0x2_0000, 'flush the whole local TLB directly'],
  NO_NONARCH_CORESHARING: [0x4_0000, 'VPs share a core only as the topology says'],
});
/** The bits by name. */
export const HV_HINT = hintFlags.values;

/** Leaf 0x40000006 EAX: hardware in use. */
export const hardwareFlags = codes({
  APIC_OVERLAY_ASSIST: [0x01, 'virtual APIC page'],
  MSR_BITMAPS: [0x02, 'MSR bitmaps'],
  ARCH_PERF_COUNTERS: [0x04, 'architectural performance counters'],
  SECOND_LEVEL_ADDRESS_TRANSLATION: [0x08, 'EPT or NPT'],
  DMA_REMAPPING: [0x10, 'IOMMU for DMA'],
  INTERRUPT_REMAPPING: [0x20, 'IOMMU for interrupts'],
});
/** The bits by name. */
export const HV_HARDWARE = hardwareFlags.values;

/** Leaf 0x4000000A EAX above the two bytes of versions: what a hypervisor that runs in the partition may use. */
export const nestedFlags = codes({
  DIRECT_FLUSH: [0x02_0000, 'L2 may flush by hypercalls that L0 serves'],
  GUEST_MAPPING_FLUSH: [0x04_0000, 'FLUSH_GUEST_PHYSICAL_ADDRESS_SPACE and _LIST on Intel'],
  MSR_BITMAP: [0x08_0000, 'enlightened MSR bitmap'],
  VIRTUALIZATION_EXCEPTION: [0x10_0000, 'virtualisation exceptions come as page faults'],
  DEBUG_CONTROL: [0x20_0000, 'GuestIa32DebugCtl may be set'],
  ENLIGHTENED_TLB: [0x40_0000, 'enlightened TLB on AMD'],
});
/** The bits by name. */
export const HV_NESTED = nestedFlags.values;
/** Lowest (bits 0 to 7) and highest (8 to 15) version of the enlightened VMCS in the same register: only version 1 exists. */
export const HV_ENLIGHTENED_VMCS_VERSIONS = 0x0101;
