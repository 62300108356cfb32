/**
 * Accesses of a guest to its local APIC, and which of them are exits.
 *
 * Without help every access is one: a store to the page must be decoded and emulated, an MSR only served. FlexPriority keeps the task
 * priority in a shadow and exits only when it falls below what waits ("TPR below threshold"). APICv serves most reads, the task
 * priority, EOI of edge-triggered interrupts and self-IPIs; other stores to the page exit after they are done and need no decoding.
 * Source: Intel SDM volume 3, chapter "APIC virtualization and virtual interrupts".
 */
import { APIC_REG, MMIO } from '../wire/ports.ts';
import type { LocalApic } from './apic.ts';
import type { ApicHardware } from './apic-hardware.ts';
import type { ApicWriteContext } from './apic-registers.ts';
import { readApicPage, writeApicPage } from './apic-registers.ts';
import type { ExitPath } from './exit-path.ts';
import type { ExitKind } from './exits.ts';
import type { RouteId } from './routes.ts';
import { ROUTE } from './routes.ts';
import type { Vp } from './vp.ts';
import { isSelfIpi, x2apicOffset } from './x2apic.ts';

const SERVED = ROUTE['apic-hardware'];
const EMULATED = ROUTE['hypervisor-apic'];
const MSR = ROUTE['hypervisor-x2apic'];
const THRESHOLD = ROUTE['hypervisor-tpr-threshold'];
const LEVEL_EOI = ROUTE['hypervisor-eoi-level'];
const WRITTEN = ROUTE['hypervisor-apic-write'];

/** What the trace calls an access on these routes; on others it is called by what the guest did. */
const KINDS: Readonly<Record<number, ExitKind>> = {
  [SERVED]: 'apicServed',
  [THRESHOLD]: 'tprThreshold',
  [LEVEL_EOI]: 'eoiLevel',
  [WRITTEN]: 'apicWritten',
};

/** Reads that APICv does not serve: they must be worked out. */
const COMPUTED: readonly number[] = [APIC_REG.PPR, APIC_REG.TIMER_CURRENT];

export class ApicExits {
  private readonly path: ExitPath;
  private readonly kinds: Record<ExitKind, number>;
  private readonly hardware: ApicHardware;
  private readonly contextOf: (vp: number) => ApicWriteContext;
  /** Route of an exit that waits for its turn: decided when it began. */
  private readonly begun: number[] = [];

  constructor(
    path: ExitPath,
    kinds: Record<ExitKind, number>,
    hardware: ApicHardware,
    contextOf: (vp: number) => ApicWriteContext,
  ) {
    this.path = path;
    this.kinds = kinds;
    this.hardware = hardware;
    this.contextOf = contextOf;
  }

  /** A load from the APIC page. */
  read(vp: Vp, gpa: number): number {
    const offset = gpa - MMIO.LOCAL_APIC;
    const route = this.route(vp, () => this.readRoute(offset));
    if (!this.path.enter(vp, route)) return 0;
    const value = readApicPage(vp.apic, offset);
    this.path.leave(vp, route, this.kindOf(route, 'apicRead'), offset, value);
    return value;
  }

  /** A store to the APIC page. */
  write(vp: Vp, gpa: number, value: number): void {
    const offset = gpa - MMIO.LOCAL_APIC;
    const route = this.route(vp, () => this.writeRoute(vp.apic, offset, value, EMULATED));
    if (!this.path.enter(vp, route)) return;
    writeApicPage(vp.apic, offset, value, this.contextOf(vp.index));
    this.path.leave(vp, route, this.kindOf(route, 'apicWrite'), offset, value);
  }

  /**
   * MOV to CR8: the task priority of a 64-bit guest, bits 7-4 of TPR. Processors with hardware virtualisation have always kept it in a
   * shadow, so it is an exit only below the threshold.
   */
  writeCr8(vp: Vp, value: number): void {
    const tpr = (value & 0xf) << 4;
    const route = this.route(vp, () => this.priorityRoute(vp.apic, tpr));
    if (!this.path.enter(vp, route)) return;
    vp.apic.setTpr(tpr);
    this.path.leave(vp, route, this.kindOf(route, 'apicWrite'), APIC_REG.TPR, tpr);
  }

  /** Route of an RDMSR of x2APIC mode. */
  msrReadRoute(vp: Vp, index: number): number {
    const served = this.hardware.delivers && vp.apic.mode === 'x2apic';
    return served && x2apicOffset(index) !== APIC_REG.TIMER_CURRENT ? SERVED : MSR;
  }

  /** Route of a WRMSR of x2APIC mode. */
  msrWriteRoute(vp: Vp, index: number, value: bigint): number {
    if (!this.hardware.delivers || vp.apic.mode !== 'x2apic' || value > 0xffn) return MSR;
    const offset = x2apicOffset(index);
    if (offset === APIC_REG.SELF_IPI) return SERVED;
    if (offset !== APIC_REG.TPR && offset !== APIC_REG.EOI) return MSR;
    return this.route(vp, () => this.writeRoute(vp.apic, offset, Number(value), MSR));
  }

  /** What the trace calls an access that took `route`. */
  kindOf(route: number, otherwise: ExitKind): number {
    return this.kinds[KINDS[route] ?? otherwise];
  }

  /** An exit that had to wait keeps its route, whatever has happened since. */
  private route(vp: Vp, decide: () => number): number {
    if (!vp.arriving) this.begun[vp.index] = decide();
    return this.begun[vp.index];
  }

  private readRoute(offset: number): number {
    if (this.hardware.delivers) return COMPUTED.includes(offset) ? EMULATED : SERVED;
    return offset === APIC_REG.TPR && this.hardware.shadowsTpr ? SERVED : EMULATED;
  }

  private writeRoute(apic: LocalApic, offset: number, value: number, otherwise: number): number {
    const { delivers, shadowsTpr } = this.hardware;
    if (offset === APIC_REG.TPR && shadowsTpr) return this.priorityRoute(apic, value);
    if (!delivers) return otherwise;
    if (offset === APIC_REG.EOI) return apic.isLevel(apic.inService) ? LEVEL_EOI : SERVED;
    const served = offset === APIC_REG.ICR_HIGH || (offset === APIC_REG.ICR_LOW && isSelfIpi(value));
    return served ? SERVED : WRITTEN;
  }

  /** With virtual interrupt delivery the processor looks for itself whether something can be taken now. */
  private priorityRoute(apic: LocalApic, tpr: number): number {
    return !this.hardware.delivers && tpr >>> 4 < apic.threshold ? THRESHOLD : SERVED;
  }
}

/** Exits that only help of the processor makes possible, for readers that add them up. */
export const APIC_EXIT_ROUTES: readonly RouteId[] = [
  'hypervisor-apic',
  'hypervisor-eoi',
  'hypervisor-x2apic',
  'hypervisor-tpr-threshold',
  'hypervisor-eoi-level',
  'hypervisor-apic-write',
];
