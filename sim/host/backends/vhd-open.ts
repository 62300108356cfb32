/**
 * Opening a VHD: Hyper-V's disk format of 2008, still written by Azure.
 *
 * Nothing in the file is believed before it is checked, and a file that fails is not touched. Damage that the format was made to
 * survive (one of a dynamic disk's two footers) still opens, but read-only and with a note: what the user can then save is all
 * there, and {@link repairVhd} mends the file when asked.
 *
 * The size is the footer's current size, as Windows and Hyper-V read it. QEMU's vpc driver takes the geometry instead for images
 * whose creator is Virtual PC, Virtual Server or QEMU itself without `force_size` (block/vpc.c); the two agree for
 * every image that QEMU makes. `sizeFrom: 'geometry'` is for images of Virtual PC that a guest there saw smaller.
 */
import type { Issue } from '../../core/errors.ts';
import type { ChsGeometry } from '../../wire/vhd.ts';
import type { ByteFile } from './byte-file.ts';
import { type Disk, SECTOR_BYTES } from './disk.ts';
import { FileExtent } from './file-extent.ts';
import { DynamicVhd } from './vhd-dynamic.ts';
import {
  type FooterRead,
  footerUnderstood,
  type ImageFooter,
  readEndFooter,
  readFooter,
  VHD_MAX_BYTES,
  vhdKind,
} from './vhd-footer.ts';
import { readHeader, readTable, tableIssues } from './vhd-header.ts';

export interface OpenVhdOptions {
  readonly readOnly?: boolean;
  /** Which number is the disk's size: the footer's current size (default), or cylinders × heads × sectors. */
  readonly sizeFrom?: 'footer' | 'geometry';
}

/** What the footer says of the disk. */
export interface VhdInfo {
  readonly kind: 'fixed' | 'dynamic';
  readonly creator: string;
  readonly currentSize: number;
  readonly originalSize: number;
  readonly geometry: ChsGeometry;
  /** Seconds since 2000-01-01 00:00 UTC. */
  readonly timestamp: number;
}

/** An open VHD. `notes` says what was found wrong and survived; such a disk is read-only. */
export interface VhdDisk extends Disk {
  readonly info: VhdInfo;
  readonly identity: Uint8Array;
  readonly notes: readonly Issue[];
}

/** Opens a fixed or dynamic VHD, or says why not. */
export function openVhd(file: ByteFile, options: OpenVhdOptions = {}): VhdDisk | Issue[] {
  const found = findFooter(file);
  if (Array.isArray(found)) return found;
  const { footer, dataEnd } = found;
  const bytes = options.sizeFrom === 'geometry' ? geometryBytes(footer.geometry) : footer.currentSize;
  const issues = footerIssues(footer, bytes);
  if (issues.length > 0) return issues;
  const notes = footer.savedState ? [...found.notes, SAVED_STATE] : found.notes;
  const readOnly = (options.readOnly ?? false) || notes.length > 0;
  const inner =
    vhdKind(footer) === 'fixed'
      ? openFixed(file, bytes, dataEnd, readOnly)
      : openDynamic(file, found, bytes, readOnly);
  return Array.isArray(inner) ? inner : new OpenedVhd(inner, footer, notes);
}

/**
 * Writes the good one of a dynamic VHD's two footers over the bad one. Empty when the file is whole now; otherwise what is
 * wrong, and the file is as it was.
 */
export function repairVhd(file: ByteFile): Issue[] {
  const opened = openVhd(file, { readOnly: true });
  if (Array.isArray(opened)) return opened;
  if (opened.info.kind === 'fixed' || opened.notes.length === 0) return [];
  const found = findFooter(file);
  if (Array.isArray(found)) return found;
  const at = Math.ceil(found.dataEnd / SECTOR_BYTES) * SECTOR_BYTES;
  const done = file.write(at, found.bytes) && file.write(0, found.bytes);
  file.flush?.();
  return done
    ? []
    : [{ path: 'size', kind: 'full', message: 'The file cannot grow.', hint: 'Make room on its volume.' }];
}

/** Bytes that cylinders × heads × sectors span. */
function geometryBytes(geometry: ChsGeometry): number {
  return geometry.cylinders * geometry.heads * geometry.sectorsPerTrack * SECTOR_BYTES;
}

/** A footer to go by, where data must end, and what was wrong with its twin. */
interface Found {
  readonly footer: ImageFooter;
  readonly bytes: Uint8Array;
  readonly dataEnd: number;
  readonly notes: Issue[];
}

function findFooter(file: ByteFile): Found | Issue[] {
  const end = readEndFooter(file);
  const copy = readFooter(file, 0);
  if (end.kind === 'good') {
    const notes = vhdKind(end.footer) === 'fixed' ? [] : copyNotes(end.footer, copy);
    return { footer: end.footer, bytes: end.bytes, dataEnd: end.at, notes };
  }
  // Only a dynamic disk keeps a footer at 0; in a fixed one these bytes are the guest's.
  if (copy.kind === 'good' && vhdKind(copy.footer) !== 'fixed') {
    const dataEnd = end.kind === 'checksum' ? end.at : file.size;
    const notes = [recovered('footer', endMessage(end), 'the copy at offset 0')];
    return { footer: copy.footer, bytes: copy.bytes, dataEnd, notes };
  }
  return [noFooter(file, end, copy)];
}

function endMessage(end: FooterRead): string {
  return end.kind === 'checksum'
    ? `The footer at ${end.at} does not match its checksum`
    : 'The file does not end with a footer (it was cut short, or its last growth was)';
}

