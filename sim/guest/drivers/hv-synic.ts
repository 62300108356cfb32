/**
 * One processor's synthetic interrupt controller as a guest kernel uses it: the message page, the event flags page, and SINT2, which
 * Windows and Linux give to VMBus.
 *
 * Order of register accesses as in Linux 6.1 `drivers/hv/hv.c` (hv_synic_enable_regs, hv_synic_disable_regs); the rules for freeing a
 * message slot are those of TLFS, "Inter-Partition Communication".
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { HV_X64_MSR, MSR_PAGE_ENABLE, MSR_PAGE_MASK } from '../../wire/msr.ts';
import {
  HV_EVENT_FLAGS_BYTE_COUNT,
  HV_MESSAGE_FLAG_PENDING,
  HV_MESSAGE_OFFSET,
  HV_MESSAGE_PAYLOAD_BYTE_COUNT,
  HV_MESSAGE_SIZE,
  HV_SYNIC_SINT,
  hypervisorMessages,
} from '../../wire/synic-constants.ts';
import { VMBUS_MESSAGE_SINT } from '../../wire/vmbus.ts';
import type { Hyperv } from './hv.ts';

/** The interrupt vector that Linux gives to the hypervisor's callback (HYPERVISOR_CALLBACK_VECTOR). */
export const HYPERVISOR_CALLBACK_VECTOR = 0xf3;

const EVENT_WORDS = HV_EVENT_FLAGS_BYTE_COUNT / 4;
const { NONE } = hypervisorMessages.values;

/** A message that has been copied out of its slot. */
export interface SynicMessage {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** The SynIC of one processor, enabled from construction of the pages to {@link disable}. */
export class GuestSynic {
  readonly cpu: Cpu;
  /** Messages taken, and how many of them were followed by an EOM write. */
  messages = 0;
  eomWrites = 0;
  private readonly hv: Hyperv;
  private readonly vector: number;
  private readonly messagePage: number;
  private readonly eventPage: number;

  constructor(cpu: Cpu, hv: Hyperv, vector: number = HYPERVISOR_CALLBACK_VECTOR) {
    this.cpu = cpu;
    this.hv = hv;
    this.vector = vector;
    this.messagePage = hv.pages.page();
    this.eventPage = hv.pages.page();
  }

  /** Gives the hypervisor both pages, unmasks SINT2 and turns the controller on: four reads and four writes, eight exits. */
  *enable(): Program {
    const { cpu } = this;
    const simp = yield* cpu.rdmsr(HV_X64_MSR.SIMP);
    yield* cpu.wrmsr(HV_X64_MSR.SIMP, pageRegister(simp, this.messagePage));
    const siefp = yield* cpu.rdmsr(HV_X64_MSR.SIEFP);
    yield* cpu.wrmsr(HV_X64_MSR.SIEFP, pageRegister(siefp, this.eventPage));
    const sint = yield* cpu.rdmsr(HV_X64_MSR.SINT2);
    yield* cpu.wrmsr(HV_X64_MSR.SINT2, this.sintValue(sint));
    const control = yield* cpu.rdmsr(HV_X64_MSR.SCONTROL);
    yield* cpu.wrmsr(HV_X64_MSR.SCONTROL, control | 1n);
  }

  /** Masks SINT2, takes both pages back and turns the controller off. */
  *disable(): Program {
    const { cpu } = this;
    const sint = yield* cpu.rdmsr(HV_X64_MSR.SINT2);
    yield* cpu.wrmsr(HV_X64_MSR.SINT2, sint | HV_SYNIC_SINT.MASKED);
    yield* cpu.rdmsr(HV_X64_MSR.SIMP);
    yield* cpu.wrmsr(HV_X64_MSR.SIMP, 0n);
    yield* cpu.rdmsr(HV_X64_MSR.SIEFP);
    yield* cpu.wrmsr(HV_X64_MSR.SIEFP, 0n);
    const control = yield* cpu.rdmsr(HV_X64_MSR.SCONTROL);
    yield* cpu.wrmsr(HV_X64_MSR.SCONTROL, control & ~1n);
  }

  /**
   * Takes the message in SINT2's slot. The slot is freed first and the pending flag read after: in the other order a message that the
   * hypervisor queues in between would never be delivered. Only after {@link hasMessage}.
   */
  *takeMessage(): Program<SynicMessage> {
    const slot = this.messagePage + VMBUS_MESSAGE_SINT * HV_MESSAGE_SIZE;
    const { view, u8 } = this.cpu.memory;
    const type = view.getUint32(slot + HV_MESSAGE_OFFSET.TYPE, true);
    const size = Math.min(u8[slot + HV_MESSAGE_OFFSET.PAYLOAD_SIZE], HV_MESSAGE_PAYLOAD_BYTE_COUNT);
    const first = slot + HV_MESSAGE_OFFSET.PAYLOAD;
    const message = { type, payload: u8.slice(first, first + size) };
    this.messages++;
    view.setUint32(slot + HV_MESSAGE_OFFSET.TYPE, NONE, true);
    if ((u8[slot + HV_MESSAGE_OFFSET.FLAGS] & HV_MESSAGE_FLAG_PENDING) !== 0) {
      this.eomWrites++;
      yield* this.cpu.wrmsr(HV_X64_MSR.EOM, 0n);
    }
    return message;
  }

  /** Clears the lowest event flag of SINT2 from `first` on and returns its number; -1 when none is set. */
  takeEvent(first: number): number {
    const { u32 } = this.cpu.memory;
    const base = (this.eventPage + VMBUS_MESSAGE_SINT * HV_EVENT_FLAGS_BYTE_COUNT) >>> 2;
    for (let word = first >>> 5; word < EVENT_WORDS; word++) {
      const flags = u32[base + word];
      if (flags === 0) continue;
      const bit = 31 - Math.clz32(flags & -flags);
      u32[base + word] = flags & (flags - 1);
      return word * 32 + bit;
    }
    return -1;
  }

  /** True when a message waits in SINT2's slot. */
  get hasMessage(): boolean {
    const slot = this.messagePage + VMBUS_MESSAGE_SINT * HV_MESSAGE_SIZE;
    return this.cpu.memory.u32[slot >>> 2] !== NONE;
  }

  /** Vector, unmasked, with AutoEOI exactly when the hypervisor does not advise against it: Linux, 0xf3 or 0x200f3. */
  private sintValue(current: bigint): bigint {
    const kept = current & ~(HV_SYNIC_SINT.VECTOR_MASK | HV_SYNIC_SINT.MASKED | HV_SYNIC_SINT.AUTO_EOI);
    const autoEoi = this.hv.autoEoiDeprecated ? 0n : HV_SYNIC_SINT.AUTO_EOI;
    return kept | BigInt(this.vector) | autoEoi;
  }
}

function pageRegister(current: bigint, page: number): bigint {
  return (current & ~MSR_PAGE_MASK) | BigInt(page) | MSR_PAGE_ENABLE;
}
