/**
 * Makes an ext4 volume: deterministic, blocks of 4 KiB, files one behind the other, no more features than extents need (no journal, no
 * checksums).
 */
import { joined } from '../../core/bytes.ts';
import { utf8Bytes } from '../../guest/media/utf8.ts';
import {
  EXT4_EXTENT_MAGIC,
  EXT4_FIRST_INO,
  EXT4_FT,
  EXT4_INCOMPAT,
  EXT4_INODE_FLAG,
  EXT4_MODE,
  EXT4_RO_COMPAT,
  EXT4_ROOT_INO,
  EXT4_SUPER_AT,
  EXT4_SUPER_MAGIC,
  ext4DirEntry2,
  ext4Extent,
  ext4ExtentHeader,
  ext4GroupDesc,
  ext4Inode,
  ext4SuperBlock,
} from '../../wire/ext4.ts';
import { hexText } from '../../wire/layout-values.ts';
import { contentOf, type ImageFile, seededBytes, sizeOf } from './content.ts';
import { BLOCK, type Blocks, DESC, ExtSpace, GROUP_BLOCKS, type GroupPlan, INODE } from './ext-space.ts';
import type { MediaTarget } from './target.ts';
import { type Folder, imageMistake, treeOf } from './tree.ts';

/** What may be chosen of a volume. */
export interface ExtOptions {
  /** Up to 16 bytes. */
  readonly label?: string;
  /** Seed of the UUID. */
  readonly seed?: number;
}

/** 26 June 2008, 12:00 UTC, in seconds since 1970: images are the same whenever they are made. */
const TIME = 1_214_481_600;
/** Extents that an inode holds itself. */
const EXTENTS_IN_INODE = 4;

/**
 * Writes an ext4 volume with `files` to all of `target`.
 * @throws UserError when a name is none, when the files do not fit or when the volume is too small.
 */
export function makeExt4(target: MediaTarget, files: readonly ImageFile[], options: ExtOptions = {}): void {
  const root = treeOf(files, wrongName, (name) => name);
  if (!root.folders.some(({ name }) => name === 'lost+found'))
    root.folders.unshift({ name: 'lost+found', folders: [], files: [] });
  new ExtMaker(target, root, options).make();
}

function wrongName(name: string): string {
  if (name === '.' || name === '..') return `${name} is no name.`;
  if (name.includes('\0')) return 'A name has a zero in it.';
  return utf8Bytes(name).length > 255 ? `${name.slice(0, 20)}… is longer than 255 bytes.` : '';
}

const inodesOf = ({ folders, files }: Folder): number =>
  folders.reduce((sum, folder) => sum + inodesOf(folder), files.length + folders.length);

/** A name in a directory that is being made. */
interface Name {
  readonly name: string;
  readonly inode: number;
  readonly type: number;
}

class ExtMaker {
  readonly #target: MediaTarget;
  readonly #root: Folder;
  readonly #options: ExtOptions;
  readonly #space: ExtSpace;

  constructor(target: MediaTarget, root: Folder, options: ExtOptions) {
    this.#target = target;
    this.#root = root;
    this.#options = options;
    this.#space = new ExtSpace(Math.floor((target.sectors * 512) / BLOCK), inodesOf(root));
  }

