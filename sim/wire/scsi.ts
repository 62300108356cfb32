/**
 * SCSI numbers: operation codes, status bytes, sense keys and additional sense codes, peripheral types, VPD pages, mode pages.
 *
 * Sources: SPC-4 and SBC-3 (T10); names of operation codes, sense keys and types from Linux `include/scsi/scsi_proto.h`. CDBs are built
 * and parsed in `scsi-cdb.ts`, the data that commands return in `scsi-data.ts`.
 */
import { codes } from './codes.ts';

/** Operation codes, byte 0 of a CDB. */
export const scsiOpcodes = codes({
  TEST_UNIT_READY: [0x00, 'is the medium ready'],
  REQUEST_SENSE: [0x03, 'sense data of the last error'],
  READ_6: [0x08, 'read, 21-bit address'],
  WRITE_6: [0x0a, 'write, 21-bit address'],
  INQUIRY: [0x12, 'who are you; with EVPD one of the VPD pages'],
  MODE_SELECT: [0x15, 'set mode pages'],
  RESERVE: [0x16, 'reserve the unit'],
  RELEASE: [0x17, 'release the unit'],
  MODE_SENSE: [0x1a, 'mode pages, 6-byte form'],
  START_STOP: [0x1b, 'start or stop the unit'],
  SEND_DIAGNOSTIC: [0x1d, 'self test'],
  ALLOW_MEDIUM_REMOVAL: [0x1e, 'lock or unlock the medium'],
  READ_CAPACITY: [0x25, 'last address and block length, 32-bit address'],
  READ_10: [0x28, 'read, 32-bit address'],
  WRITE_10: [0x2a, 'write, 32-bit address'],
  WRITE_VERIFY: [0x2e, 'write and verify'],
  VERIFY: [0x2f, 'verify'],
  SYNCHRONIZE_CACHE: [0x35, 'write the cache to the medium'],
  WRITE_SAME: [0x41, 'write one block many times'],
  UNMAP: [0x42, 'these blocks are not needed any more'],
  LOG_SENSE: [0x4d, 'log pages'],
  MODE_SELECT_10: [0x55, 'set mode pages'],
  MODE_SENSE_10: [0x5a, 'mode pages, 10-byte form'],
  PERSISTENT_RESERVE_IN: [0x5e, 'read reservations'],
  PERSISTENT_RESERVE_OUT: [0x5f, 'change reservations'],
  READ_16: [0x88, 'read, 64-bit address'],
  WRITE_16: [0x8a, 'write, 64-bit address'],
  VERIFY_16: [0x8f, 'verify, 64-bit address'],
  SYNCHRONIZE_CACHE_16: [0x91, 'write the cache to the medium, 64-bit address'],
  WRITE_SAME_16: [0x93, 'write one block many times, 64-bit address'],
  SERVICE_ACTION_IN_16: [0x9e, 'READ CAPACITY (16) and others by service action'],
  REPORT_LUNS: [0xa0, 'list of logical units'],
  MAINTENANCE_IN: [0xa3, 'supported operation codes and others by service action'],
  READ_12: [0xa8, 'read, 32-bit address and count'],
  WRITE_12: [0xaa, 'write, 32-bit address and count'],
});
/** The operation codes by name. */
export const SCSI_OP = scsiOpcodes.values;
/** Service action of READ CAPACITY (16). */
export const SAI_READ_CAPACITY_16 = 0x10;

/** Status byte of a command. */
export const scsiStatuses = codes({
  GOOD: [0x00, 'done'],
  CHECK_CONDITION: [0x02, 'look at the sense data'],
  CONDITION_MET: [0x04, 'condition met'],
  BUSY: [0x08, 'try again'],
  RESERVATION_CONFLICT: [0x18, 'reserved by someone else'],
  TASK_SET_FULL: [0x28, 'queue is full'],
  ACA_ACTIVE: [0x30, 'auto contingent allegiance'],
  TASK_ABORTED: [0x40, 'aborted'],
});
/** The statuses by name. */
export const SAM_STAT = scsiStatuses.values;