/** What is wrong with the copy at offset 0 of a dynamic disk whose footer is good. */
function copyNotes(footer: ImageFooter, copy: FooterRead): Issue[] {
  if (copy.kind !== 'good')
    return [recovered('footerCopy', 'The footer copy at offset 0 is damaged', 'the footer')];
  const same =
    copy.footer.currentSize === footer.currentSize &&
    copy.footer.type === footer.type &&
    copy.footer.dataOffset === footer.dataOffset;
  return same ? [] : [recovered('footerCopy', 'The footer and its copy at offset 0 disagree', 'the footer')];
}

function recovered(path: string, message: string, used: string): Issue {
  return {
    path,
    kind: 'recovered',
    message: `${message}; ${used} was used and the disk is read-only.`,
    hint: 'Copy the data out, or keep a copy of the file and repair it (repairVhd).',
  };
}

const SAVED_STATE: Issue = {
  path: 'footer.savedState',
  kind: 'saved-state',
  message: 'The disk belongs to a virtual machine in saved state and is read-only.',
  hint: 'Start that machine and shut it down, or work on a copy of the file.',
};

function noFooter(file: ByteFile, end: FooterRead, copy: FooterRead): Issue {
  const bad = end.kind === 'checksum' ? end : copy.kind === 'checksum' ? copy : undefined;
  if (bad === undefined) {
    return {
      path: 'footer.cookie',
      kind: 'not-vhd',
      message: `There is no VHD footer at the end of the file (${file.size} bytes) nor at its start.`,
      hint: 'Open it as a raw image if it is one; if it was a fixed VHD, its end is missing: copy it again.',
    };
  }
  return {
    path: 'footer.checksum',
    kind: 'damaged',
    message: `The footer at ${bad.at} has checksum 0x${bad.stored.toString(16)}, its bytes give 0x${bad.computed.toString(16)}.`,
    hint: 'No good copy is left in the file. Restore the image from a backup; the file was not changed.',
  };
}

/** Everything that keeps a well-formed footer from being used. */
function footerIssues(footer: ImageFooter, bytes: number): Issue[] {
  if (!footerUnderstood(footer)) {
    const message = `The footer has version 0x${footer.version.toString(16)} and features 0x${footer.features.toString(16)}.`;
    return [
      {
        path: 'footer.version',
        kind: 'unsupported',
        message,
        hint: 'Only VHD 1.x is known: convert the image.',
      },
    ];
  }
  const kind = vhdKind(footer);
  if (kind === undefined) {
    const message = `Disk type ${footer.type} is neither fixed (2) nor dynamic (3).`;
    return [
      { path: 'footer.type', kind: 'unsupported', message, hint: 'Convert the image to a dynamic VHD.' },
    ];
  }
  if (kind === 'differencing') return [DIFFERENCING];
  if (bytes > 0 && bytes <= VHD_MAX_BYTES && bytes % SECTOR_BYTES === 0) return [];
  const message = `The disk size, ${bytes} bytes, is no number of whole sectors up to 2040 GiB.`;
  const hint = 'Restore the image from a backup; the file was not changed.';
  return [{ path: 'footer.currentSize', kind: 'damaged', message, hint }];
}

const DIFFERENCING: Issue = {
  path: 'footer.type',
  kind: 'unsupported',
  message: 'This is a differencing disk: most of its sectors are in a parent file.',
  hint: 'Merge it with its parent where it was made (Merge-VHD, or Convert-VHD to a dynamic disk) and open the result.',
};

function openFixed(file: ByteFile, bytes: number, dataEnd: number, readOnly: boolean): Disk | Issue[] {
  if (bytes <= dataEnd) return new FileExtent(file, bytes / SECTOR_BYTES, readOnly);
  const message = `The disk has ${bytes} bytes, the file only ${dataEnd} before its footer.`;
  return [
    {
      path: 'footer.currentSize',
      kind: 'truncated',
      message,
      hint: 'Data are missing: copy the image again.',
    },
  ];
}

function openDynamic(file: ByteFile, found: Found, bytes: number, readOnly: boolean): Disk | Issue[] {
  const { footer, dataEnd } = found;
  const header = readHeader(file, footer.dataOffset, bytes);
  if (Array.isArray(header)) return header;
  const table = readTable(file, header);
  const issues = tableIssues(footer.dataOffset ?? 0, header, table, dataEnd);
  if (issues.length > 0) return issues;
  const layout = { header, table, footer: found.bytes, footerAt: dataEnd };
  return new DynamicVhd(file, bytes / SECTOR_BYTES, layout, readOnly);
}

/** A disk of either kind with what its footer tells. */
class OpenedVhd implements VhdDisk {
  readonly sectors: number;
  readonly sectorBytes = SECTOR_BYTES;
  readonly readOnly: boolean;
  readonly unmapZeroes = false;
  readonly info: VhdInfo;
  readonly identity: Uint8Array;
  readonly notes: readonly Issue[];
  readonly #inner: Disk;

  constructor(inner: Disk, footer: ImageFooter, notes: readonly Issue[]) {
    this.#inner = inner;
    this.sectors = inner.sectors;
    this.readOnly = inner.readOnly;
    this.notes = notes;
    this.identity = footer.uniqueId;
    this.info = {
      kind: vhdKind(footer) === 'fixed' ? 'fixed' : 'dynamic',
      creator: footer.creator,
      currentSize: footer.currentSize,
      originalSize: footer.originalSize,
      geometry: footer.geometry,
      timestamp: footer.timeStamp,
    };
  }

  read(lba: number, count: number, into: Uint8Array, offset?: number): void {
    this.#inner.read(lba, count, into, offset);
  }

  write(lba: number, count: number, from: Uint8Array, offset?: number): boolean {
    return this.#inner.write(lba, count, from, offset);
  }

  flush(): void {
    this.#inner.flush();
  }

  unmap(lba: number, count: number): void {
    this.#inner.unmap(lba, count);
  }
}
