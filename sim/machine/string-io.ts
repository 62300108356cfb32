/**
 * One exit's worth of a string instruction: the emulator moves elements between a device and guest memory, at most so many as its cap
 * allows, and only where there is RAM. The guest executes the instruction again for the rest.
 */
import type { CostProfile } from './costs.ts';
import type { Counters } from './counters.ts';
import type { PortHandler } from './io.ts';
import { REP_ITERATION_CAP } from './io.ts';
import type { GuestMemory } from './memory.ts';
import type { Width } from './seam.ts';
import type { Vp } from './vp.ts';

export class StringIo {
  private readonly memory: GuestMemory;
  private readonly counters: Counters;
  private readonly cyclesPerByte: number;

  constructor(memory: GuestMemory, counters: Counters, costs: CostProfile) {
    this.memory = memory;
    this.counters = counters;
    this.cyclesPerByte = costs.cost('copy.cold');
  }

  /** REP INS; returns how many elements were moved. */
  in(vp: Vp, handler: PortHandler, port: number, width: Width, gpa: number, count: number): number {
    const elements = this.elementsInRam(gpa, width, count);
    let moved = 0;
    if (handler.inString) moved = elements > 0 ? handler.inString(port, width, gpa, elements) : 0;
    else while (moved < elements) this.store(gpa + moved++ * width, width, handler.in(port, width));
    this.charge(vp, moved * width);
    return moved;
  }

  /** REP OUTS; returns how many elements were moved. */
  out(vp: Vp, handler: PortHandler, port: number, width: Width, gpa: number, count: number): number {
    const elements = this.elementsInRam(gpa, width, count);
    let moved = 0;
    if (handler.outString) moved = elements > 0 ? handler.outString(port, width, gpa, elements) : 0;
    else while (moved < elements) handler.out(port, width, this.load(gpa + moved++ * width, width));
    this.charge(vp, moved * width);
    return moved;
  }

  private elementsInRam(gpa: number, width: Width, count: number): number {
    const most = Math.min(count, REP_ITERATION_CAP);
    if (this.memory.valid(gpa, most * width)) return most;
    return this.memory.valid(gpa, width) ? Math.floor((this.memory.size - gpa) / width) : 0;
  }

  private store(gpa: number, width: Width, value: number): void {
    for (let i = 0; i < width; i++) this.memory.u8[gpa + i] = value >>> (8 * i);
  }

  private load(gpa: number, width: Width): number {
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = value * 256 + this.memory.u8[gpa + i];
    return value;
  }

  private charge(vp: Vp, bytes: number): void {
    if (bytes === 0) return;
    this.counters.copy('pio', bytes);
    vp.elapse(Math.round(bytes * this.cyclesPerByte));
  }
}
