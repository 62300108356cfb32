/** Build it yourself: the input of the hypercall that flushes pages on other processors, as the hypervisor will read it. */
import { Streams } from '../../core/rng.ts';
import { HVCALL } from '../../wire/hypercall.ts';
import { hvTlbFlush } from '../../wire/tlb.ts';
import type { Declared, Given, Step, Verdict } from '../exercise.ts';
import { misconception, right, unusable, valueIn, wrong } from '../exercise.ts';
import type { Plain } from '../values.ts';
import { asBytes, inWords } from '../values.ts';

const PAGE = 4096;
/** An entry names its page and up to so many further ones. */
const FURTHER = 4095;

interface Case {
  readonly cr3: number;
  /** Addresses of pages, in order. */
  readonly pages: readonly number[];
  readonly processors: readonly number[];
}

function casesOf(seed: number): Case[] {
  const rng = new Streams(seed).stream('flush');
  const base = (): number => 0x40_0000 + PAGE * rng.int(0, 500);
  const row = (from: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => from + i * PAGE);
  const cr3 = (): number => PAGE * rng.int(1, 4000);
  const far = 0x7f00_0000_0000;
  return [
    { cr3: cr3(), pages: [base()], processors: [1] },
    { cr3: cr3(), pages: row(base(), rng.int(3, 9)), processors: [0, 2, 3] },
    { cr3: cr3(), pages: [...row(base(), 3), ...row(far, 2), far + 64 * PAGE], processors: [1, 5, 33, 63] },
    { cr3: cr3(), pages: row(far, FURTHER + 1 + rng.int(2, 40)), processors: [7] },
  ];
}

/** The fewest entries that name these pages and no others. */
function entriesFor(pages: readonly number[]): number {
  let entries = 0;
  for (let i = 0; i < pages.length; entries++) {
    let length = 1;
    while (length <= FURTHER && pages[i + length] === pages[i] + length * PAGE) length++;
    i += length;
  }
  return entries;
}

function judge(given: readonly Given[], seed: number): Verdict {
  for (const [i, one] of casesOf(seed).entries()) {
    const got = valueIn(given[i]);
    if (!('value' in got)) return unusable(`Call ${i + 1}: ${got.says}`);
    const verdict = judgeOne(got.value, one);
    if (verdict)
      return {
        ...verdict,
        says: `${one.pages.length} pages, processors ${one.processors.join(', ')}: ${verdict.says}`,
      };
  }
  return right(
    'The hypervisor reads the address space, the processors and just these pages, in as few entries as there can be.',
  );
}

function judgeOne(value: Plain, { cr3, pages, processors }: Case): Verdict | undefined {
  const { code, reps, input } = (value ?? {}) as { code?: Plain; reps?: Plain; input?: Plain };
  const bytes = input === undefined ? undefined : asBytes(input);
  if (!bytes || typeof code !== 'number' || typeof reps !== 'number')
    return unusable(
      `flush gave ${inWords(value)}; an object { code, reps, input } is asked for, the input as Uint8Array.`,
    );
  if (code !== HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST)
    return code === HVCALL.FLUSH_VIRTUAL_ADDRESS_SPACE
      ? misconception('code 2 flushes the whole address space; these pages are a list.')
      : wrong(`the call code is ${code}, and 3 is right.`);
  if (bytes.length !== 24 + 8 * reps)
    return misconception(
      `the input has ${bytes.length} bytes, and ${24 + 8 * reps} belong to ${reps} entries: 24 of the fixed part and 8 for each.`,
    );
  const read = hvTlbFlush.decode(bytes) as Readonly<Record<string, number | bigint>>;
  const [space, flags, processorMask] = [read.address_space, read.flags, read.processor_mask].map(BigInt);
  const list = Array.from({ length: reps }, (_, i) => BigInt(read[`gva_list[${i}]`]));
  if (space !== BigInt(cr3)) return wrong(`the address space is ${space}, and CR3 is ${cr3}.`);
  if (flags !== 0n)
    return misconception(
      'a flag is set. Without any the call means: this address space, these processors, these pages.',
    );
  const mask = processors.reduce((sum, vp) => sum | (1n << BigInt(vp)), 0n);
  if (processorMask !== mask)
    return misconception(
      processorMask === mask % (1n << 32n)
        ? 'the mask has 64 bits; shifts of numbers in JavaScript end at 32.'
        : `the mask of processors is ${processorMask.toString(16)}h, and ${mask.toString(16)}h is right.`,
    );
  return pagesMistake(list, pages);
}

