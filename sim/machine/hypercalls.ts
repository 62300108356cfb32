/**
 * Hypercalls: checks of the control word and the parameters, then dispatch by call code.
 *
 * Source: TLFS, "Hypercall Interface". The order of checks is that of the statuses there: code, control word, alignment, privilege,
 * parameters. A list call reports how many elements it did; the guest's next try starts behind them.
 */

import type { ControlWord } from '../wire/hypercall.ts';
import {
  controlWordReserved,
  HV_STATUS,
  HVCALL,
  hypercallResult,
  parseControlWord,
} from '../wire/hypercall.ts';
import { HV_MESSAGE_PAYLOAD_BYTE_COUNT } from '../wire/synic-constants.ts';
import type { Features } from './features.ts';
import type { GuestMemory } from './memory.ts';
import { PAGE_SIZE } from './memory.ts';
import type { HvStatus, Synic } from './synic.ts';

/** Registers of a fast call carry this many bytes. */
const FAST_BYTES = 16;

/** The parameters of a call, wherever they came from. */
export interface HypercallInput {
  /** Processor that calls. */
  readonly vp: number;
  /** Fixed part of the input. A list follows it. */
  readonly bytes: DataView;
  /** For list calls: number of elements, and the first that is to be done. */
  readonly repCount: number;
  readonly repStart: number;
  /** GPA of the output page; 0 when the call has none. */
  readonly output: number;
}

/** What a handler answers: a status and, for a list, how far it got. */
export interface HypercallOutcome {
  readonly status: HvStatus;
  /** Elements done, counted from the first of the list. */
  readonly reps?: number;
}

/** One hypercall. */
export interface Hypercall {
  readonly code: number;
  readonly name: string;
  /** Bytes of fixed input. */
  readonly inputBytes: number;
  /** Bytes of fixed output. */
  readonly outputBytes?: number;
  /** Bytes of one list element of the input; absent for calls without a list. */
  readonly repBytes?: number;
  /** False: ACCESS_DENIED. */
  readonly allowed: (features: Features) => boolean;
  readonly run: (input: HypercallInput) => HypercallOutcome;
}

export class Hypercalls {
  private readonly table = new Map<number, Hypercall>();
  private readonly memory: GuestMemory;
  private readonly features: Features;
  /** The two registers of a fast call; no call keeps them. */
  private readonly registers = new DataView(new ArrayBuffer(FAST_BYTES));
  /** Calls of NOTIFY_LONG_SPIN_WAIT so far. */
  longSpinWaits = 0;

  constructor(memory: GuestMemory, features: Features, synic: Synic) {
    this.memory = memory;
    this.features = features;
    for (const call of builtIn(synic, this)) this.add(call);
  }

  /** Makes a call available. An enlightenment adds its own. */
  add(call: Hypercall): void {
    this.table.set(call.code, call);
  }

  /** Executes a call and returns its result value. Never throws for what a guest passes. */
  call(vp: number, control: bigint, input: bigint, output: bigint): bigint {
    const word = parseControlWord(control);
    const call = this.table.get(word.code);
    if (!call) return hypercallResult(HV_STATUS.INVALID_HYPERCALL_CODE);
    if (controlWordReserved(control) || !listFits(call, word))
      return hypercallResult(HV_STATUS.INVALID_HYPERCALL_INPUT);
    const bytes = word.fast
      ? this.fromRegisters(call, input, output)
      : this.fromMemory(call, word, input, output);
    if (typeof bytes === 'number') return hypercallResult(bytes);
    if (!call.allowed(this.features)) return hypercallResult(HV_STATUS.ACCESS_DENIED);
    const { status, reps } = call.run({
      vp,
      bytes,
      repCount: word.rep_count,
      repStart: word.rep_start,
      output: word.fast ? 0 : Number(output),
    });
    return hypercallResult(status, reps ?? (status === HV_STATUS.SUCCESS ? word.rep_count : word.rep_start));
  }

