/** Making a new VHD in an empty file, byte for byte as Windows lays it out. */
import type { Issue } from '../../core/errors.ts';
import {
  buildVhdDynamicHeader,
  buildVhdFooter,
  VHD_DEFAULT_BLOCK_SIZE,
  VHD_DYNAMIC_HEADER_SIZE,
  VHD_FOOTER_SIZE,
  VHD_TYPE,
  vhdGeometry,
  vhdTableSize,
} from '../../wire/vhd.ts';
import type { ByteFile } from './byte-file.ts';
import { SECTOR_BYTES } from './disk.ts';
import { VHD_MAX_BYTES } from './vhd-footer.ts';
import { openVhd, type VhdDisk } from './vhd-open.ts';

export interface CreateVhdOptions {
  /** 16 bytes that no other disk has. Default: derived from size and time stamp, so that a run repeats byte for byte. */
  readonly uniqueId?: Uint8Array;
  /** Seconds since 2000-01-01 00:00 UTC. Default 0. */
  readonly timestamp?: number;
}

/** Makes a fixed VHD of `bytes` in an empty file: the data, all zero, then the footer. */
export function createFixedVhd(
  file: ByteFile,
  bytes: number,
  options: CreateVhdOptions = {},
): VhdDisk | Issue[] {
  const issues = createIssues(file, bytes);
  if (issues.length > 0) return issues;
  const footer = newFooter(bytes, undefined, options);
  return file.write(bytes, footer) ? openVhd(file) : [volumeFull(bytes + VHD_FOOTER_SIZE)];
}

/**
 * Makes a dynamic VHD of `bytes` in an empty file: footer copy, header, an all-absent block table, footer. `blockBytes` is a
 * power of two; 2 MiB is what Windows makes, 512 KiB the other size it knows.
 */
export function createDynamicVhd(
  file: ByteFile,
  bytes: number,
  options: CreateVhdOptions & { readonly blockBytes?: number } = {},
): VhdDisk | Issue[] {
  const blockBytes = options.blockBytes ?? VHD_DEFAULT_BLOCK_SIZE;
  const issues = [...createIssues(file, bytes), ...blockIssues(blockBytes)];
  if (issues.length > 0) return issues;
  const entries = Math.ceil(bytes / blockBytes);
  const tableOffset = VHD_FOOTER_SIZE + VHD_DYNAMIC_HEADER_SIZE;
  const table = new Uint8Array(vhdTableSize(entries)).fill(0xff);
  const footer = newFooter(bytes, VHD_FOOTER_SIZE, options);
  if (!file.write(tableOffset + table.length, footer))
    return [volumeFull(tableOffset + table.length + VHD_FOOTER_SIZE)];
  file.write(tableOffset, table);
  file.write(
    VHD_FOOTER_SIZE,
    buildVhdDynamicHeader({ tableOffset, maxTableEntries: entries, blockSize: blockBytes }),
  );
  file.write(0, footer);
  return openVhd(file);
}

function createIssues(file: ByteFile, bytes: number): Issue[] {
  const issues: Issue[] = [];
  if (file.size !== 0) {
    const message = `The file already has ${file.size} bytes.`;
    issues.push({
      path: 'file',
      kind: 'not-empty',
      message,
      hint: 'Choose a new file; nothing was overwritten.',
    });
  }
  if (!(bytes >= SECTOR_BYTES && bytes <= VHD_MAX_BYTES && bytes % SECTOR_BYTES === 0)) {
    const message = `${bytes} bytes is no size for a VHD.`;
    issues.push({
      path: 'bytes',
      kind: 'range',
      message,
      hint: 'Give a multiple of 512 from 512 bytes to 2040 GiB.',
    });
  }
  return issues;
}

function blockIssues(blockBytes: number): Issue[] {
  const known = blockBytes >= 4096 && blockBytes <= 2 ** 28 && (blockBytes & (blockBytes - 1)) === 0;
  const message = `${blockBytes} bytes is no block size.`;
  return known
    ? []
    : [{ path: 'blockBytes', kind: 'range', message, hint: 'Give 2 MiB or 512 KiB (a power of two).' }];
}

function volumeFull(bytes: number): Issue {
  return {
    path: 'file',
    kind: 'full',
    message: `The volume cannot hold ${bytes} bytes.`,
    hint: 'Make room, or make a dynamic disk.',
  };
}

/** A footer as Windows writes it. `dataOffset` is where the dynamic header will be. */
function newFooter(bytes: number, dataOffset: number | undefined, options: CreateVhdOptions): Uint8Array {
  const timeStamp = options.timestamp ?? 0;
  return buildVhdFooter({
    type: dataOffset === undefined ? VHD_TYPE.FIXED : VHD_TYPE.DYNAMIC,
    currentSize: bytes,
    originalSize: bytes,
    dataOffset,
    timeStamp,
    geometry: vhdGeometry(bytes / SECTOR_BYTES),
    uniqueId: options.uniqueId ?? derivedId(bytes, timeStamp),
    savedState: false,
  });
}

/** An id of the shape of a version 4 UUID that depends on its two arguments alone (FNV-1a). */
function derivedId(bytes: number, timeStamp: number): Uint8Array {
  const id = new Uint8Array(16);
  let hash = 0x811c_9dc5;
  for (let i = 0; i < 16; i++) {
    hash = Math.imul(hash ^ (Math.floor(bytes / 2 ** (i * 3)) & 0xff) ^ (timeStamp >>> i), 0x0100_0193);
    id[i] = hash >>> 24;
  }
  id[6] = (id[6] & 0x0f) | 0x40;
  id[8] = (id[8] & 0x3f) | 0x80;
  return id;
}
