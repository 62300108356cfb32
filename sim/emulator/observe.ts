/**
 * Looks over a guest's shoulder: everything that crosses the seam, in order, without changing any of it. The page that boots a guest shows what
 * comes from here, and exports it as a recording.
 *
 * Reads of the reference counter are only counted: a guest without a TSC page reads it tens of thousands of times.
 */

import { HVCALL, parseControlWord } from '../wire/hypercall.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import type { GuestHost } from './guest-host.ts';
import { ringsOf, type SeenPacket } from './observe-rings.ts';

/** One thing that crossed the seam. Numbers of the guest's registers are as it passed them. */
export type Seen =
  | { readonly k: 'cpuid'; readonly leaf: number; readonly out: readonly number[] }
  | { readonly k: 'rdmsr'; readonly msr: number; readonly value: bigint | undefined }
  | { readonly k: 'wrmsr'; readonly msr: number; readonly value: bigint; readonly fault: boolean }
  | {
      readonly k: 'hypercall';
      readonly control: bigint;
      readonly input: bigint;
      readonly output: bigint;
      readonly result: bigint | undefined;
      /** The parameters of a POST_MESSAGE: header and payload. */
      readonly bytes?: Uint8Array;
    }
  | { readonly k: 'synic_message'; readonly sint: number; readonly bytes: Uint8Array }
  | { readonly k: 'synic_event'; readonly sint: number; readonly flag: number }
  | SeenPacket;

/** What was counted, by number of the register or of the call. */
export interface SeenCounts {
  readonly cpuid: Map<number, number>;
  readonly msrReads: Map<number, number>;
  readonly msrWrites: Map<number, number>;
  readonly calls: Map<number, number>;
  messagesToGuest: number;
  signalsToGuest: number;
}

/** Bytes in front of the payload of a POST_MESSAGE, and the most that may follow. */
const POST = { HEADER: 16, SIZE_AT: 12, MOST: 240 } as const;

const more = (map: Map<number, number>, key: number): void => void map.set(key, (map.get(key) ?? 0) + 1);

/** What can be looked over the shoulder of: a partition and the bus at its host's end. */
export type Observed = Pick<GuestHost, 'partition' | 'vmbus'>;

/** Tells `see` of everything from now on; returns what it counts. To be called before the guest runs. */
export function observe(site: Observed, see: (seen: Seen) => void): SeenCounts {
  const counts: SeenCounts = {
    cpuid: new Map(),
    msrReads: new Map(),
    msrWrites: new Map(),
    calls: new Map(),
    messagesToGuest: 0,
    signalsToGuest: 0,
  };
  registers(site, counts, see);
  calls(site, counts, see);
  fromHost(site, counts, see);
  ringsOf(site, see);
  return counts;
}

function registers({ partition }: Observed, counts: SeenCounts, see: (seen: Seen) => void): void {
  const cpuid = partition.cpuid.bind(partition);
  partition.cpuid = (vp, leaf, subleaf) => {
    const out = cpuid(vp, leaf, subleaf);
    more(counts.cpuid, leaf);
    see({ k: 'cpuid', leaf, out: [out.eax, out.ebx, out.ecx, out.edx] });
    return out;
  };
  const readMsr = partition.readMsr.bind(partition);
  partition.readMsr = (vp, msr) => {
    const value = readMsr(vp, msr);
    more(counts.msrReads, msr);
    if (msr !== HV_X64_MSR.TIME_REF_COUNT) see({ k: 'rdmsr', msr, value });
    return value;
  };
  const writeMsr = partition.writeMsr.bind(partition);
  partition.writeMsr = (vp, msr, value) => {
    more(counts.msrWrites, msr);
    const fine = writeMsr(vp, msr, value);
    see({ k: 'wrmsr', msr, value, fault: !fine });
    return fine;
  };
}

/** Parameters are copied before the call: the host's answer may come into the same memory. */
function calls({ partition }: Observed, counts: SeenCounts, see: (seen: Seen) => void): void {
  const hypercall = partition.hypercall.bind(partition);
  partition.hypercall = (vp, control, input, output) => {
    const { code, fast } = parseControlWord(control);
    more(counts.calls, code);
    const bytes = code === HVCALL.POST_MESSAGE && !fast ? posted(partition.memory, input) : undefined;
    const result = hypercall(vp, control, input, output);
    see({ k: 'hypercall', control, input, output, result, ...(bytes ? { bytes } : {}) });
    return result;
  };
}

function posted(memory: GuestHost['partition']['memory'], input: bigint): Uint8Array | undefined {
  const gpa = Number(input);
  if (!memory.valid(gpa, POST.HEADER)) return undefined;
  const length = POST.HEADER + Math.min(POST.MOST, memory.read32(gpa + POST.SIZE_AT) >>> 0);
  return memory.valid(gpa, length) ? memory.read(gpa, length).slice() : undefined;
}

function fromHost({ partition }: Observed, counts: SeenCounts, see: (seen: Seen) => void): void {
  const { synic } = partition;
  const post = synic.postMessage.bind(synic);
  synic.postMessage = (vp, sint, type, payload) => {
    const outcome = post(vp, sint, type, payload);
    if (outcome !== 'full') {
      counts.messagesToGuest++;
      see({ k: 'synic_message', sint, bytes: payload.slice() });
    }
    return outcome;
  };
  const signal = partition.signalFromRoot.bind(partition);
  partition.signalFromRoot = (vp, sint, flag) => {
    counts.signalsToGuest++;
    see({ k: 'synic_event', sint, flag });
    signal(vp, sint, flag);
  };
}
