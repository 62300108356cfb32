/** The two services of `guest-services` that move something: a file into the guest, and memory out of it. */

import type { MemoryAnswer } from '../host/vsp/dynmem.ts';
import type { FileCopyReport } from '../host/vsp/fcopy.ts';
import type { Series } from '../lab/experiment.ts';
import type { ServicedMachine } from '../lab/integration.ts';
import { GUEST_PAGES } from '../lab/machines.ts';
import { PAGE_SIZE } from '../machine/memory.ts';
import { FCOPY_MAX } from '../wire/ic-codes.ts';
import type { ServicesMetric } from './guest-services-metrics.ts';
import type { Seen, ServicesParams } from './guest-services-run.ts';

/** MiB that a guest of dynamic memory begins with, and that one question asks for. */
export const START_MIB = 128;
const ASKED_MIB = 16;
const PAGES_PER_MIB = (1024 * 1024) / PAGE_SIZE;

/** Where the file goes, and what may be there already. */
export const DIRECTORY = '/srv/';
export const FILE_NAME = 'report.bin';
export const OLD_FILE = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff);
const NEW_DIRECTORY = '/srv/reports/';

const mib = (pages: number): number => Math.round((pages / PAGES_PER_MIB) * 100) / 100;

/** Bytes of which no two pieces are alike. */
const contentOf = ({ requests }: ServicesParams): Uint8Array =>
  Uint8Array.from({ length: requests * FCOPY_MAX.PIECE }, (_, i) => (i * 31 + (i >>> 8) * 7) & 0xff);

function pathOf({ place }: ServicesParams): string {
  return place === 'no-directory' || place === 'make-directory' ? NEW_DIRECTORY : DIRECTORY;
}

/** Copies one file; its steps are read from the report. */
export function askFile(one: ServicedMachine, params: ServicesParams, seen: Seen): void {
  const started = one.fcopy?.copyFile(
    {
      path: pathOf(params),
      name: FILE_NAME,
      bytes: contentOf(params),
      overwrite: params.place === 'replace',
      createPath: params.place === 'make-directory',
    },
    () => {
      seen.done = true;
    },
  );
  if (!started) seen.done = true;
}

type FileMetrics = Pick<Record<ServicesMetric, number>, 'copied' | 'whole' | 'remains' | 'oldFile'>;

/** What became of the file. */
export function fileMetrics({ fcopy, services }: ServicedMachine, params: ServicesParams): FileMetrics {
  const report: FileCopyReport | undefined = fcopy?.report;
  const found = services.fcopy?.copier.files.read(`${pathOf(params)}${FILE_NAME}`);
  const same = (bytes: Uint8Array): boolean =>
    found !== undefined && found.length === bytes.length && bytes.every((byte, i) => byte === found[i]);
  const old = same(OLD_FILE);
  return {
    copied: report?.copied ?? 0,
    whole: report && same(contentOf(params)) ? 1 : 0,
    remains: found && !old && report?.outcome !== 'done' ? found.length : 0,
    oldFile: old ? 1 : 0,
  };
}

/** Asks for memory, gives it back, or adds some. */
export function askMemory(one: ServicedMachine, params: ServicesParams, seen: Seen): void {
  const { memory } = one;
  if (!memory) return;
  if (params.memory === 'add')
    step(one, seen, 'add', (done) => memory.hotAdd(START_MIB * PAGES_PER_MIB, done));
  else {
    for (let i = 0; i < params.requests; i++)
      step(one, seen, 'take', (done) => memory.balloon(ASKED_MIB * PAGES_PER_MIB, done));
    if (params.memory === 'return')
      step(one, seen, 'give back', (done) => memory.unballoon(memory.ballooned, done));
  }
  seen.done = true;
}

/** One question, and two seconds until the next; longer when its answer takes longer. */
function step(
  one: ServicedMachine,
  seen: Seen,
  label: string,
  ask: (done: (answer: MemoryAnswer) => void) => boolean,
): void {
  let ended = false;
  const sent = ask(({ kind, pages, cycles }) => {
    ended = true;
    seen.asked++;
    if (kind !== 'answer') seen.unanswered++;
    else if (pages > 0) seen.good++;
    else seen.failed++;
    seen.moved.push({ label, mib: mib(pages) });
    seen.waits.push({ label, seconds: cycles / one.machine.costs.hz });
  });
  one.runFor(PACE_SECONDS);
  while (sent && !ended) one.runFor(1);
}

const PACE_SECONDS = 2;

/** What each question came to. */
export function movedOf({ moved }: Seen): Series {
  return {
    id: 'moved',
    title: 'Memory that changed hands with each question',
    unit: 'MiB',
    labels: moved.map(({ label }, i) => `${i + 1} ${label}`),
    values: moved.map((one) => one.mib),
  };
}

type MemoryMetrics = Pick<
  Record<ServicesMetric, number>,
  'given' | 'added' | 'reserve' | 'reports' | 'disagreement'
>;

/** Both ends' accounts of the memory. The first MiB is the firmware's and the kernel's. */
export function memoryMetrics({ memory, services, guest }: ServicedMachine): MemoryMetrics {
  const { balloon } = services;
  if (!memory || !balloon) return { given: 0, added: 0, reserve: 0, reports: 0, disagreement: 0 };
  const { managed, free } = guest.pages;
  const told = managed + GUEST_PAGES / PAGE_SIZE - balloon.ballooned;
  return {
    given: mib(balloon.ballooned),
    added: mib(balloon.added),
    reserve: mib(free - balloon.floor),
    reports: balloon.reports,
    disagreement: Math.abs(memory.pages.backed - told) + Math.abs(memory.ballooned - balloon.ballooned),
  };
}
