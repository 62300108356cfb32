/**
 * The crash registers of a partition: what a guest tells the host before it stops. Source: TLFS "Partition Properties", "Guest crash
 * enlightenment": P0 to P4, then CTL with bit 63; with bit 62 P3 and P4 are address and length of a text.
 */
import { CRASH_CTL, HV_X64_MSR } from '../wire/msr.ts';
import type { GuestMemory } from './memory.ts';
import { PAGE_SIZE } from './memory.ts';

/** What a guest told the host before it stopped. */
export interface CrashReport {
  /** P0 to P4. */
  readonly parameters: readonly bigint[];
  /** The text, when the guest gave one that lies in its memory and is no longer than a page. */
  readonly text: string;
}

/** The six registers of the guest crash enlightenment. */
export class CrashRegisters {
  /** The last report of the guest. */
  report: CrashReport | undefined = undefined;
  private readonly parameters: bigint[] = [0n, 0n, 0n, 0n, 0n];
  private readonly memory: GuestMemory;

  constructor(memory: GuestMemory) {
    this.memory = memory;
  }

  /** Undefined when it is none of these registers. CTL reads as what the host can do. */
  read(index: number): bigint | undefined {
    if (index === HV_X64_MSR.CRASH_CTL) return CRASH_CTL.NOTIFY | CRASH_CTL.MESSAGE;
    return this.parameters[index - HV_X64_MSR.CRASH_P0];
  }

  /** False when it is none of these registers. */
  write(index: number, value: bigint): boolean {
    const parameter = index - HV_X64_MSR.CRASH_P0;
    if (parameter >= 0 && parameter < this.parameters.length) {
      this.parameters[parameter] = value;
      return true;
    }
    if (index !== HV_X64_MSR.CRASH_CTL) return false;
    if ((value & CRASH_CTL.NOTIFY) !== 0n) this.take((value & CRASH_CTL.MESSAGE) !== 0n);
    return true;
  }

  private take(withText: boolean): void {
    this.report = { parameters: [...this.parameters], text: withText ? this.text() : '' };
  }

  /** P3 is the address of the text, P4 its length. The numbers are the guest's: what is not memory is no text. */
  private text(): string {
    const [, , , address, length] = this.parameters.map(Number);
    if (length > PAGE_SIZE || !this.memory.valid(address, length)) return '';
    return Array.from(this.memory.read(address, length), (byte) => String.fromCharCode(byte)).join('');
  }
}
