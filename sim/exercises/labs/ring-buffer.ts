/** Build it yourself: the writing half of a VMBus ring. The library's own ring is the reader, and a second one the reference. */
import { Streams } from '../../core/rng.ts';
import { RING_CONTROL, RingView } from '../../wire/ring.ts';
import { ringMemory } from '../../wire/ring-bytes.ts';
import type { Declared, Given, Step, Verdict } from '../exercise.ts';
import { misconception, right, unusable, valueIn, wrong } from '../exercise.ts';
import { asBytes, bytesOf, inWords } from '../values.ts';

/** A control page and one page of data. */
const BYTES = 8192;
const PAGES = [0, 4096];
const IN_BAND = 6;
/** Steps before the first operation: the memory, and the writer on it. */
const MEMORY = 0;
const WRITER = 1;

/** What happens to the ring, in order. */
type Deed =
  | { readonly kind: 'put'; readonly payload: Uint8Array; readonly id: number }
  /** The reader takes everything there is. */
  | { readonly kind: 'drain' }
  /** The reader says whether it polls. */
  | { readonly kind: 'mask'; readonly value: 0 | 1 };

/** Few packets that are drained, a reader that polls, many until the end wraps, and more than fit. */
function deedsOf(seed: number): Deed[] {
  const rng = new Streams(seed).stream('ring');
  let id = 0;
  const put = (): Deed => {
    const payload = Uint8Array.from({ length: rng.int(1, 90) }, () => rng.int(0, 255));
    return { kind: 'put', payload, id: ++id };
  };
  const some = (count: number): Deed[] => Array.from({ length: count }, put);
  const round = (): Deed[] => [...some(18), { kind: 'drain' }];
  return [
    ...some(2),
    { kind: 'drain' },
    ...some(1),
    { kind: 'mask', value: 1 },
    { kind: 'drain' },
    ...some(1),
    { kind: 'mask', value: 0 },
    { kind: 'drain' },
    ...round(),
    ...round(),
    ...round(),
    ...some(70),
  ];
}

/** What a ring that keeps the rules does of each deed. */
interface Expected {
  readonly word?: 'signal' | 'quiet' | 'full';
  readonly memory: Uint8Array;
}

function reference(deeds: readonly Deed[]): Expected[] {
  const memory = ringMemory(new Uint8Array(BYTES));
  const writer = new RingView(memory, PAGES);
  const reader = new RingView(memory, PAGES);
  return deeds.map((deed): Expected => {
    if (deed.kind === 'mask') writer.interruptMask = deed.value;
    if (deed.kind === 'drain') while (typeof reader.peek() === 'object') reader.take();
    if (deed.kind !== 'put') return { memory: memory.u8.slice() };
    const put = writer.put(IN_BAND, 0, deed.id, undefined, deed.payload);
    const word = typeof put === 'object' ? (put.needSignal ? 'signal' : 'quiet') : 'full';
    return { word, memory: memory.u8.slice() };
  });
}

const u32 = (memory: Uint8Array, at: number): number =>
  new DataView(memory.buffer, memory.byteOffset).getUint32(at, true);

function stepsOf(seed: number): Step[] {
  const deeds = deedsOf(seed);
  const expected = reference(deeds);
  return [
    { bytes: BYTES },
    { make: 'RingWriter', args: [{ $of: MEMORY }] },
    ...deeds.flatMap((deed, i): Step[] => {
      if (deed.kind === 'put')
        return [{ call: 'put', on: WRITER, args: [bytesOf(deed.payload), deed.id] }, { look: MEMORY }];
      const at = deed.kind === 'mask' ? RING_CONTROL.INTERRUPT_MASK : RING_CONTROL.READ_INDEX;
      return [{ poke: MEMORY, at, put: [...expected[i].memory.subarray(at, at + 4)] }];
    }),
  ];
}

