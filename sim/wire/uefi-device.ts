/**
 * The door between the UEFI firmware of a generation 2 machine and its host: an index register and a data register, both 32 bits wide, and
 * the boot log that the firmware hands over through them.
 *
 * Sources: OpenVMM `vm/devices/firmware/firmware_uefi/src/lib.rs`, `uefi_specs/src/hyperv/bios_event_log.rs` and `boot_bios_log.rs`;
 * mu_msvm `MsvmPkg/Include/BiosInterface.h`.
 */
import { codes } from './codes.ts';
import { field, guid, u16, u32, u64 } from './layout.ts';
import { struct } from './struct.ts';

/** Offsets of the registers from the first port. */
export const UEFI_REG = { INDEX: 0, DATA: 4 } as const;

/** What the index register selects; those that this host serves. */
export const UEFI_COMMAND = { EVENT_LOG_FLUSH: 0x30, NFIT_SIZE: 0x37 } as const;

const BOOT_LOG = 'OpenVMM vm/devices/firmware/uefi_specs/src/hyperv';

/** Head of a log; events follow it. */
export const biosEventChannel = struct(
  'BIOS_EVENT_CHANNEL',
  { source: `${BOOT_LOG}/bios_event_log.rs`, packed: true, doc: 'A log that the firmware shows its host.' },
  {
    channel: field(guid, 'which log'),
    events_written: u32,
    events_lost: u32,
    data_size: field(u32, 'bytes of events that follow'),
  },
);

/** Head of an event; its entry follows. */
export const efiEventDescriptor = struct(
  'EFI_EVENT_DESCRIPTOR',
  { source: `${BOOT_LOG}/bios_event_log.rs`, packed: true, doc: 'One event of such a log.' },
  {
    producer: guid,
    correlation_id: guid,
    create_time: u64,
    commit_time: u64,
    event_id: field(u32, '1: an attempt to boot a device'),
    flags: u32,
    header_size: u32,
    data_size: field(u32, 'bytes of the entry that follows'),
  },
);

/** The entry of an attempt to boot; the path of the device may follow. */
export const bootEventDeviceEntry = struct(
  'BOOTEVENT_DEVICE_ENTRY',
  {
    source: `${BOOT_LOG}/boot_bios_log.rs`,
    packed: true,
    doc: 'What became of the attempt to boot one device.',
  },
  {
    status: field(u32, 'BOOT_DEVICE_STATUS'),
    pad: u32,
    extended_status: field(u64, 'EFI_STATUS'),
    boot_variable_number: u16,
    pad1: u16,
    device_path_size: u32,
  },
);

/** Event id of an attempt to boot a device. */
export const BOOT_DEVICE_EVENT_ID = 1;

/** How an attempt to boot ended: the words of the boot summary that a generation 2 machine shows. */
export const bootDeviceStatuses = codes({
  NO_FILESYSTEM: [0x1_0000, 'the device has no file system that the firmware can read'],
  NO_LOADER: [0x1_0001, 'the file that the boot entry names is not there'],
  OS_NOT_LOADED: [0x1_0004, 'the loader could not load the system'],
  OS_LOADED: [0x1_0005, 'the system has taken over'],
  NO_DEVICES: [0x1_0006, 'there is no device to boot from'],
});

/** The same by name. */
export const BOOT_DEVICE_STATUS = bootDeviceStatuses.values;
