/**
 * Hypercalls: checks of the control word and the parameters, then dispatch by call code.
 *
 * Source: TLFS, "Hypercall Interface". The order of checks: code, control word, privilege, where the parameters are, and what they hold,
 * because TLFS prefers the status that tells a caller without the privilege least. A list call may do part of its list and say how far it
 * came; the guest calls again from there (Linux, `hv_do_rep_hypercall`). Parameters are copied before the call looks at them.
 */

import type { ControlWord } from '../wire/hypercall.ts';
import { controlWordReserved, HV_STATUS, hypercallResult, parseControlWord } from '../wire/hypercall.ts';
import { FastRegisters, GENERAL_BYTES } from './fast-registers.ts';
import type { Features } from './features.ts';
import { longSpinWait, postMessage, signalEvent } from './hypercalls-guest.ts';
import type { GuestMemory } from './memory.ts';
import { PAGE_SIZE } from './memory.ts';
import type { HvStatus, Synic } from './synic.ts';

/** The parameters of a call, wherever they came from. */
export interface HypercallInput {
  /** Processor that calls. */
  readonly vp: number;
  /** Fixed part of the input, the variable part of its header, then the list. */
  readonly bytes: DataView;
  /** Size of the variable part in units of 8 bytes. */
  readonly variable: number;
  /** Byte at which the list begins. */
  readonly listAt: number;
  /** For list calls: number of elements, and the first that is to be done. */
  readonly repCount: number;
  readonly repStart: number;
  /** Where results go: the fixed output, or element n of a list of results at n times its size. Copied to the guest afterwards. */
  readonly output: DataView;
}

/** What a handler answers: a status and, for a list, how far it got. */
export interface HypercallOutcome {
  readonly status: HvStatus;
  /** Elements done, counted from the first of the list. Fewer than all with SUCCESS: the guest calls again from there. */
  readonly reps?: number;
}

/** One hypercall. */
export interface Hypercall {
  readonly code: number;
  readonly name: string;
  /** Bytes of fixed input. */
  readonly inputBytes: number;
  /** True when the header may have a variable part, such as the banks of a VP set. */
  readonly variable?: boolean;
  /** Bytes of fixed output. */
  readonly outputBytes?: number;
  /** Bytes of one list element of the input; absent for calls without a list. */
  readonly repBytes?: number;
  /** Bytes of one list element of the output. */
  readonly repOutputBytes?: number;
  /** False: ACCESS_DENIED. */
  readonly allowed: (features: Features) => boolean;
  readonly run: (input: HypercallInput) => HypercallOutcome;
}

/** Sizes of one invocation, worked out from the control word. */
interface Sizes {
  readonly input: number;
  readonly output: number;
  readonly listAt: number;
}

/** Why a call is not run: a status, or #UD. */
type Refusal = HvStatus | '#UD';

const NO_OUTPUT = new DataView(new ArrayBuffer(0));

export class Hypercalls {
  private readonly table = new Map<number, Hypercall>();
  private readonly memory: GuestMemory;
  private readonly features: Features;
  private readonly fast: FastRegisters[] = [];
  /** Calls of NOTIFY_LONG_SPIN_WAIT so far. */
  longSpinWaits = 0;

  constructor(memory: GuestMemory, features: Features, synic: Synic, spins: (vp: number) => void) {
    this.memory = memory;
    this.features = features;
    const spun = (vp: number): void => {
      this.longSpinWaits++;
      spins(vp);
    };
    for (const call of [postMessage(synic), signalEvent(synic), longSpinWait(spun)]) this.add(call);
  }

  /** Makes a call available. An enlightenment adds its own. */
  add(call: Hypercall): void {
    this.table.set(call.code, call);
  }

  /** The call that a code names, if this host serves it. */
  find(code: number): Hypercall | undefined {
    return this.table.get(code);
  }

  /** The registers of a processor that fast calls use. */
  registers(vp: number): FastRegisters {
    this.fast[vp] ??= new FastRegisters();
    return this.fast[vp];
  }

  /** Executes a call and returns its result value; undefined means #UD. Never throws for what a guest passes. */
  call(vp: number, control: bigint, input: bigint, output: bigint): bigint | undefined {
    const word = parseControlWord(control);
    const call = this.table.get(word.code);
    if (!call) return hypercallResult(HV_STATUS.INVALID_HYPERCALL_CODE);
    if (controlWordReserved(control) || !fitsControl(call, word))
      return hypercallResult(HV_STATUS.INVALID_HYPERCALL_INPUT);
    if (!call.allowed(this.features)) return hypercallResult(HV_STATUS.ACCESS_DENIED);
    const sizes = sizesOf(call, word);
    const refused = word.fast ? this.refuseRegisters(sizes) : this.refuseMemory(sizes, input, output);
    if (refused === '#UD') return undefined;
    if (refused !== HV_STATUS.SUCCESS) return hypercallResult(refused);
    const { status, reps } = word.fast
      ? this.runFast(call, word, sizes, vp, input, output)
      : this.runSlow(call, word, sizes, vp, input, output);
    return hypercallResult(status, reps ?? (status === HV_STATUS.SUCCESS ? word.rep_count : word.rep_start));
  }