function judge(given: readonly Given[], seed: number): Verdict {
  const made = valueIn(given[WRITER]);
  if (!('value' in made)) return made;
  const deeds = deedsOf(seed);
  const expected = reference(deeds);
  let at = 2;
  for (const [i, deed] of deeds.entries()) {
    if (deed.kind !== 'put') {
      at++;
      continue;
    }
    const verdict = judgePut(given[at], given[at + 1], deed, expected[i]);
    if (verdict) return verdict;
    at += 2;
  }
  return right(
    'Every packet arrives, also around the end; signals are sent when they are owed, and eight bytes stay free.',
  );
}

function judgePut(
  said: Given | undefined,
  looked: Given | undefined,
  { id, payload }: Deed & { kind: 'put' },
  { word, memory: wanted }: Expected,
): Verdict | undefined {
  const [answer, seen] = [valueIn(said), valueIn(looked)];
  if (!('value' in answer)) return unusable(`Packet ${id}: ${answer.says}`);
  const memory = 'value' in seen ? asBytes(seen.value) : undefined;
  if (!memory || memory.length !== BYTES) return unusable(`Packet ${id}: the memory is not there any more.`);
  const about = `Packet ${id}, ${payload.length} bytes`;
  if (word !== answer.value)
    return wordMistake(about, word, answer.value === undefined ? 'nothing' : inWords(answer.value));
  return memoryMistake(about, memory, wanted, word === 'full');
}

function wordMistake(about: string, wanted: string | undefined, got: string): Verdict {
  const said = `${about}: put gave ${got}, and "${wanted}" is right.`;
  if (wanted === 'full')
    return misconception(
      `${said} A packet that would leave fewer than one byte more than it needs does not fit: with the indices equal a full ring would look like an empty one.`,
    );
  if (got === '"full"')
    return misconception(
      `${said} Free is what lies between the write index and the read index, around the end too; a packet needs descriptor, padded payload and trailer.`,
    );
  if (wanted === 'quiet')
    return misconception(
      `${said} A signal is owed only by a packet that finds the ring empty, and not while the reader’s interrupt mask is set.`,
    );
  return misconception(
    `${said} The ring was empty before this packet, and the reader does not poll: somebody has to wake it.`,
  );
}

function memoryMistake(
  about: string,
  memory: Uint8Array,
  wanted: Uint8Array,
  refused: boolean,
): Verdict | undefined {
  if (u32(memory, RING_CONTROL.WRITE_INDEX) !== u32(wanted, RING_CONTROL.WRITE_INDEX))
    return misconception(
      `${about}: the write index is ${u32(memory, 0)}, and ${u32(wanted, 0)} is right. ${refused ? 'A packet that does not fit leaves everything as it was.' : 'It moves by descriptor, payload up to a multiple of 8, and trailer, and wraps at the end of the data.'}`,
    );
  if (u32(memory, RING_CONTROL.READ_INDEX) !== u32(wanted, RING_CONTROL.READ_INDEX))
    return misconception(`${about}: the read index was changed. It is the reader’s.`);
  const reader = new RingView(ringMemory(memory), PAGES);
  const theirs = new RingView(ringMemory(wanted), PAGES);
  for (;;) {
    const [mine, right] = [reader.peek(), theirs.peek()];
    if (typeof right !== 'object') break;
    if (mine === 'corrupt')
      return misconception(
        `${about}: the reader calls the ring corrupt. Look at the descriptor: type, offset and length in units of 8 bytes, flags.`,
      );
    if (mine === 'empty') return wrong(`${about}: the reader finds nothing.`);
    if (mine.tid !== right.tid)
      return wrong(`${about}: the reader finds transaction ${mine.tid} where ${right.tid} was put.`);
    if (reader.payload(mine).join() !== theirs.payload(right).join())
      return misconception(
        `${about}: the payload that arrives is another one. Does it wrap where the data ends, and is it padded with zeros?`,
      );
    reader.advance();
    theirs.advance();
  }
  const different = memory.findIndex((byte, i) => i >= 4096 && byte !== wanted[i]);
  return different < 0
    ? undefined
    : misconception(
        `${about}: byte ${different - 4096} of the data is ${memory[different]}, and ${wanted[different]} is right. Behind each packet a trailer holds, in its upper half, the offset where the packet starts.`,
      );
}

