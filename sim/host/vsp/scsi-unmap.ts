/** UNMAP (SBC-3 §5.28): the guest says which sectors it no longer needs. The whole list is checked before anything is given up. */
import { ASC } from '../../wire/scsi.ts';
import { bigEndian } from '../../wire/scsi-cdb.ts';
import { parseUnmapList } from '../../wire/scsi-data.ts';
import { GOOD, illegal, type ScsiBuffer, type ScsiPlan } from './scsi-plan.ts';

/** Descriptors in one list; the block limits page says the same number. */
export const UNMAP_MAX_DESCRIPTORS = 256;
const HEADER_BYTES = 8;

/** Reads the parameter list of `length` bytes for a disk of `sectors` sectors. */
export function planUnmap(length: number, buffer: ScsiBuffer, sectors: number): ScsiPlan {
  if (length === 0) return GOOD;
  if (length < HEADER_BYTES || buffer.direction !== 'out' || length > buffer.length) {
    return illegal(ASC.PARAMETER_LIST_LENGTH_ERROR);
  }
  const list = buffer.bytes(length);
  if (bigEndian(list, 2, 2) > length - HEADER_BYTES) return illegal(ASC.PARAMETER_LIST_LENGTH_ERROR);
  const extents = parseUnmapList(list);
  if (extents.length > UNMAP_MAX_DESCRIPTORS) return illegal(ASC.INVALID_FIELD_IN_PARAMETER_LIST);
  const ranges = extents.filter((e) => e.blocks > 0).map((e) => ({ lba: e.lba, sectors: e.blocks }));
  // Numbers of 64 bits lose low bits when read, but stay far above any disk: the comparison cannot be fooled.
  if (extents.some((e) => e.lba > sectors - e.blocks)) return illegal(ASC.LBA_OUT_OF_RANGE);
  return ranges.length === 0 ? GOOD : { kind: 'unmap', ranges };
}
