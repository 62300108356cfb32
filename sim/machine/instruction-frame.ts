/** What a processor keeps of an instruction that does not complete in one go. */
import type { Program } from '../core/program.ts';
import type { PageFault } from './memory-exits.ts';
import type { PollLoop } from './pause-loop.ts';

/** An instruction that must wait, or that an interrupt handler has interrupted. One per level of nesting. */
export interface Frame {
  value: unknown;
  /** What is left of it; 0 for nothing. */
  left: number;
  /** End of a computation. */
  until: number;
  /** Cycles of the computation that were left when an interrupt was taken. */
  rest: number;
  /** An interrupt has ended the HLT. */
  woken: boolean;
  handler: Program | undefined;
  /** What it waits for in a loop. */
  loop: PollLoop | undefined;
  /** Exception that the instruction raised; a handler's own instructions must not hide it. */
  fault: '#GP' | '#UD' | '#PF' | undefined;
  pageFault: PageFault | undefined;
  op: number;
  a: number;
  b: number;
  c: number;
  d: number;
}

/** A frame of which nothing is left to do. */
export function newFrame(): Frame {
  return {
    value: undefined,
    left: 0,
    until: 0,
    rest: 0,
    woken: false,
    handler: undefined,
    loop: undefined,
    fault: undefined,
    pageFault: undefined,
    op: 0,
    a: 0,
    b: 0,
    c: 0,
    d: 0,
  };
}
