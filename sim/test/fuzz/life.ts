/**
 * One life: a machine, a part of it that is attacked, and so many cases. The same seed lives the same life.
 *
 * A case is one act of the guest through the seam (see `Target.oneCase`), after which the host runs until it is at rest or a third of a
 * millisecond of virtual time has passed. After every case: nothing was thrown, the events were few, the host's packets are packets. At
 * the end of a life: another virtual machine and another disk of the same machine work as before, page lists and waiting work are
 * bounded, memory that nobody shares is as it was, and the guest itself, reset, finds every device as at the beginning.
 *
 * A life that is lived twice, with other bytes where the host will write, must end with the same words of the host: then none of
 * them depends on what lay in memory before.
 */
import { Chance } from './chance.ts';
import { Finding } from './finding.ts';
import { HostileMachine } from './hostile-machine.ts';
import type { Target } from './target.ts';
import { CALL_TARGETS } from './target-calls.ts';
import { CHANGING_TARGETS } from './target-changing.ts';
import { IDE_TARGETS } from './target-ide.ts';
import { MEMORY_TARGETS } from './target-memory.ts';
import { MESSAGE_TARGETS } from './target-messages.ts';
import { NETWORK_TARGETS } from './target-network.ts';
import { SERVICE_TARGETS } from './target-services.ts';
import { STORAGE_TARGETS } from './target-storage.ts';

/** Everything that is attacked. */
export const TARGETS: readonly Target[] = [
  ...CALL_TARGETS,
  ...MESSAGE_TARGETS,
  ...STORAGE_TARGETS,
  ...NETWORK_TARGETS,
  ...SERVICE_TARGETS,
  ...MEMORY_TARGETS,
  ...IDE_TARGETS,
  ...CHANGING_TARGETS,
];

/** Cases of one life. */
export const LIFE_CASES = 1000;
/** Every so many lives are lived twice. */
const TWINS = 8;
const POISON = [0xaa, 0x55] as const;

/** A bug, with what is needed to see it again. */
export interface Report {
  readonly seed: number;
  readonly target: string;
  /** Index of the case; -1 for what is found before the first, `cases` for what is found at the end. */
  readonly index: number;
  readonly finding: Finding;
}

/** What a life was. */
export interface LifeEnd {
  readonly target: string;
  readonly cases: number;
  readonly report: Report | undefined;
}

/** The target of a seed: in turn. */
export const targetOf = (seed: number, targets = TARGETS): Target => targets[seed % targets.length];

/** Lives the life of a seed. `only`: the indices of the cases that are done; all when left out. */
export function live(seed: number, cases = LIFE_CASES, only?: ReadonlySet<number>): LifeEnd {
  return liveOn(targetOf(seed), seed, cases, Math.floor(seed / TARGETS.length) % TWINS === 0, only);
}

/** Lives a life against a target, as a twin of itself when asked. */
export function liveOn(
  target: Target,
  seed: number,
  cases: number,
  twin: boolean,
  only?: ReadonlySet<number>,
): LifeEnd {
  const first = one(seed, target, cases, POISON[0], only);
  if (first.report || !twin) return { target: target.name, cases, report: first.report };
  const second = one(seed, target, cases, POISON[1], only);
  return {
    target: target.name,
    cases: 2 * cases,
    report: second.report ?? difference(seed, target, first, second),
  };
}

interface Lived {
  readonly report: Report | undefined;
  /** Digest of what the host had said after each case. */
  readonly words: readonly number[];
}

function one(seed: number, target: Target, cases: number, poison: number, only?: ReadonlySet<number>): Lived {
  let index = -1;
  const words: number[] = [];
  try {
    const machine = new HostileMachine(poison, target.sparesOthers, target.partition);
    const act = target.begin(machine);
    for (index = 0; index < cases; index++) {
      if (!only || only.has(index)) act(new Chance(seed, index));
      words.push(machine.digest.value);
    }
    machine.checkOthers();
    machine.checkRecovery();
  } catch (cause) {
    return { report: { seed, target: target.name, index, finding: findingOf(cause) }, words };
  }
  return { report: undefined, words };
}

function findingOf(cause: unknown): Finding {
  if (cause instanceof Finding) return cause;
  const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new Finding('exception', text, { cause });
}

function difference(seed: number, target: Target, first: Lived, second: Lived): Report | undefined {
  const index = first.words.findIndex((word, i) => word !== second.words[i]);
  if (index < 0) return undefined;
  const finding = new Finding('reply', 'what the host says depends on what lay in memory before');
  return { seed, target: target.name, index, finding };
}

/** The fewest of the first `cases` that `fails` still accepts: parts are left out as long as that works, halves first. */
export function shrink(cases: number, fails: (only: ReadonlySet<number>) => boolean): number[] {
  let kept = Array.from({ length: cases }, (_, i) => i);
  for (let part = Math.ceil(cases / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let from = 0; from < kept.length; ) {
      const without = [...kept.slice(0, from), ...kept.slice(from + part)];
      if (without.length > 0 && fails(new Set(without))) kept = without;
      else from += part;
    }
  }
  return kept;
}

/** Cases of a life that are enough to see its bug. */
export function enough({ seed, index, finding }: Report): number[] {
  const same = (only: ReadonlySet<number>): boolean =>
    live(seed, LIFE_CASES, only).report?.finding.message === finding.message;
  return shrink(Math.min(index + 1, LIFE_CASES), same);
}

/** One line by which to see it again. */
export function reproduction({ seed, target, index, finding }: Report): string {
  return `${finding.kind} in ${target}, case ${index}: ${finding.message}. Again: npm run fuzz -- --case ${seed}`;
}
