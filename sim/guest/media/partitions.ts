/** Partitions as every table names them, and what is checked of each whatever the table. */
import { type Problem, RESTORE } from './reads.ts';

/** One partition of a disk. */
export interface Partition {
  /** Number by which Linux calls it (sda1 …): place in the table from 1, logical ones from 5; 0 for a disk without table. */
  readonly index: number;
  /** What sort of entry names it. An extended partition only holds logical ones. */
  readonly kind: 'primary' | 'extended' | 'logical' | 'gpt' | 'whole';
  readonly firstLba: number;
  readonly sectors: number;
  /** MBR: the OS type as '0x0c'; GPT: the type GUID; '' for a disk without table. */
  readonly type: string;
  /** What the type is for, '' when it is not known here. */
  readonly typeName: string;
  /** GPT: the partition's name. */
  readonly name: string;
  /** GPT: the partition's own GUID; MBR: disk signature and number, as Linux' PARTUUID. */
  readonly id: string;
  /** MBR: marked as the one that the boot code starts; GPT: may be started by a legacy BIOS. */
  readonly active: boolean;
  /** Why nothing is read from it. Its entry contradicts the disk or another entry. */
  readonly problem?: Problem;
}

/** What a disk's table says. */
export interface PartitionTable {
  readonly kind: 'mbr' | 'gpt' | 'none';
  /** GPT: the disk GUID; MBR: the disk signature, 8 hexadecimal digits; '' without a table. */
  readonly diskId: string;
  readonly partitions: readonly Partition[];
  /** What was found wrong and survived. */
  readonly notes: readonly Problem[];
}

/** All of a disk as one partition: for a disk that has no table. */
export const wholeDisk = (totalSectors: number): Partition => ({
  index: 0,
  kind: 'whole',
  firstLba: 0,
  sectors: totalSectors,
  type: '',
  typeName: '',
  name: '',
  id: '',
  active: false,
});

/** Puts a problem on every partition that is empty, leaves the disk or overlaps another. */
export function checkPartitions(partitions: readonly Partition[], totalSectors: number): Partition[] {
  const own = partitions.map((partition) => withProblem(partition, ownProblem(partition, totalSectors)));
  const overlapping = overlaps(own.filter(({ kind, problem }) => kind !== 'extended' && !problem));
  return own.map((partition) => withProblem(partition, overlapping.get(partition)));
}

const withProblem = (partition: Partition, problem: Problem | undefined): Partition =>
  problem === undefined || partition.problem ? partition : { ...partition, problem };

function ownProblem({ index, firstLba, sectors }: Partition, totalSectors: number): Problem | undefined {
  const name = `Partition ${index}`;
  if (sectors <= 0) return { kind: 'empty', message: `${name} has no sectors.`, hint: RESTORE };
  if (firstLba === 0)
    return { kind: 'overlap', message: `${name} starts where the table itself is.`, hint: RESTORE };
  if (firstLba + sectors <= totalSectors) return undefined;
  return {
    kind: 'beyond-disk',
    message: `${name} ends at sector ${firstLba + sectors}, the disk at ${totalSectors}.`,
    hint: 'The image was cut short, or the table belongs to a larger disk: copy the image again.',
  };
}

/** The partitions that share sectors with another, each with what is wrong. */
function overlaps(partitions: readonly Partition[]): Map<Partition, Problem> {
  const found = new Map<Partition, Problem>();
  const sorted = [...partitions].sort((a, b) => a.firstLba - b.firstLba);
  let reaching = sorted[0];
  for (const partition of sorted.slice(1)) {
    if (partition.firstLba < reaching.firstLba + reaching.sectors) {
      found.set(partition, overlap(partition, reaching));
      found.set(reaching, overlap(reaching, partition));
    }
    if (partition.firstLba + partition.sectors > reaching.firstLba + reaching.sectors) reaching = partition;
  }
  return found;
}

const overlap = (one: Partition, other: Partition): Problem => ({
  kind: 'overlap',
  message: `Partition ${one.index} shares sectors with partition ${other.index}.`,
  hint: `Only one of the two can be right. ${RESTORE}`,
});