  make(): void {
    this.#space.directories[0]++;
    this.#folder(this.#root, EXT4_ROOT_INO, EXT4_ROOT_INO);
    for (const [number, group] of this.#space.groups.entries()) this.#bitmaps(number, group);
    const descriptors = joined(this.#space.groups.map((group, number) => this.#descriptor(number, group)));
    for (const [number, group] of this.#space.groups.entries()) {
      if (!group.hasSuper) continue;
      this.#target.put(number === 0 ? EXT4_SUPER_AT : group.first * BLOCK, this.#superBlock(number));
      this.#target.put((group.first + 1) * BLOCK, descriptors);
    }
  }

  /** Makes a directory and all below it. Its inode is taken already. */
  #folder(folder: Folder, inode: number, parent: number): void {
    const folders = folder.folders.map((child) => ({ child, inode: this.#space.takeInode(true) }));
    const names: Name[] = [
      { name: '.', inode, type: EXT4_FT.DIRECTORY },
      { name: '..', inode: parent, type: EXT4_FT.DIRECTORY },
      ...folders.map(({ child, inode: own }) => ({ name: child.name, inode: own, type: EXT4_FT.DIRECTORY })),
      ...folder.files.map(({ name }) => ({ name, inode: this.#space.takeInode(false), type: EXT4_FT.FILE })),
    ];
    const bytes = directoryBlocks(names);
    const runs = this.#write(bytes);
    this.#inode(inode, EXT4_MODE.DIRECTORY | 0o755, bytes.length, 2 + folders.length, runs);
    for (const { child, inode: own } of folders) this.#folder(child, own, inode);
    for (const [i, { file }] of folder.files.entries()) this.#file(file, names[2 + folders.length + i].inode);
  }

  #file(file: ImageFile, inode: number): void {
    const runs = this.#write(contentOf(file));
    if (runs.length > EXTENTS_IN_INODE)
      throw imageMistake(
        file.path,
        'too-large',
        'The file spans more than four block groups.',
        'Files up to 384 MiB can be made.',
      );
    this.#inode(inode, EXT4_MODE.FILE | 0o644, sizeOf(file), 1, runs);
  }

  #write(bytes: Uint8Array): Blocks[] {
    const runs = this.#space.takeBlocks(bytes.length);
    let done = 0;
    for (const { first, count } of runs) {
      this.#target.put(first * BLOCK, bytes.subarray(done, done + count * BLOCK));
      done += count * BLOCK;
    }
    return runs;
  }

  /** Inodes share sectors in pairs: what is there of the pair is kept. */
  readonly #pairs = new Map<number, Uint8Array>();

  #inode(number: number, mode: number, size: number, links: number, runs: readonly Blocks[]): void {
    const { inodesPerGroup, groups } = this.#space;
    const { inodeTable } = groups[Math.floor((number - 1) / inodesPerGroup)];
    const at = inodeTable * BLOCK + ((number - 1) % inodesPerGroup) * INODE;
    const sector = at - (at % 512);
    const pair = this.#pairs.get(sector) ?? new Uint8Array(512);
    pair.set(inodeBytes(mode, size, links, runs), at - sector);
    this.#pairs.set(sector, pair);
    this.#target.put(sector, pair);
  }

  #bitmaps(number: number, group: GroupPlan): void {
    const { inodesPerGroup } = this.#space;
    this.#target.put(group.blockBitmap * BLOCK, bitmap(this.#space.takenIn(group), group.blocks));
    this.#target.put(group.inodeBitmap * BLOCK, bitmap(this.#space.inodesTakenIn(number), inodesPerGroup));
  }

  #descriptor(number: number, group: GroupPlan): Uint8Array {
    const space = this.#space;
    return ext4GroupDesc
      .encode({
        bg_block_bitmap_lo: group.blockBitmap,
        bg_inode_bitmap_lo: group.inodeBitmap,
        bg_inode_table_lo: group.inodeTable,
        bg_free_blocks_count_lo: group.blocks - space.takenIn(group),
        bg_free_inodes_count_lo: space.inodesPerGroup - space.inodesTakenIn(number),
        bg_used_dirs_count_lo: space.directories[number],
      })
      .subarray(0, DESC);
  }

  #superBlock(group: number): Uint8Array {
    const space = this.#space;
    const inodes = space.inodesPerGroup * space.groups.length;
    const taken = space.groups.reduce((sum, plan) => sum + space.takenIn(plan), 0);
    const uuid = seededBytes(16, this.#options.seed ?? 1).slice();
    uuid[6] = (uuid[6] & 0x0f) | 0x40;
    uuid[8] = (uuid[8] & 0x3f) | 0x80;
    return ext4SuperBlock.encode({
      ...CONSTANT_SUPER,
      s_inodes_count: inodes,
      s_blocks_count_lo: space.blocks,
      s_free_blocks_count_lo: space.blocks - taken,
      s_free_inodes_count: inodes - space.inodesTaken,
      s_inodes_per_group: space.inodesPerGroup,
      s_block_group_nr: group,
      s_uuid: `hex:${hexText(uuid)}`,
      s_volume_name: `hex:${hexText(utf8Bytes(this.#options.label ?? '').subarray(0, 16))}`,
    });
  }
}

/** What every volume made here has in common. */
const CONSTANT_SUPER = {
  s_log_block_size: 2,
  s_log_cluster_size: 2,
  s_blocks_per_group: GROUP_BLOCKS,
  s_clusters_per_group: GROUP_BLOCKS,
  s_wtime: TIME,
  s_max_mnt_count: 0xffff,
  s_magic: EXT4_SUPER_MAGIC,
  s_state: 1,
  s_errors: 1,
  s_lastcheck: TIME,
  s_rev_level: 1,
  s_first_ino: EXT4_FIRST_INO,
  s_inode_size: INODE,
  s_feature_incompat: EXT4_INCOMPAT.filetype | EXT4_INCOMPAT.extent,
  s_feature_ro_compat: EXT4_RO_COMPAT.SPARSE_SUPER | EXT4_RO_COMPAT.LARGE_FILE | EXT4_RO_COMPAT.EXTRA_ISIZE,
  s_def_hash_version: 1,
  s_mkfs_time: TIME,
  s_min_extra_isize: 32,
  s_want_extra_isize: 32,
} as const;

/** A bitmap of a block: the first `taken` bits, and those behind `count`, which name nothing. */
function bitmap(taken: number, count: number): Uint8Array {
  const bits = new Uint8Array(BLOCK);
  for (let i = 0; i < BLOCK * 8; i++) if (i < taken || i >= count) bits[i >> 3] |= 1 << (i & 7);
  return bits;
}

function inodeBytes(mode: number, size: number, links: number, runs: readonly Blocks[]): Uint8Array {
  const blocks = runs.reduce((sum, { count }) => sum + count, 0);
  return ext4Inode.encode(
    {
      i_mode: mode,
      i_size_lo: size % 2 ** 32,
      i_size_high: Math.floor(size / 2 ** 32),
      i_atime: TIME,
      i_ctime: TIME,
      i_mtime: TIME,
      i_links_count: links,
      i_blocks_lo: blocks * (BLOCK / 512),
      i_flags: EXT4_INODE_FLAG.EXTENTS,
      i_block: `hex:${hexText(extentTree(runs))}`,
      i_extra_isize: 32,
      i_crtime: TIME,
    },
    { length: INODE },
  );
}

function extentTree(runs: readonly Blocks[]): Uint8Array {
  const head = ext4ExtentHeader.encode({
    eh_magic: EXT4_EXTENT_MAGIC,
    eh_entries: runs.length,
    eh_max: EXTENTS_IN_INODE,
  });
  let block = 0;
  const extents = runs.map(({ first, count }) => {
    const extent = ext4Extent.encode({ ee_block: block, ee_len: count, ee_start_lo: first });
    block += count;
    return extent;
  });
  return joined([head, ...extents]);
}

/** Entries in blocks: none leaves its block, and the last one of a block reaches to its end. */
function directoryBlocks(names: readonly Name[]): Uint8Array {
  const blocks: Name[][] = [[]];
  let used = 0;
  for (const name of names) {
    const length = entryLength(name);
    if (used + length > BLOCK) {
      blocks.push([]);
      used = 0;
    }
    blocks[blocks.length - 1].push(name);
    used += length;
  }
  return joined(blocks.map(directoryBlock));
}

const entryLength = ({ name }: Name): number =>
  Math.ceil((ext4DirEntry2.size + utf8Bytes(name).length) / 4) * 4;

function directoryBlock(names: readonly Name[]): Uint8Array {
  const block = new Uint8Array(BLOCK);
  let at = 0;
  for (const [i, name] of names.entries()) {
    const text = utf8Bytes(name.name);
    const length = i === names.length - 1 ? BLOCK - at : entryLength(name);
    block.set(
      ext4DirEntry2.encode({
        inode: name.inode,
        rec_len: length,
        name_len: text.length,
        file_type: name.type,
      }),
      at,
    );
    block.set(text, at + ext4DirEntry2.size);
    at += length;
  }
  return block;
}
