/** Partition tables and file systems of a real disk image, as a boot loader reads them: sans I/O, bounded, never writing. */
export type { FileEntry, FileExtent, FileSystem, ReadOptions } from './file-system.ts';
export { openFileSystem } from './open.ts';
export type { Partition, PartitionTable } from './partitions.ts';
export { wholeDisk } from './partitions.ts';
export type { BlockRead, Failure, Problem, ProblemKind, Reading, Result } from './reads.ts';
export { MAX_READ_SECTORS, readSectors, runReading } from './reads.ts';
export { openPartitions, openPartitionTable } from './table.ts';
export type { PathProblem, TreeOptions, TreeReport } from './tree.ts';
export { readTree } from './tree.ts';
