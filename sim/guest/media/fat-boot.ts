/** The boot sector of a FAT volume: where its tables and clusters lie, once everything that it says has been checked. */
import { FAT16_MIN_CLUSTERS, FAT32_MIN_CLUSTERS, fat16BootSector, fat32BootSector } from '../../wire/fat.ts';
import { BOOT_SIGNATURE } from '../../wire/mbr.ts';
import { fieldsReader, latin1 } from './fields.ts';
import { damaged, good, type Problem, type Result } from './reads.ts';

/** Where everything lies; bytes count from the start of the volume. */
export interface FatGeometry {
  readonly kind: 'fat12' | 'fat16' | 'fat32';
  readonly clusterBytes: number;
  /** Clusters 2 to `clusters` + 1 exist. */
  readonly clusters: number;
  /** First byte of the FAT that is used. */
  readonly fatAt: number;
  readonly fatBytes: number;
  /** First byte of cluster 2. */
  readonly dataAt: number;
  /** FAT32: first cluster of the root directory. */
  readonly rootCluster: number;
  /** FAT12 and FAT16: first byte and length of the root directory. */
  readonly rootAt: number;
  readonly rootBytes: number;
  readonly label: string;
  readonly serial: string;
  readonly notes: readonly Problem[];
}

const common = fieldsReader(
  fat32BootSector,
  'BPB_BytsPerSec',
  'BPB_SecPerClus',
  'BPB_RsvdSecCnt',
  'BPB_NumFATs',
  'BPB_RootEntCnt',
  'BPB_TotSec16',
  'BPB_TotSec32',
  'BPB_FATSz16',
  'BPB_FATSz32',
  'BPB_ExtFlags',
  'BPB_FSVer',
  'BPB_RootClus',
  'BS_Signature',
);
const small = fieldsReader(fat16BootSector, 'BS_VolID');
const large = fieldsReader(fat32BootSector, 'BS_VolID');

type Fields = ReturnType<typeof common>;

const isPower = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

/** What a boot sector says, checked against a volume of `volumeBytes`. */
export function readFatBoot(sector: Uint8Array, volumeBytes: number): Result<FatGeometry> {
  const fields = common(sector);
  const lie = absurdity(fields);
  if (lie !== undefined) return damaged(`The boot sector of the FAT volume ${lie}.`);
  const sizes = sizesOf(fields);
  if (sizes.total * fields.BPB_BytsPerSec > volumeBytes)
    return damaged(`The FAT volume says it has ${sizes.total} sectors; its partition holds fewer.`);
  if (sizes.dataStart >= sizes.total || sizes.clusters < 1)
    return damaged(`The tables of the FAT volume take all of its ${sizes.total} sectors.`);
  return geometryOf(sector, fields, sizes);
}

/** What a boot sector says that no FAT volume can be like. */
function absurdity(fields: Fields): string | undefined {
  const { BPB_BytsPerSec: sector, BPB_SecPerClus: cluster, BPB_RsvdSecCnt, BPB_NumFATs } = fields;
  if (fields.BS_Signature !== BOOT_SIGNATURE) return 'lacks its signature';
  if (!isPower(sector) || sector < 512 || sector > 4096) return `has sectors of ${sector} bytes`;
  if (!isPower(cluster)) return `has clusters of ${cluster} sectors`;
  if (BPB_RsvdSecCnt === 0) return 'has no reserved sectors, so that it would lie in its own FAT';
  if (BPB_NumFATs === 0) return 'has no FAT';
  if (fields.BPB_TotSec16 === 0 && fields.BPB_TotSec32 === 0) return 'has no sectors';
  if (fields.BPB_FATSz16 === 0 && fields.BPB_FATSz32 === 0) return 'has FATs of no sectors';
  if (fields.BPB_FATSz16 === 0 && fields.BPB_FSVer !== 0) return `has version ${fields.BPB_FSVer}`;
  return undefined;
}

