/** The block groups of an ext4 volume that is being made: where everything lies, and which blocks and inodes are taken. */
import { EXT4_FIRST_INO, EXT4_MAX_EXTENT, ext4HasSuper } from '../../wire/ext4.ts';
import { imageMistake } from './tree.ts';

/** Bytes of a block. */
export const BLOCK = 4096;
/** Bytes of an inode. */
export const INODE = 256;
/** Bytes of a group descriptor without 64bit. */
export const DESC = 32;
/** Blocks of a group: as many as one block of bitmap has bits. */
export const GROUP_BLOCKS = BLOCK * 8;
/** Disk bytes for each inode, as mke2fs has it. */
const BYTES_PER_INODE = 16_384;
/** A last group with fewer blocks than its tables and these is left out, as mke2fs does. */
const LEAST_DATA = 50;

/** A run of blocks. */
export interface Blocks {
  readonly first: number;
  readonly count: number;
}

/** Where the parts of a group lie. */
export interface GroupPlan {
  readonly first: number;
  readonly blocks: number;
  readonly hasSuper: boolean;
  readonly blockBitmap: number;
  readonly inodeBitmap: number;
  readonly inodeTable: number;
  /** First block that files may have. */
  readonly data: number;
}

export class ExtSpace {
  readonly blocks: number;
  readonly groups: readonly GroupPlan[];
  readonly inodesPerGroup: number;
  readonly tableBlocks: number;
  readonly descBlocks: number;
  /** Directories in each group. */
  readonly directories: number[];
  /** The next inode that is free; the group of an inode follows from its number. */
  #inode = EXT4_FIRST_INO;
  /** The next block that is free. */
  #block: number;

  /**
   * @param blocks blocks that there is room for
   * @param files inodes that will be taken
   */
  constructor(blocks: number, files: number) {
    const count = Math.ceil(blocks / GROUP_BLOCKS);
    const wanted = Math.max(
      GROUP_BLOCKS / (BYTES_PER_INODE / BLOCK),
      Math.ceil((files + EXT4_FIRST_INO) / count),
    );
    this.inodesPerGroup = Math.min(BLOCK * 8, Math.ceil(wanted / 16) * 16);
    this.tableBlocks = (this.inodesPerGroup * INODE) / BLOCK;
    this.descBlocks = Math.ceil((count * DESC) / BLOCK);
    const rest = blocks - (count - 1) * GROUP_BLOCKS;
    const enough = rest >= this.descBlocks + 3 + this.tableBlocks + LEAST_DATA;
    this.blocks = enough ? blocks : (count - 1) * GROUP_BLOCKS;
    if (this.blocks === 0)
      throw imageMistake(
        'size',
        'too-small',
        `${blocks} blocks are too few for ext4.`,
        'Give the partition 16 MiB or more.',
      );
    this.groups = Array.from({ length: Math.ceil(this.blocks / GROUP_BLOCKS) }, (_, i) => this.#group(i));
    this.directories = this.groups.map(() => 0);
    this.#block = this.groups[0].data;
  }

  #group(number: number): GroupPlan {
    const first = number * GROUP_BLOCKS;
    const hasSuper = ext4HasSuper(number);
    const blockBitmap = first + (hasSuper ? 1 + this.descBlocks : 0);
    const inodeTable = blockBitmap + 2;
    return {
      first,
      blocks: Math.min(GROUP_BLOCKS, this.blocks - first),
      hasSuper,
      blockBitmap,
      inodeBitmap: blockBitmap + 1,
      inodeTable,
      data: inodeTable + this.tableBlocks,
    };
  }

  /** Takes the next inode. */
  takeInode(isDirectory: boolean): number {
    const inode = this.#inode++;
    if (inode > this.inodesPerGroup * this.groups.length)
      throw imageMistake(
        'files',
        'too-large',
        'There are more files than inodes.',
        'Make the partition larger.',
      );
    if (isDirectory) this.directories[Math.floor((inode - 1) / this.inodesPerGroup)]++;
    return inode;
  }

  /** Takes blocks for `bytes` bytes, in as few runs as the tables of the groups allow. */
  takeBlocks(bytes: number): Blocks[] {
    const runs: Blocks[] = [];
    for (let left = Math.ceil(bytes / BLOCK); left > 0; ) {
      const group = this.groups[Math.floor(this.#block / GROUP_BLOCKS)];
      if (group === undefined || this.#block >= this.blocks)
        throw imageMistake(
          'files',
          'too-large',
          `The files do not fit into ${this.blocks} blocks.`,
          'Make the partition larger.',
        );
      const first = Math.max(this.#block, group.data);
      const count = Math.min(left, group.first + group.blocks - first, EXT4_MAX_EXTENT);
      runs.push({ first, count });
      this.#block = first + count;
      left -= count;
    }
    return runs;
  }

  /** Inodes taken so far, the reserved ones among them. */
  get inodesTaken(): number {
    return this.#inode - 1;
  }

  /** Blocks of a group that are taken, from its start. Everything is given out in order, so that they lie together. */
  takenIn({ first, blocks, data }: GroupPlan): number {
    return Math.max(data - first, Math.min(blocks, this.#block - first));
  }

  /** Inodes of a group that are taken, from its start. */
  inodesTakenIn(number: number): number {
    return Math.max(0, Math.min(this.inodesPerGroup, this.inodesTaken - number * this.inodesPerGroup));
  }
}