/** Sense keys. */
export const senseKeys = codes({
  NO_SENSE: [0x0, 'nothing to report'],
  RECOVERED_ERROR: [0x1, 'succeeded after recovery'],
  NOT_READY: [0x2, 'not ready'],
  MEDIUM_ERROR: [0x3, 'error of the medium'],
  HARDWARE_ERROR: [0x4, 'error of the device'],
  ILLEGAL_REQUEST: [0x5, 'wrong command or parameter'],
  UNIT_ATTENTION: [0x6, 'something changed: reset, new medium'],
  DATA_PROTECT: [0x7, 'write protected'],
  BLANK_CHECK: [0x8, 'blank medium'],
  ABORTED_COMMAND: [0xb, 'aborted by the device'],
  MISCOMPARE: [0xe, 'data differs'],
});
/** The sense keys by name. */
export const SENSE_KEY = senseKeys.values;

/** Additional sense code << 8 | qualifier. */
export const senseCodes = codes({
  NO_ADDITIONAL_SENSE: [0x0000, 'no additional sense information'],
  WRITE_ERROR: [0x0c00, 'write error'],
  UNRECOVERED_READ_ERROR: [0x1100, 'unrecovered read error'],
  PARAMETER_LIST_LENGTH_ERROR: [0x1a00, 'parameter list length error'],
  INVALID_COMMAND_OPERATION_CODE: [0x2000, 'invalid command operation code'],
  LBA_OUT_OF_RANGE: [0x2100, 'logical block address out of range'],
  INVALID_FIELD_IN_CDB: [0x2400, 'invalid field in CDB'],
  LOGICAL_UNIT_NOT_SUPPORTED: [0x2500, 'logical unit not supported'],
  INVALID_FIELD_IN_PARAMETER_LIST: [0x2600, 'invalid field in parameter list'],
  WRITE_PROTECTED: [0x2700, 'write protected'],
  NOT_READY_TO_READY_CHANGE: [0x2800, 'not ready to ready change, medium may have changed'],
  POWER_ON_OR_RESET: [0x2900, 'power on, reset or bus device reset occurred'],
  REPORTED_LUNS_DATA_HAS_CHANGED: [0x3f0e, 'reported LUNs data has changed'],
  SAVING_PARAMETERS_NOT_SUPPORTED: [0x3900, 'saving parameters not supported'],
  MEDIUM_NOT_PRESENT: [0x3a00, 'medium not present'],
  MEDIUM_NOT_PRESENT_TRAY_CLOSED: [0x3a01, 'medium not present, tray closed'],
  MEDIUM_NOT_PRESENT_TRAY_OPEN: [0x3a02, 'medium not present, tray open'],
  INTERNAL_TARGET_FAILURE: [0x4400, 'internal target failure'],
  MEDIUM_REMOVAL_PREVENTED: [0x5302, 'medium removal prevented'],
});
/** The additional sense codes by name, with their qualifiers. */
export const ASC = senseCodes.values;

/** Peripheral device type, byte 0 of INQUIRY data. */
export const SCSI_TYPE = {
  DISK: 0x00,
  TAPE: 0x01,
  PROCESSOR: 0x03,
  ROM: 0x05,
  RAID: 0x0c,
  NO_LUN: 0x7f,
} as const;

/** Vital product data pages. */
export const VPD = {
  SUPPORTED_PAGES: 0x00,
  SERIAL_NUMBER: 0x80,
  DEVICE_IDENTIFICATION: 0x83,
  BLOCK_LIMITS: 0xb0,
  BLOCK_CHARACTERISTICS: 0xb1,
  LOGICAL_BLOCK_PROVISIONING: 0xb2,
} as const;

/** Mode pages. */
export const MODE_PAGE = { CACHING: 0x08, CONTROL: 0x0a, ALL: 0x3f } as const;
/** Bits of the device-specific byte of a mode header of a disk. */
export const MODE_WRITE_PROTECT = 0x80;
/** Device-specific parameter of a mode header: DPO and FUA are supported (SBC-3). */
export const MODE_DPOFUA = 0x10;