/** Sector counts of the parts of a volume. */
interface Sizes {
  readonly total: number;
  readonly fat: number;
  readonly rootStart: number;
  readonly dataStart: number;
  readonly clusters: number;
}

function sizesOf(fields: Fields): Sizes {
  const total = fields.BPB_TotSec16 || fields.BPB_TotSec32;
  const fat = fields.BPB_FATSz16 || fields.BPB_FATSz32;
  const rootStart = fields.BPB_RsvdSecCnt + fields.BPB_NumFATs * fat;
  const dataStart = rootStart + Math.ceil((fields.BPB_RootEntCnt * 32) / fields.BPB_BytsPerSec);
  const clusters = Math.floor((total - dataStart) / fields.BPB_SecPerClus);
  return { total, fat, rootStart, dataStart, clusters };
}

/** Like Linux: a volume without a 16-bit FAT size is FAT32 even when it has too few clusters for one. */
const kindOf = (fields: Fields, clusters: number): FatGeometry['kind'] =>
  fields.BPB_FATSz16 === 0 ? 'fat32' : clusters < FAT16_MIN_CLUSTERS ? 'fat12' : 'fat16';

/** Bits of a FAT entry. */
const ENTRY_BITS = { fat12: 12, fat16: 16, fat32: 32 } as const;

function geometryOf(sector: Uint8Array, fields: Fields, sizes: Sizes): Result<FatGeometry> {
  const sectorBytes = fields.BPB_BytsPerSec;
  const kind = kindOf(fields, sizes.clusters);
  const fatBytes = sizes.fat * sectorBytes;
  const needed = Math.ceil(((sizes.clusters + 2) * ENTRY_BITS[kind]) / 8);
  if (needed > fatBytes)
    return damaged(`The FAT has ${fatBytes} bytes; ${sizes.clusters} clusters need ${needed}.`);
  const root = fields.BPB_RootClus;
  if (kind === 'fat32' && (root < 2 || root > sizes.clusters + 1))
    return damaged(`The root directory is said to start at cluster ${root} of ${sizes.clusters}.`);
  const labelled = kind === 'fat32' ? fat32BootSector : fat16BootSector;
  const { BS_VolLab: labelAt } = labelled.offsets;
  const serial = (kind === 'fat32' ? large : small)(sector).BS_VolID;
  return good({
    kind,
    clusterBytes: fields.BPB_SecPerClus * sectorBytes,
    clusters: sizes.clusters,
    fatAt: (fields.BPB_RsvdSecCnt + usedFat(kind, fields) * sizes.fat) * sectorBytes,
    fatBytes,
    dataAt: sizes.dataStart * sectorBytes,
    rootCluster: kind === 'fat32' ? root : 0,
    rootAt: sizes.rootStart * sectorBytes,
    rootBytes: kind === 'fat32' ? 0 : fields.BPB_RootEntCnt * 32,
    label: latin1(sector.subarray(labelAt, labelAt + 11)).trimEnd(),
    serial: serial
      .toString(16)
      .toUpperCase()
      .padStart(8, '0')
      .replace(/^(.{4})/, '$1-'),
    notes: kind === 'fat32' && sizes.clusters < FAT32_MIN_CLUSTERS ? [tooFew(sizes.clusters)] : [],
  });
}

/** Which FAT counts: the first, unless mirroring is off and the boot sector names another that exists. */
function usedFat(kind: FatGeometry['kind'], { BPB_ExtFlags: flags, BPB_NumFATs: count }: Fields): number {
  const active = flags & 0x0f;
  return kind === 'fat32' && (flags & 0x80) !== 0 && active < count ? active : 0;
}

const tooFew = (clusters: number): Problem => ({
  kind: 'recovered',
  message: `The volume has ${clusters} clusters, too few for FAT32; it is read as FAT32 as Linux does.`,
  hint: `Windows takes it for ${clusters < FAT16_MIN_CLUSTERS ? 'FAT12' : 'FAT16'}. Format it larger, or with smaller clusters.`,
});
