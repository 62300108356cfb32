/** What the page and the worker that runs a guest say to each other. All of it is plain data. */
import type { Band } from '../../truth/types.ts';

/** The files of a guest, each whole. */
export interface GuestParts {
  readonly kind: 'linux' | 'ipxe';
  /** What the guest calls itself, for the reader. */
  readonly name: string;
  readonly bios: Uint8Array<ArrayBuffer>;
  readonly vga?: Uint8Array<ArrayBuffer>;
  readonly kernel: Uint8Array<ArrayBuffer>;
  readonly initrd?: Uint8Array<ArrayBuffer>;
  /** More words for the kernel. */
  readonly commandLine: string;
}

/** What the reader sets before a start. */
export interface Settings {
  /** Switches of the partition that differ from those of today. */
  readonly features: Readonly<Record<string, boolean>>;
  /** Newest version of VMBus that the host speaks; 0 for the newest there is. */
  readonly vmbus: number;
}

export type Told =
  | {
      readonly kind: 'start';
      readonly parts: GuestParts;
      readonly settings: Settings;
      /** Addresses of the emulator's script and module. */
      readonly library: string;
      readonly module: string;
    }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Go on until the next hypercall. */
  | { readonly kind: 'step' }
  | { readonly kind: 'type'; readonly text: string }
  | { readonly kind: 'record' };

/** One line of the log. Signals that repeat are one line with a count. */
export interface LogLine {
  readonly id: number;
  /** Guest time in milliseconds. */
  readonly at: number;
  readonly from: 'guest' | 'host';
  readonly title: string;
  readonly says: string;
  /** Structure of the wire and its fields. */
  readonly struct?: string;
  readonly fields?: readonly (readonly [name: string, value: string])[];
  readonly times: number;
}

/** Exits by kind, and what they were about. */
export interface Counters {
  readonly exits: Readonly<Record<string, number>>;
  /** Hypercalls by name. */
  readonly calls: Readonly<Record<string, number>>;
  /** Reads and writes of synthetic registers by name. */
  readonly registers: Readonly<Record<string, number>>;
  readonly messagesToGuest: number;
  readonly signalsToGuest: number;
}

/** One open channel: both rings, in bytes. */
export interface RingState {
  readonly relid: number;
  readonly name: string;
  readonly out: RingHalf;
  readonly in: RingHalf;
}

export interface RingHalf {
  readonly size: number;
  readonly read: number;
  readonly write: number;
  /** Packets that went through. */
  readonly packets: number;
}

/** A moment that runs have in common, with the counters there. */
export interface Milestone {
  readonly name: string;
  /** Milliseconds: of the guest, and of the reader since the start. */
  readonly guest: number;
  readonly real: number;
  readonly exits: Readonly<Record<string, number>>;
}

export interface Report {
  readonly kind: 'report';
  readonly guest: number;
  readonly real: number;
  readonly counters: Counters;
  /** New text of the serial console. */
  readonly serial: string;
  /** The whole text screen when it changed. */
  readonly screen?: string;
  readonly log: readonly LogLine[];
  readonly rings: readonly RingState[];
  readonly milestones: readonly Milestone[];
  /** Who worked since the last report, and how long that was in microseconds of the guest. */
  readonly bands: readonly Band[];
  readonly span: number;
}

export type Said =
  | { readonly kind: 'running' }
  | Report
  | { readonly kind: 'paused'; readonly why: string }
  /** The guest has switched itself off. */
  | { readonly kind: 'done' }
  | { readonly kind: 'recording'; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string };
