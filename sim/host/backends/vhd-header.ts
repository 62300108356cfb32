/**
 * The metadata of a dynamic disk: the header behind the footer copy and the block allocation table (BAT), read and checked before
 * anything is believed. The layout is declared in `wire/vhd.ts`.
 *
 * Source: Microsoft, "Virtual Hard Disk Image Format Specification" 1.0, sections "Dynamic Disk Header Format" and "Block
 * Allocation Table and Data Blocks". The parent fields belong to differencing disks and stay zero here.
 */
import type { Issue } from '../../core/errors.ts';
import {
  parseVhdDynamicHeader,
  VHD_DYNAMIC_HEADER_SIZE,
  VHD_FOOTER_SIZE,
  VHD_UNUSED_BLOCK,
  type VhdDynamicHeader,
  vhdBitmapSize,
} from '../../wire/vhd.ts';
import type { ByteFile } from './byte-file.ts';

/** No known tool makes larger blocks; a larger number is damage. */
const MAX_BLOCK_BYTES = 256 * 2 ** 20;
/** Offset of the header's own version, 1.0. A reader must refuse another major. */
const VERSION_AT = 24;

/** Reads and checks the header at `at` for a disk of `diskBytes`. */
export function readHeader(
  file: ByteFile,
  at: number | undefined,
  diskBytes: number,
): VhdDynamicHeader | Issue[] {
  if (at === undefined || at + VHD_DYNAMIC_HEADER_SIZE > file.size) {
    const place = at === undefined ? 'nowhere' : `at ${at}`;
    return [
      damaged(
        'footer.dataOffset',
        `The footer puts the dynamic header ${place}, the file has ${file.size} bytes.`,
      ),
    ];
  }
  const bytes = Uint8Array.from(file.read(at, VHD_DYNAMIC_HEADER_SIZE));
  const header = parseVhdDynamicHeader(bytes);
  if (header === undefined) {
    const cookie = String.fromCharCode(...bytes.subarray(0, 8)) === 'cxsparse';
    return [
      cookie
        ? damaged('header.checksum', 'The dynamic header does not match its checksum.')
        : damaged('header.cookie', `There is no dynamic header at offset ${at}.`),
    ];
  }
  const version = new DataView(bytes.buffer).getUint32(VERSION_AT);
  const issues = headerIssues(header, version, diskBytes, file.size);
  return issues.length > 0 ? issues : header;
}

/** Everything wrong with the numbers of a header. Nothing is allocated before they hold. */
function headerIssues(
  header: VhdDynamicHeader,
  version: number,
  diskBytes: number,
  fileBytes: number,
): Issue[] {
  const { tableOffset, maxTableEntries: entries, blockSize } = header;
  const issues: Issue[] = [];
  if (version >>> 16 !== 1) {
    issues.push(
      damaged('header.version', `The header has version 0x${version.toString(16)}; only 1.x is known.`),
    );
  }
  if (blockSize < 512 || blockSize > MAX_BLOCK_BYTES || (blockSize & (blockSize - 1)) !== 0) {
    issues.push(
      damaged(
        'header.blockSize',
        `The block size ${blockSize} is no power of two from 512 bytes to 256 MiB.`,
      ),
    );
  } else if (entries * blockSize < diskBytes) {
    issues.push(
      damaged(
        'header.maxTableEntries',
        `${entries} blocks of ${blockSize} bytes cannot hold ${diskBytes} bytes.`,
      ),
    );
  }
  if (tableOffset + 4 * entries > fileBytes) {
    issues.push(
      damaged(
        'header.tableOffset',
        `The block table of ${entries} entries at ${tableOffset} ends outside the file.`,
      ),
    );
  }
  return issues;
}

/** Reads the BAT into host byte order. {@link readHeader} has checked that it lies in the file. */
export function readTable(file: ByteFile, header: VhdDynamicHeader): Uint32Array {
  const bytes = file.read(header.tableOffset, header.maxTableEntries * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table = new Uint32Array(header.maxTableEntries);
  for (let i = 0; i < table.length; i++) table[i] = view.getUint32(i * 4);
  return table;
}

/** A named part of the file, `[start, end)` in bytes. */
interface Region {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Where the metadata lies: the footer copy, the header, the BAT. `limit` is where data must end. */
function metadataRegions(headerAt: number, header: VhdDynamicHeader): Region[] {
  return [
    { name: 'the footer copy', start: 0, end: VHD_FOOTER_SIZE },
    { name: 'the dynamic header', start: headerAt, end: headerAt + VHD_DYNAMIC_HEADER_SIZE },
    {
      name: 'the block table',
      start: header.tableOffset,
      end: header.tableOffset + header.maxTableEntries * 4,
    },
  ];
}

/** At most this many blocks are reported one by one. */
const REPORTED = 8;

/**
 * Checks that every block that the BAT names lies between the metadata and `limit` and that nothing overlaps. A block
 * that two entries share, or that covers the table, would let one write destroy another sector.
 */
export function tableIssues(
  headerAt: number,
  header: VhdDynamicHeader,
  table: Uint32Array,
  limit: number,
): Issue[] {
  const issues: Issue[] = [];
  const regions = metadataRegions(headerAt, header).sort((a, b) => a.start - b.start);
  regions.forEach(({ name, start, end }, i) => {
    const before = regions[i - 1];
    if (end > limit)
      issues.push(damaged('header.tableOffset', `The file's data end at ${limit}, inside ${name}.`));
    if (before !== undefined && start < before.end) {
      issues.push(
        damaged('header.tableOffset', `Two parts of the file overlap: ${before.name} and ${name}.`),
      );
    }
  });
  const blocks = presentBlocks(table);
  const length = vhdBitmapSize(header.blockSize) + header.blockSize;
  let previous = -1;
  for (const block of blocks) {
    const start = table[block] * 512;
    const under = regions.find((r) => start < r.end && start + length > r.start);
    const path = `bat[${block}]`;
    if (start + length > limit)
      issues.push(
        damaged(path, `The block at ${start} ends at ${start + length}, the file's data at ${limit}.`),
      );
    else if (under !== undefined) issues.push(damaged(path, `The block at ${start} overlaps ${under.name}.`));
    else if (previous >= 0 && start < table[previous] * 512 + length) {
      issues.push(damaged(path, `The block at ${start} overlaps that of bat[${previous}].`));
    }
    previous = block;
  }
  return issues.length <= REPORTED ? issues : [...issues.slice(0, REPORTED), more(issues.length - REPORTED)];
}

/** Indices of allocated blocks in order of their place in the file. */
function presentBlocks(table: Uint32Array): Uint32Array {
  const present: number[] = [];
  for (let i = 0; i < table.length; i++) if (table[i] !== VHD_UNUSED_BLOCK) present.push(i);
  return Uint32Array.from(present).sort((a, b) => table[a] - table[b] || a - b);
}

function damaged(path: string, message: string): Issue {
  return {
    path,
    kind: 'damaged',
    message,
    hint: 'Restore the image from a backup or copy it again; the file was not changed.',
  };
}

function more(count: number): Issue {
  return damaged('bat', `${count} more blocks are wrong.`);
}