  /** A fast call: two registers are all there is. */
  private fromRegisters(call: Hypercall, input: bigint, output: bigint): DataView | HvStatus {
    if (call.inputBytes > FAST_BYTES || call.repBytes || call.outputBytes)
      return HV_STATUS.INVALID_HYPERCALL_INPUT;
    const view = this.registers;
    view.setBigUint64(0, BigInt.asUintN(64, input), true);
    view.setBigUint64(8, BigInt.asUintN(64, output), true);
    return view;
  }

  /** Parameters in memory: a copy, so that a guest that changes them meanwhile changes nothing. */
  private fromMemory(call: Hypercall, word: ControlWord, input: bigint, output: bigint): DataView | HvStatus {
    const length = call.inputBytes + (call.repBytes ?? 0) * word.rep_count;
    if (!this.parameterFits(input, length) || !this.parameterFits(output, call.outputBytes ?? 0))
      return HV_STATUS.INVALID_ALIGNMENT;
    return new DataView(this.memory.read(Number(input), length).buffer);
  }

  /** A parameter starts at a multiple of 8, does not cross a page, and is RAM. A call that has none ignores its register. */
  private parameterFits(gpa: bigint, length: number): boolean {
    if (length === 0) return true;
    const at = Number(gpa);
    return (gpa & 7n) === 0n && (at % PAGE_SIZE) + length <= PAGE_SIZE && this.memory.valid(at, length);
  }
}

/** A list call has a list, and starts within it; other calls have none. */
function listFits(
  call: Hypercall,
  { rep_count: count, rep_start: start, varhead_qwords: header }: ControlWord,
): boolean {
  if (header !== 0) return false;
  return call.repBytes ? count > 0 && start < count : count === 0 && start === 0;
}

function builtIn(synic: Synic, calls: Hypercalls): Hypercall[] {
  return [postMessage(synic), signalEvent(synic), longSpinWait(calls)];
}

function postMessage(synic: Synic): Hypercall {
  return {
    code: HVCALL.POST_MESSAGE,
    name: 'POST_MESSAGE',
    inputBytes: 16 + HV_MESSAGE_PAYLOAD_BYTE_COUNT,
    allowed: (features) => features.postMessages,
    run: ({ vp, bytes }) => {
      const type = bytes.getUint32(8, true);
      const size = bytes.getUint32(12, true);
      const reserved = bytes.getUint32(4, true);
      // Types from 0x80000000 are the hypervisor's own, and type 0 marks a free slot.
      if (reserved !== 0 || size > HV_MESSAGE_PAYLOAD_BYTE_COUNT || type === 0 || type >= 0x8000_0000) {
        return { status: HV_STATUS.INVALID_PARAMETER };
      }
      const payload = new Uint8Array(bytes.buffer, 16, size);
      return {
        status: synic.post(vp, bytes.getUint32(0, true), type, payload) ?? HV_STATUS.INVALID_CONNECTION_ID,
      };
    },
  };
}

const SIGNAL_STATUS = {
  'no port': HV_STATUS.INVALID_CONNECTION_ID,
  'no flag': HV_STATUS.INVALID_PARAMETER,
  done: HV_STATUS.SUCCESS,
} as const;

function signalEvent(synic: Synic): Hypercall {
  return {
    code: HVCALL.SIGNAL_EVENT,
    name: 'SIGNAL_EVENT',
    inputBytes: 8,
    allowed: (features) => features.signalEvents,
    run: ({ bytes }) => {
      if (bytes.getUint16(6, true) !== 0) return { status: HV_STATUS.INVALID_PARAMETER };
      return { status: SIGNAL_STATUS[synic.signal(bytes.getUint32(0, true), bytes.getUint16(4, true))] };
    },
  };
}

/** The simulator has no lock holder to prefer; the call is counted and returns. */
function longSpinWait(calls: Hypercalls): Hypercall {
  return {
    code: HVCALL.NOTIFY_LONG_SPIN_WAIT,
    name: 'NOTIFY_LONG_SPIN_WAIT',
    inputBytes: 8,
    allowed: () => true,
    run: () => {
      calls.longSpinWaits++;
      return { status: HV_STATUS.SUCCESS };
    },
  };
}
