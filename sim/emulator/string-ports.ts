/**
 * String instructions on our ports. The emulator moves one element after the other; a hypervisor gets one exit for all of them, and the worker
 * moves the bytes. Here the first element makes that exit, and the others find their bytes ready.
 *
 * Sources: Intel SDM volume 2, INS and OUTS; what an exit moves: `machine/io.ts`, REP_ITERATION_CAP.
 */
import type { Partition } from '../machine/partition.ts';
import type { Width } from '../machine/seam.ts';
import { REG, SEGMENT } from './v86-layout.ts';
import type { V86Memory } from './v86-memory.ts';

const PREFIXES: ReadonlySet<number> = new Set([0x66, 0x67, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]);
const [REPEAT, ADDRESS_SIZE] = [0xf3, 0x67];
const OPCODE = { INS: [0x6c, 0x6d], OUTS: [0x6e, 0x6f] } as const;
const PAGE = 4096;
const LONGEST = 8;

/** Finds the guest-physical address of a linear one. */
export type Translate = (linear: number) => number;

export class StringPorts {
  private readonly partition: Partition;
  private readonly memory: V86Memory;
  private readonly translate: Translate;
  private readonly ready: number[] = [];
  /** Elements of an OUTS that are out already. */
  private swallowed = 0;
  /** Pointers of the instruction have 32 bits. */
  private wide = true;

  constructor(partition: Partition, memory: V86Memory, translate: Translate) {
    this.partition = partition;
    this.memory = memory;
    this.translate = translate;
  }

  /** True when the next element belongs to an exit that has been made. */
  get within(): boolean {
    return this.ready.length > 0 || this.swallowed > 0;
  }

  /** An element of INS; undefined when the instruction is no string instruction. */
  in(port: number, width: Width): number | undefined {
    const next = this.ready.shift();
    if (next !== undefined) return next;
    if (!this.repeats(OPCODE.INS)) return undefined;
    const { gpa, count } = this.stretch(SEGMENT.ES, REG.EDI, width);
    const moved = this.partition.portInString(0, port, width, gpa, count);
    const { view } = this.partition.memory;
    for (let i = 0; i < moved; i++) {
      const at = gpa + i * width;
      this.ready.push(
        width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at, true) : view.getUint32(at, true),
      );
    }
    return this.ready.shift() ?? 2 ** (8 * width) - 1;
  }

  /** An element of OUTS; false when the instruction is no string instruction. */
  out(port: number, width: Width): boolean {
    if (this.swallowed > 0) {
      this.swallowed--;
      return true;
    }
    if (!this.repeats(OPCODE.OUTS)) return false;
    const { gpa, count } = this.stretch(SEGMENT.DS, REG.ESI, width);
    this.swallowed = Math.max(0, this.partition.portOutString(0, port, width, gpa, count) - 1);
    return true;
  }

  /** What lies on the first page of the operand. A prefix that names another segment is not looked at: nobody uses one here. */
  private stretch(
    segment: number,
    pointer: (typeof REG)['EDI' | 'ESI'],
    width: Width,
  ): { gpa: number; count: number } {
    const { memory } = this;
    const bits = this.wide ? 0xffff_ffff : 0xffff;
    const linear = (memory.segmentBase(segment) + ((memory.reg(pointer) & bits) >>> 0)) >>> 0;
    const room = Math.max(1, Math.floor((PAGE - (linear % PAGE)) / width));
    return { gpa: this.translate(linear), count: Math.min((memory.reg(REG.ECX) & bits) >>> 0, room) };
  }

  private repeats(opcodes: readonly number[]): boolean {
    const { u8 } = this.partition.memory;
    const at = this.translate(this.memory.previousIp);
    let repeated = false;
    this.wide = this.memory.is32;
    for (let i = 0; i < LONGEST; i++) {
      const byte = u8[at + i];
      if (!PREFIXES.has(byte)) return repeated && opcodes.includes(byte);
      repeated ||= byte === REPEAT;
      if (byte === ADDRESS_SIZE) this.wide = !this.wide;
    }
    return false;
  }
}
