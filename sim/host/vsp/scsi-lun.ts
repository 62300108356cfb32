/**
 * Logical units that are not there, and the list of those that are.
 *
 * Two answers look wrong and are not: INQUIRY to an absent unit succeeds with peripheral type 7Fh, and REPORT LUNS to an absent
 * target succeeds with an empty list. Linux overrides the SRB status of INQUIRY to success, so an error makes it a ghost disk; and an
 * INVALID_LUN status for REPORT LUNS on another path made Linux remove disk 0:0:0. (Recordings of Linux 6.1; OpenVMM's storvsp
 * answers the same.)
 */
import { ASC, SCSI_OP, SCSI_TYPE, SENSE_KEY } from '../../wire/scsi.ts';
import { cdbLength, parseCdb } from '../../wire/scsi-cdb.ts';
import { buildAbsentInquiry, buildReportLuns, buildSense } from '../../wire/scsi-data.ts';
import { good, illegal, type ScsiBuffer, type ScsiDone } from './scsi-plan.ts';

/** The shortest allocation length that REPORT LUNS allows (SPC-4 §6.33). */
const REPORT_LUNS_MIN = 16;

/** REPORT LUNS of a target with these LUNs. `cdb[2]` selects: 0 and 2 all units, 1 only well-known ones, of which there are none. */
export function reportLuns(cdb: Uint8Array, buffer: ScsiBuffer, luns: readonly number[]): ScsiDone {
  const command = parseCdb(cdb);
  const select = cdb[2];
  if (command.kind !== 'report-luns' || select > 2 || command.allocation < REPORT_LUNS_MIN) {
    return illegal(ASC.INVALID_FIELD_IN_CDB);
  }
  return good(buildReportLuns(select === 1 ? [] : luns), command.allocation, buffer);
}

/**
 * The answer of a logical unit that does not exist. `luns` are those that its target does have. `no-lun` means that the transport
 * answers by its own status (storvsp: SRB status INVALID_LUN).
 */
export function absentLun(
  cdb: Uint8Array,
  buffer: ScsiBuffer,
  luns: readonly number[] = [],
): ScsiDone | { readonly kind: 'no-lun' } {
  if (cdb.length < cdbLength(cdb[0])) return { kind: 'no-lun' };
  if (cdb[0] === SCSI_OP.REPORT_LUNS) return reportLuns(cdb, buffer, luns);
  const command = parseCdb(cdb);
  if (command.kind === 'inquiry') {
    const { vpdPage } = command;
    const data =
      vpdPage === undefined ? buildAbsentInquiry() : Uint8Array.of(SCSI_TYPE.NO_LUN, vpdPage, 0, 0);
    return good(data, command.allocation, buffer);
  }
  if (command.kind === 'request-sense') {
    const sense = { key: SENSE_KEY.ILLEGAL_REQUEST, code: ASC.LOGICAL_UNIT_NOT_SUPPORTED };
    return good(buildSense(sense), command.allocation, buffer);
  }
  return { kind: 'no-lun' };
}
