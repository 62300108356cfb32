/**
 * Re-enlightenment: what a guest that runs guests of its own needs when it is moved to a host with another TSC.
 *
 * Source: TLFS "Nested Virtualization", "Live Migration Notification" and "TSC Emulation"; Linux `arch/x86/hyperv/hv_init.c`
 * (`set_hv_tscchange_cb`). The guest asks for an interrupt after a move, and for its old TSC until it has recomputed its scale: meanwhile
 * every RDTSC is an exit. It says that it is ready by writing 0 to the status.
 */
import type { Engine } from '../core/engine.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { HV_SYNIC_FIRST_VALID_VECTOR } from '../wire/synic-constants.ts';

/** REENLIGHTENMENT_CONTROL: vector in bits 0 to 7, enabled in bit 16, VP index in bits 32 to 63. */
const ENABLED = 1n << 16n;
const CONTROL_RESERVED = 0x0000_0000_fffe_ff00n;
/** TSC_EMULATION_CONTROL and STATUS: bit 0. */
const ON = 1n;

/** What it needs of its partition. */
export interface ReenlightenmentHost {
  readonly engine: Engine;
  /** Frequency of the TSC on the first host, and of the clock that the simulation counts in. */
  readonly hz: number;
  /** Virtual processors of the partition. */
  readonly vps: number;
  raise(vp: number, vector: number): void;
  /** The guest's TSC has another rate from now on. */
  rateChanged?(): void;
}

/** The three registers of re-enlightenment, and the rate at which the guest’s TSC counts. */
export class Reenlightenment {
  /** True while RDTSC exits: the guest has been moved, wanted its old rate kept, and has not said that it is ready. */
  emulating = false;
  private control = 0n;
  private emulation = 0n;
  private readonly host: ReenlightenmentHost;
  /** Frequency of the TSC of the host it is on. */
  private hostHz: number;
  /** The TSC runs at `rate` from `count` at time `since`. */
  private rate: number;
  private count = 0;
  private since = 0;

  constructor(host: ReenlightenmentHost) {
    this.host = host;
    this.hostHz = host.hz;
    this.rate = host.hz;
  }

  /** The TSC at `now` cycles of simulated time, as a guest reads it. */
  tscAt(now: number): number {
    return this.count + Math.floor(((now - this.since) * this.rate) / this.host.hz);
  }

  /** Frequency at which the guest's TSC counts now. */
  get tscHz(): number {
    return this.rate;
  }

  /** The TSC jumps ahead by so many counts. */
  advance(counts: number): void {
    this.count += counts;
  }

  /** The partition goes on, on a host whose TSC has `hz`. The count goes on where it was; the pause of a move is not modelled. */
  migrate(hz: number): void {
    this.hostHz = hz;
    if ((this.emulation & ON) !== 0n) this.emulating = true;
    else this.runAt(hz);
    if ((this.control & ENABLED) !== 0n)
      this.host.raise(Number(this.control >> 32n), Number(this.control & 0xffn));
  }

  /** Undefined when it is none of these registers. */
  read(index: number): bigint | undefined {
    switch (index) {
      case HV_X64_MSR.REENLIGHTENMENT_CONTROL:
        return this.control;
      case HV_X64_MSR.TSC_EMULATION_CONTROL:
        return this.emulation;
      case HV_X64_MSR.TSC_EMULATION_STATUS:
        return this.emulating ? ON : 0n;
      default:
        return undefined;
    }
  }

  /** False means #GP: a reserved bit, an exception's vector, a processor that does not exist, or emulation switched on by hand. */
  write(index: number, value: bigint): boolean {
    switch (index) {
      case HV_X64_MSR.REENLIGHTENMENT_CONTROL:
        if (!this.controlFits(value)) return false;
        this.control = value;
        return true;
      case HV_X64_MSR.TSC_EMULATION_CONTROL:
        if (value > ON) return false;
        this.emulation = value;
        return true;
      case HV_X64_MSR.TSC_EMULATION_STATUS:
        if ((value & ON) !== 0n) return false;
        this.acknowledge();
        return true;
      default:
        return false;
    }
  }

  reset(): void {
    this.control = 0n;
    this.emulation = 0n;
    this.acknowledge();
  }

  private controlFits(value: bigint): boolean {
    if ((value & CONTROL_RESERVED) !== 0n) return false;
    if ((value & ENABLED) === 0n) return true;
    return Number(value & 0xffn) >= HV_SYNIC_FIRST_VALID_VECTOR && Number(value >> 32n) < this.host.vps;
  }

  /** The guest knows the new rate: the TSC is the host's from here on. */
  private acknowledge(): void {
    if (!this.emulating) return;
    this.emulating = false;
    this.runAt(this.hostHz);
  }

  private runAt(hz: number): void {
    const { now } = this.host.engine;
    this.count = this.tscAt(now);
    this.since = now;
    this.rate = hz;
    this.host.rateChanged?.();
  }
}
