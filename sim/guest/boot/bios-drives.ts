/**
 * What a BIOS finds to boot from: it asks the two IDE channels, four places in all, and nobody else. There is no code in it that could
 * speak VMBus, so a disk behind a SCSI controller of VMBus does not exist for it.
 *
 * What the BIOS of generation 1 really asks is not published; the enlightened INT13 port that it reads by is (OpenVMM
 * vm/devices/storage/ide/src/lib.rs).
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import type { BiosMode } from '../drivers/ata-bios.ts';
import { AtaBios } from '../drivers/ata-bios.ts';
import { enableIdeBusMaster } from '../drivers/ata-pci.ts';
import { AtaPort } from '../drivers/ata-port.ts';
import { identifyPolled } from './bios.ts';

/** Finds the hard disks. `buffer` takes an IDENTIFY answer, `page` the command block of INT13. */
export function* findBiosDrives(cpu: Cpu, mode: BiosMode, page: number, buffer: number): Program<AtaBios[]> {
  const drives: AtaBios[] = [];
  const busMaster = yield* enableIdeBusMaster(cpu);
  for (const channel of [0, 1] as const) {
    const port = new AtaPort(cpu, channel, busMaster);
    yield* port.setInterrupts(false);
    for (const device of [0, 1] as const) {
      const identity = yield* identifyPolled(port, device, buffer);
      if (identity) drives.push(new AtaBios({ port, mode, device, sectors: identity.sectors, page }));
    }
  }
  return drives;
}
