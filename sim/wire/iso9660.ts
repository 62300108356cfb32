/**
 * ISO 9660: the descriptors at sector 16 and the records of directories. Numbers stand there twice, little-endian and big-endian.
 *
 * Source: ECMA-119 (4th edition) §8.4 Primary Volume Descriptor, §9.1 directory record; ECMA-119 §8.5 is the supplementary one. Field
 * names are ECMA's own, shortened.
 */

/** Bytes of a logical sector. */
export const ISO_SECTOR_BYTES = 2048;
/** The first descriptor: sixteen sectors before it belong to the system. */
export const ISO_DESCRIPTORS = 16;
/** Types of descriptors, byte 0 of each. */
export const ISO_DESCRIPTOR = { BOOT: 0, PRIMARY: 1, SUPPLEMENTARY: 2, TERMINATOR: 255 } as const;
/** Bytes 1 to 5 of every descriptor. */
export const ISO_ID = 'CD001';

/** Offsets in the primary volume descriptor. */
export const ISO_PVD = {
  SYSTEM_ID: 8,
  VOLUME_ID: 40,
  VOLUME_SPACE_SIZE: 80,
  VOLUME_SET_SIZE: 120,
  VOLUME_SEQUENCE_NUMBER: 124,
  LOGICAL_BLOCK_SIZE: 128,
  PATH_TABLE_SIZE: 132,
  L_PATH_TABLE: 140,
  M_PATH_TABLE: 148,
  ROOT_RECORD: 156,
  VOLUME_SET_ID: 190,
  FILE_STRUCTURE_VERSION: 881,
} as const;

/** Offsets in a directory record, whose name follows at `NAME`. */
export const ISO_RECORD = {
  LENGTH: 0,
  EXTENDED: 1,
  EXTENT: 2,
  DATA_LENGTH: 10,
  DATE: 18,
  FLAGS: 25,
  SEQUENCE: 28,
  NAME_LENGTH: 32,
  NAME: 33,
} as const;
/** Flags of a record. A file of several extents has all records but the last marked. */
export const ISO_FLAG = { DIRECTORY: 0x02, MULTI_EXTENT: 0x80 } as const;

/** Writes a number of 16 or 32 bits in both orders. */
export function putBoth(view: DataView, at: number, value: number, bytes: 2 | 4): void {
  if (bytes === 2) {
    view.setUint16(at, value, true);
    view.setUint16(at + 2, value, false);
    return;
  }
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value, false);
}
