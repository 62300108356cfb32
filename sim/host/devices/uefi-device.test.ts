import { describe, expect, it } from 'vitest';
import { GuestMemory } from '../../machine/memory.ts';
import { PORTS } from '../../wire/ports.ts';
import {
  BOOT_DEVICE_EVENT_ID,
  BOOT_DEVICE_STATUS,
  biosEventChannel,
  bootEventDeviceEntry,
  efiEventDescriptor,
  UEFI_COMMAND,
  UEFI_REG,
} from '../../wire/uefi-device.ts';
import { UefiDevice } from './uefi-device.ts';

const INDEX = PORTS.UEFI.first + UEFI_REG.INDEX;
const DATA = PORTS.UEFI.first + UEFI_REG.DATA;
const LOG = 0x2000;

class Bench {
  readonly memory = new GuestMemory(0x1_0000);
  readonly device = new UefiDevice(this.memory);

  /** Writes a log with one event for each status, and hands it over. */
  flush(statuses: readonly number[], change: (at: number) => void = () => undefined): void {
    const { u8 } = this.memory;
    const entry = bootEventDeviceEntry.size;
    const event = efiEventDescriptor.size + entry;
    u8.set(biosEventChannel.encode({ data_size: statuses.length * event }), LOG);
    statuses.forEach((status, i) => {
      const at = LOG + biosEventChannel.size + i * event;
      const header = {
        event_id: BOOT_DEVICE_EVENT_ID,
        header_size: efiEventDescriptor.size,
        data_size: entry,
      };
      u8.set(efiEventDescriptor.encode(header), at);
      u8.set(bootEventDeviceEntry.encode({ status }), at + efiEventDescriptor.size);
    });
    change(LOG);
    this.hand(LOG);
  }

  hand(gpa: number): void {
    this.device.out(INDEX, 4, UEFI_COMMAND.EVENT_LOG_FLUSH);
    this.device.out(DATA, 4, gpa);
  }
}

describe('the UEFI device', () => {
  it('learns from the boot log what became of each device', () => {
    const bench = new Bench();
    const { NO_LOADER, OS_LOADED } = BOOT_DEVICE_STATUS;
    bench.flush([NO_LOADER, OS_LOADED]);
    expect(bench.device.attempts).toEqual([NO_LOADER, OS_LOADED]);
    expect(bench.device.damagedLogs).toBe(0);
  });

  it('keeps its index, reads ones for what it does not know, and ignores other widths', () => {
    const { device } = new Bench();
    device.out(INDEX, 4, 0x77);
    device.out(INDEX, 1, 0x12);
    expect(device.in(INDEX, 4)).toBe(0x77);
    expect(device.in(DATA, 4)).toBe(0xffff_ffff);
    expect(device.in(DATA, 2)).toBe(0xffff);
    device.out(INDEX, 4, UEFI_COMMAND.NFIT_SIZE);
    expect(device.in(DATA, 4)).toBe(0);
  });

  it('is not led astray by a log that lies', () => {
    const view = (bench: Bench) => bench.memory.view;
    const event = LOG + biosEventChannel.size;
    const { header_size: header, data_size: data } = efiEventDescriptor.offsets;
    const lies: readonly ((bench: Bench) => void)[] = [
      (bench) => view(bench).setUint32(LOG + biosEventChannel.offsets.data_size, 0xffff_ffff, true),
      (bench) => view(bench).setUint32(event + header, 0, true),
      (bench) => view(bench).setUint32(event + header, 0xffff_fff0, true),
      (bench) => view(bench).setUint32(event + data, 0x1000, true),
    ];
    for (const lie of lies) {
      const bench = new Bench();
      bench.flush([BOOT_DEVICE_STATUS.OS_LOADED], () => lie(bench));
      expect(bench.device.attempts).toEqual([]);
      expect(bench.device.damagedLogs).toBe(1);
    }
    const bench = new Bench();
    for (const gpa of [0xffff_fff0, 0x1_0000 - 4]) bench.hand(gpa);
    expect(bench.device.damagedLogs).toBe(2);
  });
});
