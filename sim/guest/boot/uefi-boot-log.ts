/**
 * How the firmware tells its host what became of an attempt to boot: a log in memory, and its address through the firmware device. The
 * host shows it as the boot summary of a machine that did not start.
 *
 * After mu_msvm `MsvmPkg/EventLogDxe/EventLogger.c` (EventChannelFlush). GUIDs and times of the log are left zero.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { PORTS } from '../../wire/ports.ts';
import {
  BOOT_DEVICE_EVENT_ID,
  biosEventChannel,
  bootEventDeviceEntry,
  efiEventDescriptor,
  UEFI_COMMAND,
  UEFI_REG,
} from '../../wire/uefi-device.ts';

/** Writes a log with one attempt into `page` and hands it over: two port accesses. `status` is a `BOOT_DEVICE_STATUS`. */
export function* reportBoot(cpu: Cpu, page: number, status: number): Program {
  const entry = bootEventDeviceEntry.encode({ status });
  const header = efiEventDescriptor.size;
  const event = efiEventDescriptor.encode({
    event_id: BOOT_DEVICE_EVENT_ID,
    header_size: header,
    data_size: entry.length,
  });
  const channel = biosEventChannel.encode({ events_written: 1, data_size: header + entry.length });
  const { u8 } = cpu.memory;
  u8.set(channel, page);
  u8.set(event, page + channel.length);
  u8.set(entry, page + channel.length + header);
  yield* cpu.out32(PORTS.UEFI.first + UEFI_REG.INDEX, UEFI_COMMAND.EVENT_LOG_FLUSH);
  yield* cpu.out32(PORTS.UEFI.first + UEFI_REG.DATA, page);
}
