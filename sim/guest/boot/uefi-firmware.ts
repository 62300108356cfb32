/**
 * The UEFI firmware of a generation 2 machine, as far as its devices are concerned. It is a program of the guest like any kernel: it
 * finds the hypervisor, gets a hypercall page and a SynIC, connects to VMBus and drives the SCSI controllers that are offered. When the
 * loader calls ExitBootServices it leaves VMBus and puts everything back, and the kernel begins anew.
 *
 * It does not close its channels one by one: UNLOAD ends them all, and the page lists go with them.
 *
 * After mu_msvm `MsvmPkg/EfiHvDxe/EfiHv.c` and `EfiHvConnection.c`, `MsvmPkg/VmbusDxe/VmbusRoot.c` (versions 6.0 and 3.0, SINT 2, UNLOAD
 * answered by polling). Two of its leaves of CPUID are asked more than there.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { HV_X64_MSR } from '../../wire/msr.ts';
import { DEVICE_CLASS, VMBUS_VERSION } from '../../wire/vmbus.ts';
import type { BlockDriver } from '../drivers/block.ts';
import { detectHypervisor, Hyperv } from '../drivers/hv.ts';
import type { PageAllocator } from '../drivers/page-allocator.ts';
import { Vmbus } from '../drivers/vmbus.ts';
import { UefiStorvsc } from './uefi-storvsc.ts';

/** Versions of VMBus that the firmware tries. It needs nothing that came between them. */
export const UEFI_VMBUS_VERSIONS: readonly number[] = [VMBUS_VERSION.COPPER, VMBUS_VERSION.WIN8_1];

/** PcdVmbusSintVector. */
const VECTOR = 0x41;
/** OS id 1, no vendor (HvHypercallLib.c). */
const GUEST_OS_ID = 1n << 40n;
/** Between two looks for the answer to UNLOAD. The firmware looks without a pause; the pause stands for what a look takes. */
const POLL_US = 1;

/** How far the firmware came. */
export type UefiState = 'off' | 'no-hypervisor' | 'no-vmbus' | 'ready' | 'gone';

/** The firmware from power-on until it has left. */
export class UefiFirmware {
  readonly cpu: Cpu;
  readonly pages: PageAllocator;
  state: UefiState = 'off';
  /** One for each SCSI controller that it could open. */
  readonly adapters: UefiStorvsc[] = [];
  vmbus: Vmbus | undefined;

  /** `pages` is memory of the firmware's own: the kernel must not use it before the firmware has gone. */
  constructor(cpu: Cpu, pages: PageAllocator) {
    this.cpu = cpu;
    this.pages = pages;
  }

  /** The disks that it can read, in the order in which they were offered. */
  get disks(): readonly BlockDriver[] {
    return this.adapters.flatMap(({ disks }) => disks);
  }

  /** From power-on until all disks are known. */
  *start(): Program<UefiState> {
    const { cpu } = this;
    const info = yield* detectHypervisor(cpu);
    if (info === undefined) return this.become('no-hypervisor');
    const hv = new Hyperv(info, this.pages, cpu.partition.costs.hz / 1_000_000);
    yield* hv.initProcessor(cpu);
    yield* hv.enableHypercalls(cpu, GUEST_OS_ID);
    const vmbus = new Vmbus(hv, VECTOR);
    this.vmbus = vmbus;
    yield* vmbus.initProcessor(cpu);
    if (!(yield* vmbus.connect(cpu, UEFI_VMBUS_VERSIONS))) {
      yield* this.leaveHypervisor(vmbus);
      return this.become('no-vmbus');
    }
    for (const channel of vmbus.devices(DEVICE_CLASS.SCSI.guid)) {
      const adapter = new UefiStorvsc(cpu, vmbus, channel);
      if ((yield* adapter.start()) === 'ready') this.adapters.push(adapter);
    }
    return this.become('ready');
  }

  /** The loader has all it wants: the firmware's drivers go, and whoever comes finds the machine as after power-on. */
  *exitBootServices(): Program {
    const { vmbus } = this;
    if (this.state === 'ready' && vmbus) {
      yield* vmbus.disconnect(this.cpu, POLL_US);
      yield* this.leaveHypervisor(vmbus);
    }
    this.become('gone');
  }

  /** SynIC off, hypercall page off, identity taken back. */
  private *leaveHypervisor(vmbus: Vmbus): Program {
    const { cpu } = this;
    yield* vmbus.stopProcessor(cpu);
    yield* cpu.rdmsr(HV_X64_MSR.HYPERCALL);
    yield* cpu.wrmsr(HV_X64_MSR.HYPERCALL, 0n);
    yield* cpu.wrmsr(HV_X64_MSR.GUEST_OS_ID, 0n);
  }

  private become(state: UefiState): UefiState {
    this.state = state;
    return state;
  }
}
