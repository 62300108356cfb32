/** The contracts of the enlightenments and the systems that use them, as plain data for the page "Enlightenments". */
import { ENLIGHTENMENTS } from '../../../sim/enlightenments/index.ts';
import { SYSTEMS } from '../../../sim/guest/profiles/index.ts';
import type { Era } from '../../../sim/machine/costs.ts';
import { ERAS, eraCosts } from '../../../sim/machine/costs.ts';
import type { Features } from '../../../sim/machine/features.ts';
import { eraFeatures } from '../../../sim/machine/features.ts';
import { pagingFeatures } from '../../../sim/machine/paging-setup.ts';
import { experiments } from './book.ts';

/** One enlightenment as a reader sees it. */
export interface EnlightenmentLine {
  readonly id: string;
  readonly row: number;
  readonly title: string;
  readonly what: string;
  /** Bits of CPUID in words: `40000003 EAX bit 5, privilege AccessHypercallRegs`. */
  readonly discovery: readonly string[];
  readonly mechanisms: readonly string[];
  readonly without: string;
  readonly exits: readonly [string, string];
  readonly caution: string;
  /** Titles of the eras whose host offers it by default. */
  readonly offeredIn: readonly string[];
  readonly depth: string;
  readonly sources: readonly string[];
  /** Experiments about it. */
  readonly pages: readonly { readonly title: string; readonly page: string }[];
}

/** Which experiments show which enlightenment. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  'tlb-flush': ['address-space-switch', 'local-tlb-flush', 'remote-tlb-flush'],
  'clock-read': ['reference-counter', 'reference-tsc', 'frequency-msrs'],
  'spin-lock': ['long-spin-wait'],
  'interrupt-end': ['apic-msrs', 'eoi-assist', 'lazy-tpr', 'deprecate-auto-eoi'],
  ipi: ['cluster-ipi', 'vp-index'],
  'timers-and-idle': ['synthetic-timers', 'guest-idle', 'relaxed-timing'],
  'vsp-vsc': ['synic-vmbus'],
  'two-roads': ['synic-vmbus'],
};

/** What a host of the era offers a partition whose memory it translates: by shadow tables in 2008, in two levels since. */
const hostFeatures = (era: Era): Features =>
  eraFeatures(era, pagingFeatures(era === '2008' ? 'shadow' : 'slat', era));

const hex = (leaf: number): string => leaf.toString(16).toUpperCase().padStart(8, '0');

export function enlightenmentTable(): EnlightenmentLine[] {
  return ENLIGHTENMENTS.map(({ discovery, offered, ...row }) => ({
    id: row.id,
    row: row.row,
    title: row.title,
    what: row.what,
    discovery: discovery.map(
      ({ leaf, register, bit, kind, name }) =>
        `${hex(leaf)} ${register.toUpperCase()}${bit === undefined ? '' : ` bit ${bit}`}, ${kind} ${name}`,
    ),
    mechanisms: row.mechanisms,
    without: row.without,
    exits: row.exits,
    caution: row.caution,
    offeredIn: ERAS.filter((era) => offered(hostFeatures(era))).map((era) => eraCosts(era).title),
    depth: row.depth,
    sources: row.sources,
    pages: experiments
      .filter(({ id }) => SHOWN[id]?.includes(row.id))
      .map(({ title, page }) => ({ title, page })),
  }));
}

/** A system and its cells, in the order of the enlightenments. */
export interface SystemLine {
  readonly id: string;
  readonly title: string;
  readonly year: number;
  readonly about: string;
  readonly cells: readonly {
    readonly use: string;
    readonly evidence: string;
    readonly source: string;
    readonly note: string;
  }[];
}

export interface Matrix {
  readonly enlightenments: readonly { readonly id: string; readonly title: string }[];
  readonly systems: readonly SystemLine[];
}

export function profileMatrix(): Matrix {
  return {
    enlightenments: ENLIGHTENMENTS.map(({ id, title }) => ({ id, title })),
    systems: SYSTEMS.map(({ id, title, year, about, uses }) => ({
      id,
      title,
      year,
      about,
      cells: ENLIGHTENMENTS.map((row) => uses[row.id]),
    })),
  };
}
