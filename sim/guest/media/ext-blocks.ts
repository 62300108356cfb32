/**
 * Which blocks does a file have? Extent trees, and the block maps of ext2 and ext3.
 *
 * A tree is walked once from left to right. No block may be a node twice and the blocks of the file must come in order, so that the
 * walk ends whatever the bytes are; {@link MAX_NODES} keeps it short as well.
 */
import { crc32c } from '../../wire/crc.ts';
import {
  EXT4_EXTENT_MAGIC,
  EXT4_MAX_EXTENT,
  ext4Extent,
  ext4ExtentHeader,
  ext4ExtentIdx,
} from '../../wire/ext4.ts';
import type { ExtGeometry } from './ext-super.ts';
import { fieldsReader } from './fields.ts';
import { bad, damaged, type Failure, good, type Reading, type Result } from './reads.ts';
import type { Volume } from './volume.ts';

/** Nodes of a tree that are read at most: enough for 256 MiB in single blocks of 1 KiB. */
export const MAX_NODES = 8192;
/** Depth of an extent tree, as Linux allows it. */
const MAX_DEPTH = 5;

/** A run of blocks of a file. */
export interface BlockRun {
  /** First block in the file. */
  readonly logical: number;
  /** First block of the volume. */
  readonly physical: number;
  count: number;
}

/** The file whose blocks are wanted. */
export interface BlockOwner {
  /** For messages. */
  readonly name: string;
  /** The 60 bytes of the inode that say where its blocks are. */
  readonly map: Uint8Array;
  /** Blocks that the length of the file takes. */
  readonly blocks: number;
  /** What the checksums of its nodes start with. */
  readonly seed: number;
}

const header = fieldsReader(ext4ExtentHeader, 'eh_magic', 'eh_entries', 'eh_max', 'eh_depth');
const index = fieldsReader(ext4ExtentIdx, 'ei_block', 'ei_leaf_lo', 'ei_leaf_hi');
const extent = fieldsReader(ext4Extent, 'ee_block', 'ee_len', 'ee_start_hi', 'ee_start_lo');
const ENTRY_BYTES = ext4Extent.size;
/** Entries of a block map in the inode that name data. */
const DIRECT = 12;

/** A walk over the tree of one file. */
export class BlockWalk {
  readonly runs: BlockRun[] = [];
  readonly #volume: Volume;
  readonly #geometry: ExtGeometry;
  readonly #owner: BlockOwner;
  readonly #nodes = new Set<number>();
  /** First block of the file that may come next. */
  #next = 0;

  constructor(volume: Volume, geometry: ExtGeometry, owner: BlockOwner) {
    this.#volume = volume;
    this.#geometry = geometry;
    this.#owner = owner;
  }

  /** The runs of a file with extents. Holes and what was never written are left out. */
  *extents(): Reading<Result<readonly BlockRun[]>> {
    const done = yield* this.#node(this.#owner.map, undefined);
    return done.ok ? good(this.runs) : done;
  }

  /** The runs of a file with a block map: 12 blocks, then one, two and three levels of tables. */
  *map(): Reading<Result<readonly BlockRun[]>> {
    const view = viewOf(this.#owner.map);
    for (let i = 0; i < DIRECT && this.#next < this.#owner.blocks; i++) {
      const added = this.#add(this.#next, view.getUint32(i * 4, true), 1);
      if (added !== undefined) return added;
    }
    for (let level = 1; level <= 3 && this.#next < this.#owner.blocks; level++) {
      const done = yield* this.#table(view.getUint32((DIRECT + level - 1) * 4, true), level);
      if (!done.ok) return done;
    }
    return good(this.runs);
  }

  /** Walks a node of an extent tree; `depth` is what its parent promises. */
  *#node(bytes: Uint8Array, depth: number | undefined): Reading<Result<true>> {
    const head = header(bytes);
    const lie = this.#headerLie(head, bytes.length, depth);
    if (lie !== undefined) return lie;
    for (let i = 1; i <= head.eh_entries; i++) {
      const at = i * ENTRY_BYTES;
      if (head.eh_depth === 0) {
        const added = this.#leafEntry(bytes, at);
        if (added !== undefined) return added;
      } else {
        const done = yield* this.#child(bytes, at, head.eh_depth - 1);
        if (!done.ok) return done;
      }
    }
    return good(true);
  }