const STARTER = `/** The writing half of a ring: a control page of 4096 bytes, and the data behind it. */
export class RingWriter {
  readonly memory: DataView;
  /** Bytes of data. */
  readonly size: number;

  constructor(memory: Uint8Array) {
    this.memory = new DataView(memory.buffer, memory.byteOffset, memory.length);
    this.size = memory.length - 4096;
  }

  /** Puts a packet into the ring: 'full', or 'signal' when the reader must be woken, or 'quiet'. */
  put(payload: Uint8Array, id: number): string {
    const write = this.memory.getUint32(0, true);
    for (let i = 0; i < payload.length; i++)
      this.memory.setUint8(4096 + write + i, payload[i]);
    this.memory.setUint32(0, write + payload.length, true);
    return 'signal';
  }
}
`;

const SOLUTION = `export class RingWriter {
  readonly memory: DataView;
  readonly size: number;

  constructor(memory: Uint8Array) {
    this.memory = new DataView(memory.buffer, memory.byteOffset, memory.length);
    this.size = memory.length - 4096;
  }

  put(payload: Uint8Array, id: number): string {
    const [write, read, mask] = [0, 4, 8].map((at) => this.memory.getUint32(at, true));
    const length = 16 + ((payload.length + 7) & ~7);
    const free = read > write ? read - write : read + this.size - write;
    if (free <= length + 8) return 'full';
    const at = (offset: number) => 4096 + ((write + offset) % this.size);
    const set = (offset: number, value: number) => this.memory.setUint32(at(offset), value, true);
    set(0, 6 | (2 << 16)); // in-band; the payload begins 2 × 8 bytes behind the start
    set(4, length / 8); // no flags
    set(8, id);
    set(12, 0);
    for (let i = 16; i < length; i += 4) set(i, 0);
    for (let i = 0; i < payload.length; i++) this.memory.setUint8(at(16 + i), payload[i]);
    set(length, 0);
    set(length + 4, write); // the trailer: where the packet starts
    this.memory.setUint32(0, (write + length + 8) % this.size, true);
    return read === write && mask === 0 ? 'signal' : 'quiet';
  }
}
`;

export const ringBuffer: Declared = {
  name: 'lab-ring-buffer',
  kind: 'build',
  title: 'Lab: write the ring buffer',
  names: ['RingWriter'],
  hints: [
    'Begin with one packet that fits and does not wrap: descriptor (16 bytes), payload, zeros up to a multiple of 8, trailer (8 bytes). Then the write index.',
    'Descriptor, little-endian words of 16 bits: type 6 (in-band), offset of the payload in units of 8 bytes, length without trailer in the same units, flags; then the transaction id, 64 bits.',
    'Free bytes are (read − write) around the end; refuse when they are not more than the packet needs. Signal when read equals the old write index and the mask is 0.',
  ],
  task: () =>
    'Write `class RingWriter`: `new RingWriter(memory)` gets 8192 bytes, a control page (write index at 0, read index at 4, interrupt mask at 8, 32 bits each) and a page of data. `put(payload, id)` writes an in-band packet, with no flags, and gives "full", "signal" or "quiet". The reader is the library’s own ring: it moves the read index, sets its mask while it polls, and takes what it finds.',
  starter: () => STARTER,
  solution: () => SOLUTION,
  steps: stepsOf,
  judge,
  beliefs: () =>
    [
      'A signal for every packet: only one that finds the ring empty owes one.',
      'Filling the ring to the last byte: equal indices mean empty.',
      'Forgetting the padding, the trailer, or that any part of a packet may wrap.',
    ].map((why) => ({ answer: '', why, given: [] })),
};
