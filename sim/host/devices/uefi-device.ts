/**
 * The firmware device of a generation 2 machine: an index at 28h, a data register at 2Ch. Through it the UEFI firmware, which is a
 * program of the guest, reaches services of its worker process. Served here is the boot log, by which the host learns whether a system
 * was loaded; its other services (variables, watchdog, random numbers, generation id) are left out.
 *
 * Source: OpenVMM vm/devices/firmware/firmware_uefi/src/lib.rs and src/service/event_log.rs. Accesses of another width than 32 bits read
 * ones and write nothing.
 */
import type { PortHandler } from '../../machine/io.ts';
import type { GuestMemory } from '../../machine/memory.ts';
import type { Width } from '../../machine/seam.ts';
import { FLOATING_BUS, PORTS } from '../../wire/ports.ts';
import {
  BOOT_DEVICE_EVENT_ID,
  biosEventChannel,
  bootEventDeviceEntry,
  efiEventDescriptor,
  UEFI_COMMAND,
  UEFI_REG,
} from '../../wire/uefi-device.ts';

/** The longest log that is looked at. */
const MOST_LOG_BYTES = 16 * 1024;
const UNKNOWN = 0xffff_ffff;

const DATA_SIZE = biosEventChannel.accessor('data_size');
const EVENT_ID = efiEventDescriptor.accessor('event_id');
const EVENT_HEADER = efiEventDescriptor.accessor('header_size');
const EVENT_DATA = efiEventDescriptor.accessor('data_size');
const STATUS = bootEventDeviceEntry.accessor('status');

/** The two registers of the firmware device, and what came through them. */
export class UefiDevice implements PortHandler {
  /** `BOOT_DEVICE_STATUS` of every attempt that the firmware has reported, in order. */
  readonly attempts: number[] = [];
  /** Logs that were not as they should be, and were ignored from there on. */
  damagedLogs = 0;
  readonly #memory: GuestMemory;
  #index = 0;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  reset(): void {
    this.#index = 0;
  }

  in(port: number, width: Width): number {
    const register = port - PORTS.UEFI.first;
    if (width !== 4) return FLOATING_BUS[width];
    if (register === UEFI_REG.INDEX) return this.#index;
    if (register !== UEFI_REG.DATA) return FLOATING_BUS[width];
    return this.#index === UEFI_COMMAND.NFIT_SIZE ? 0 : UNKNOWN;
  }

  out(port: number, width: Width, value: number): void {
    const register = port - PORTS.UEFI.first;
    if (width !== 4) return;
    if (register === UEFI_REG.INDEX) this.#index = value >>> 0;
    else if (register === UEFI_REG.DATA && this.#index === UEFI_COMMAND.EVENT_LOG_FLUSH)
      this.#readLog(value >>> 0);
  }

  /** Reads the log at `gpa` from a copy: the guest could change what has been checked already. */
  #readLog(gpa: number): void {
    const memory = this.#memory;
    const header = biosEventChannel.size;
    const size = memory.valid(gpa, header) ? DATA_SIZE.get(memory.view, gpa) : MOST_LOG_BYTES + 1;
    if (size > MOST_LOG_BYTES || !memory.valid(gpa + header, size)) {
      this.damagedLogs++;
      return;
    }
    const bytes = memory.read(gpa + header, size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, size);
    for (let at = 0; at < size; ) {
      const next = this.#readEvent(view, at);
      if (next === undefined) {
        this.damagedLogs++;
        return;
      }
      at = next;
    }
  }

  /** Takes note of the event at `at` and says where the next one is; `undefined` when it does not fit or does not get on. */
  #readEvent(view: DataView, at: number): number | undefined {
    if (at + efiEventDescriptor.size > view.byteLength) return undefined;
    const header = EVENT_HEADER.get(view, at);
    const data = EVENT_DATA.get(view, at);
    if (header < efiEventDescriptor.size || at + header + data > view.byteLength) return undefined;
    const entry = at + header;
    if (EVENT_ID.get(view, at) === BOOT_DEVICE_EVENT_ID && data >= bootEventDeviceEntry.size)
      this.attempts.push(STATUS.get(view, entry));
    return entry + data;
  }
}