  #headerLie(
    head: ReturnType<typeof header>,
    length: number,
    depth: number | undefined,
  ): Failure | undefined {
    const { eh_magic, eh_entries, eh_max, eh_depth } = head;
    const who = `The extent tree of ${this.#owner.name}`;
    if (eh_magic !== EXT4_EXTENT_MAGIC) return damaged(`${who} has a node without magic number.`);
    if (eh_max > Math.floor(length / ENTRY_BYTES) - 1 || eh_entries > eh_max)
      return damaged(`${who} has a node with ${eh_entries} of ${eh_max} entries.`);
    if (eh_depth > MAX_DEPTH || (depth !== undefined && eh_depth !== depth))
      return damaged(
        `${who} has a node of depth ${eh_depth} where ${depth ?? `at most ${MAX_DEPTH}`} is right.`,
      );
    return undefined;
  }

  #leafEntry(bytes: Uint8Array, at: number): Failure | undefined {
    const { ee_block, ee_len, ee_start_hi, ee_start_lo } = extent(bytes, at);
    const written = ee_len <= EXT4_MAX_EXTENT;
    const count = written ? ee_len : ee_len - EXT4_MAX_EXTENT;
    const who = `The extent of ${this.#owner.name} from block ${ee_block}`;
    if (count === 0) return damaged(`${who} has no blocks.`);
    if (ee_block < this.#next) return damaged(`${who} comes behind block ${this.#next}.`);
    if (written) return this.#add(ee_block, ee_start_hi * 2 ** 32 + ee_start_lo, count);
    this.#next = ee_block + count;
    return undefined;
  }

  *#child(bytes: Uint8Array, at: number, depth: number): Reading<Result<true>> {
    const { ei_block, ei_leaf_lo, ei_leaf_hi } = index(bytes, at);
    if (ei_block < this.#next && this.#next > 0)
      return damaged(`A node of the extent tree of ${this.#owner.name} starts again at block ${ei_block}.`);
    const node = yield* this.#block(ei_leaf_hi * 2 ** 32 + ei_leaf_lo);
    if (!node.ok) return node;
    if (this.#geometry.checksums === 'crc32c' && !this.#matches(node.value))
      return damaged(`A node of the extent tree of ${this.#owner.name} does not match its checksum.`);
    return yield* this.#node(node.value, depth);
  }

  /** The checksum lies behind the last entry that fits. */
  #matches(node: Uint8Array): boolean {
    const at = (header(node).eh_max + 1) * ENTRY_BYTES;
    return (
      at + 4 <= node.length &&
      crc32c(node.subarray(0, at), this.#owner.seed) === viewOf(node).getUint32(at, true)
    );
  }

  /** Walks a table of a block map; `level` 1 names data. A table that is not there is a hole. */
  *#table(number: number, level: number): Reading<Result<true>> {
    const perTable = this.#geometry.blockBytes / 4;
    if (number === 0) {
      this.#next += perTable ** level;
      return good(true);
    }
    const table = yield* this.#block(number);
    if (!table.ok) return table;
    const view = viewOf(table.value);
    for (let i = 0; i < perTable && this.#next < this.#owner.blocks; i++) {
      const entry = view.getUint32(i * 4, true);
      if (level > 1) {
        const done = yield* this.#table(entry, level - 1);
        if (!done.ok) return done;
      } else {
        const added = this.#add(this.#next, entry, 1);
        if (added !== undefined) return added;
      }
    }
    return good(true);
  }

  /** Bytes of a node or table, which no other place of the tree may name. */
  *#block(number: number): Reading<Result<Uint8Array>> {
    const { blockBytes } = this.#geometry;
    if (this.#nodes.has(number))
      return bad(
        'loop',
        `The block tree of ${this.#owner.name} names block ${number} twice.`,
        'Check the volume with e2fsck.',
      );
    if (this.#nodes.size >= MAX_NODES)
      return bad(
        'too-large',
        `${this.#owner.name} lies in more pieces than are followed here.`,
        'Copy it on a volume with room.',
      );
    const outside = this.#outside(number, 1);
    if (outside !== undefined) return outside;
    this.#nodes.add(number);
    return yield* this.#volume.meta(number * blockBytes, blockBytes);
  }

  #outside(physical: number, count: number): Failure | undefined {
    const { firstBlock, blocks } = this.#geometry;
    if (physical > firstBlock && physical + count <= blocks) return undefined;
    return damaged(
      `${this.#owner.name} is said to lie in blocks ${physical} to ${physical + count - 1}; the volume has ${blocks}.`,
    );
  }

  /** Adds a run; block 0 is a hole. */
  #add(logical: number, physical: number, count: number): Failure | undefined {
    this.#next = logical + count;
    if (physical === 0) return undefined;
    const outside = this.#outside(physical, count);
    if (outside !== undefined) return outside;
    const last = this.runs[this.runs.length - 1];
    if (last && last.logical + last.count === logical && last.physical + last.count === physical)
      last.count += count;
    else this.runs.push({ logical, physical, count });
    return undefined;
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
