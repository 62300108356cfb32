/**
 * How a Linux kernel on a generation 1 machine meets the ATA controller that it will not use: reset, signatures, IDENTIFY, and then it
 * ignores every disk that it found, because the same disks come by VMBus.
 *
 * Source: Linux `drivers/ata/ata_piix.c` (prefer_ms_hyperv), `libata-core.c` (ata_dev_read_id), `libata-sff.c` (ata_sff_softreset).
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { AtaDriver } from '../drivers/ata.ts';
import { enableIdeBusMaster } from '../drivers/ata-pci.ts';
import { AtaPort } from '../drivers/ata-port.ts';
import { classify, identify, isPresent, softReset } from '../drivers/ata-probe.ts';
import { ApicInterrupts } from '../drivers/pc-interrupts.ts';
import { attachesDevice, ignoresAta } from './prefer-ms-hyperv.ts';

/** Probes both channels. Returns how many disks were found, and how many of them were taken: none on Hyper-V. `buffer` takes 512 bytes. */
export function* probeAtaAndIgnore(cpu: Cpu, buffer: number): Program<{ found: number; taken: number }> {
  const ignoring = ignoresAta(cpu.memory, 1);
  const interrupts = new ApicInterrupts(cpu);
  const busMaster = yield* enableIdeBusMaster(cpu);
  let [found, taken] = [0, 0];
  for (const channel of [0, 1] as const) {
    const port = new AtaPort(cpu, channel, busMaster);
    const present = [yield* isPresent(port, 0), yield* isPresent(port, 1)];
    if (!present.includes(true)) continue;
    yield* softReset(port);
    for (const device of [0, 1] as const) {
      if (!present[device] || (yield* classify(port, device)) !== 'disk') continue;
      const driver = new AtaDriver({ port, mode: 'pio', device, interrupts });
      yield* driver.attach();
      if (!(yield* identify(driver, buffer))) continue;
      found++;
      if (attachesDevice('disk', ignoring)) taken++;
    }
  }
  return { found, taken };
}