  /**
   * Registers: more than 112 bytes fit in none. Input beyond the two general registers, and output, lie in XMM registers: #UD where
   * these are not offered.
   */
  private refuseRegisters({ input, output }: Sizes): Refusal {
    if (!FastRegisters.fit(input, output)) return HV_STATUS.INVALID_HYPERCALL_INPUT;
    if (input > GENERAL_BYTES && !this.features.hypercallXmmInput) return '#UD';
    if (output > 0 && !this.features.hypercallXmmOutput) return '#UD';
    return HV_STATUS.SUCCESS;
  }

  /** Memory: each parameter at a multiple of 8, within a page, in RAM; the output where a guest may write; the two apart. */
  private refuseMemory(sizes: Sizes, input: bigint, output: bigint): Refusal {
    if (!this.parameterFits(input, sizes.input) || !this.parameterFits(output, sizes.output))
      return HV_STATUS.INVALID_ALIGNMENT;
    if (sizes.output === 0) return HV_STATUS.SUCCESS;
    const writable = this.memory.writable(Number(output), sizes.output);
    const apart =
      sizes.input === 0 || input + BigInt(sizes.input) <= output || output + BigInt(sizes.output) <= input;
    return writable && apart ? HV_STATUS.SUCCESS : HV_STATUS.INVALID_ALIGNMENT;
  }

  /** A call that has no parameter of the kind ignores its register. */
  private parameterFits(gpa: bigint, length: number): boolean {
    if (length === 0) return true;
    const at = Number(gpa);
    return (gpa & 7n) === 0n && (at % PAGE_SIZE) + length <= PAGE_SIZE && this.memory.valid(at, length);
  }

  private runFast(
    call: Hypercall,
    word: ControlWord,
    sizes: Sizes,
    vp: number,
    input: bigint,
    output: bigint,
  ): HypercallOutcome {
    const registers = this.registers(vp);
    registers.load(input, output);
    const results = sizes.output === 0 ? NO_OUTPUT : registers.outputAfter(sizes.input, sizes.output);
    return call.run(inputOf(word, sizes, vp, registers.view, results));
  }

  /** The results of a call that failed are not written; those of a list as far as it came. */
  private runSlow(
    call: Hypercall,
    word: ControlWord,
    sizes: Sizes,
    vp: number,
    input: bigint,
    output: bigint,
  ): HypercallOutcome {
    const bytes = new DataView(this.memory.read(Number(input), sizes.input).buffer);
    const results = sizes.output === 0 ? NO_OUTPUT : new DataView(new ArrayBuffer(sizes.output));
    const outcome = call.run(inputOf(word, sizes, vp, bytes, results));
    if (sizes.output > 0) this.copyOut(call, word, outcome, Number(output), results);
    return outcome;
  }

  private copyOut(
    call: Hypercall,
    word: ControlWord,
    { status, reps }: HypercallOutcome,
    output: number,
    results: DataView,
  ): void {
    const succeeded = status === HV_STATUS.SUCCESS;
    const element = call.repOutputBytes ?? 0;
    const done = reps ?? (succeeded ? word.rep_count : word.rep_start);
    const from = element * word.rep_start;
    const whole = succeeded ? results.byteLength : 0;
    const to = element > 0 ? element * done : whole;
    this.memory.write(output + from, new Uint8Array(results.buffer, from, Math.max(0, to - from)));
  }
}

function inputOf(
  word: ControlWord,
  sizes: Sizes,
  vp: number,
  bytes: DataView,
  output: DataView,
): HypercallInput {
  return {
    vp,
    bytes,
    variable: word.varhead_qwords,
    listAt: sizes.listAt,
    repCount: word.rep_count,
    repStart: word.rep_start,
    output,
  };
}

function sizesOf(call: Hypercall, word: ControlWord): Sizes {
  const listAt = call.inputBytes + 8 * word.varhead_qwords;
  return {
    listAt,
    input: listAt + (call.repBytes ?? 0) * word.rep_count,
    output: (call.outputBytes ?? 0) + (call.repOutputBytes ?? 0) * word.rep_count,
  };
}

/** A list call has a list, and starts within it; other calls have none. Only a call that is documented to takes a variable header. */
function fitsControl(
  call: Hypercall,
  { rep_count: count, rep_start: start, varhead_qwords: header }: ControlWord,
): boolean {
  if (header !== 0 && !call.variable) return false;
  return call.repBytes ? count > 0 && start < count : count === 0 && start === 0;
}