function pagesMistake(list: readonly bigint[], pages: readonly number[]): Verdict | undefined {
  const named = list.flatMap((entry) => {
    const first = Number(entry & ~0xfffn);
    return Array.from({ length: Number(entry & 0xfffn) + 1 }, (_, i) => first + i * PAGE);
  });
  const wanted = new Set(pages);
  const missing = pages.filter((page) => !named.includes(page)).length;
  if (missing > 0)
    return misconception(
      `${missing} of the pages are not named: they would be read through old translations. The lower twelve bits of an entry are the number of further pages.`,
    );
  const more = named.filter((page) => !wanted.has(page)).length;
  if (more > 0)
    return misconception(
      `${more} pages more than asked are named. The lower twelve bits are the number of *further* pages: 0 for one page.`,
    );
  const fewest = entriesFor(pages);
  return list.length > fewest
    ? misconception(
        `${list.length} entries, and ${fewest} would do: pages in a row are one entry, up to 4096 of them.`,
      )
    : undefined;
}

const STARTER = `/** The input of FLUSH_VIRTUAL_ADDRESS_LIST. \`pages\` are addresses of pages, in order; \`processors\` are indices below 64. */
export function flush(cr3: number, pages: number[], processors: number[]) {
  const input = new Uint8Array(24 + 8 * pages.length);
  const view = new DataView(input.buffer);
  view.setBigUint64(0, BigInt(cr3), true);
  // flags at 8, the mask of processors at 16, then the list
  return { code: 3, reps: pages.length, input };
}
`;

const SOLUTION = `export function flush(cr3: number, pages: number[], processors: number[]) {
  const entries: bigint[] = [];
  for (let i = 0; i < pages.length; ) {
    let more = 0;
    while (more < 4095 && pages[i + more + 1] === pages[i] + (more + 1) * 4096) more++;
    entries.push(BigInt(pages[i]) | BigInt(more));
    i += more + 1;
  }
  const input = new Uint8Array(24 + 8 * entries.length);
  const view = new DataView(input.buffer);
  view.setBigUint64(0, BigInt(cr3), true);
  view.setBigUint64(16, processors.reduce((mask, vp) => mask | (1n << BigInt(vp)), 0n), true);
  entries.forEach((entry, i) => view.setBigUint64(24 + 8 * i, entry, true));
  return { code: 3, reps: entries.length, input };
}
`;

export const flushHypercall: Declared = {
  name: 'lab-flush-hypercall',
  kind: 'build',
  title: 'Lab: write the flush hypercall',
  names: ['flush'],
  hints: [
    'The fixed part is 24 bytes: address space, flags, mask of processors, 64 bits each, little-endian. Then 8 bytes for each entry of the list.',
    'An entry is the address of a page; its lower twelve bits, which an address of a page does not need, say how many pages follow it.',
    'Shift BigInts, not numbers: a mask has 64 bits. Break a row after 4096 pages.',
  ],
  task: () =>
    'Write `flush(cr3, pages, processors)`, which gives `{ code, reps, input }`: the call code of FLUSH_VIRTUAL_ADDRESS_LIST, the number of entries, and the bytes of the input (TLFS, HvCallFlushVirtualAddressList). Only this address space, only these processors, just these pages, in as few entries as possible. The library’s own declaration of the structure reads it.',
  starter: () => STARTER,
  solution: () => SOLUTION,
  steps: (seed): Step[] =>
    casesOf(seed).map(({ cr3, pages, processors }) => ({ call: 'flush', args: [cr3, pages, processors] })),
  judge,
  beliefs: () =>
    [
      'An entry for each page: pages in a row are one entry.',
      'The lower bits are a count of pages: they are a count of further ones.',
      'A mask made by shifting numbers: it ends at 32.',
    ].map((why) => ({ answer: '', why, given: [] })),
};
