/**
 * Everything that a file system holds, for a listing or a check: each directory once, with what was found wrong on the way. Two things
 * show only here, where all files are seen: a directory inside itself, and blocks that two files share.
 */
import type { FileEntry, FileSystem } from './file-system.ts';
import { good, type Problem, type Reading, type Result } from './reads.ts';

/** Directories inside each other that are followed. */
export const MAX_TREE_DEPTH = 64;

/** What is wrong with one path. */
export interface PathProblem {
  readonly path: string;
  readonly problem: Problem;
}

/** What a walk over a file system found. */
export interface TreeReport {
  /** Files, directories and links; each directory is followed by what it holds. */
  readonly entries: readonly FileEntry[];
  readonly problems: readonly PathProblem[];
  /** There is more than was asked for. */
  readonly cut: boolean;
}

/** How far a walk goes. */
export interface TreeOptions {
  /** Entries at most; 10 000 when left out. */
  readonly maxEntries?: number;
  /** Look where every file lies: shows files that share blocks, and costs a read or more for each. */
  readonly checkBlocks?: boolean;
}

/** A run of sectors and the file that has it. */
interface Owned {
  readonly first: number;
  readonly end: number;
  readonly path: string;
}

/** Walks a file system from its root. */
export function* readTree(system: FileSystem, options: TreeOptions = {}): Reading<Result<TreeReport>> {
  const root = yield* system.find('/');
  if (!root.ok) return root;
  const walk = new TreeWalk(system, options.maxEntries ?? 10_000);
  yield* walk.directory(root.value, 0);
  if (options.checkBlocks) yield* walk.checkBlocks();
  return good({ entries: walk.entries, problems: walk.problems, cut: walk.cut });
}

class TreeWalk {
  readonly entries: FileEntry[] = [];
  readonly problems: PathProblem[] = [];
  cut = false;
  readonly #system: FileSystem;
  readonly #maxEntries: number;
  /** Directories that were listed, by number. */
  readonly #seen = new Map<number, string>();

  constructor(system: FileSystem, maxEntries: number) {
    this.#system = system;
    this.#maxEntries = maxEntries;
  }

  *directory(directory: FileEntry, depth: number): Reading<void> {
    const before = this.#seen.get(directory.id);
    if (before !== undefined) return this.#say(directory.path, 'loop', `is the directory ${before} again`);
    if (depth > MAX_TREE_DEPTH)
      return this.#say(directory.path, 'too-large', `lies more than ${MAX_TREE_DEPTH} directories deep`);
    this.#seen.set(directory.id, directory.path);
    const list = yield* this.#system.list(directory);
    if (!list.ok) {
      this.problems.push({ path: directory.path, problem: list.problem });
      return;
    }
    for (const entry of list.value) {
      if (this.entries.length >= this.#maxEntries) {
        this.cut = true;
        return;
      }
      this.entries.push(entry);
      if (entry.kind === 'directory') yield* this.directory(entry, depth + 1);
    }
  }

  /** Looks where every file lies and names those that share sectors with another. A file with several names is one file. */
  *checkBlocks(): Reading<void> {
    const owned: Owned[] = [];
    const known = new Set<number>();
    for (const entry of this.entries) {
      if (entry.kind !== 'file' || entry.bytes === 0 || (this.#linksFiles && known.has(entry.id))) continue;
      known.add(entry.id);
      const extents = yield* this.#system.extents(entry);
      if (!extents.ok) this.problems.push({ path: entry.path, problem: extents.problem });
      else
        for (const { lba, sectors } of extents.value)
          owned.push({ first: lba, end: lba + sectors, path: entry.path });
    }
    this.#sharing(owned);
  }

  /** A file of ext may have several names; in FAT two names of one cluster are damage. */
  get #linksFiles(): boolean {
    return this.#system.kind.startsWith('ext');
  }

  #sharing(owned: Owned[]): void {
    owned.sort((a, b) => a.first - b.first);
    let reaching: Owned | undefined;
    for (const run of owned) {
      if (reaching && run.first < reaching.end)
        this.#say(
          run.path,
          'overlap',
          run.path === reaching.path ? 'has a block twice' : `shares blocks with ${reaching.path}`,
        );
      if (reaching === undefined || run.end > reaching.end) reaching = run;
    }
  }

  #say(path: string, kind: Problem['kind'], what: string): void {
    const problem = { kind, message: `${path} ${what}.`, hint: 'Check the volume with fsck.' };
    this.problems.push({ path, problem });
  }
}
