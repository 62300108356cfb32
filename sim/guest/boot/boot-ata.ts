/** How a kernel meets the emulated controller: reset, who is there, IDENTIFY; and, if it takes the disk, the transfer mode. */
import type { Program } from '../../core/program.ts';
import { XFER } from '../../wire/ata.ts';
import type { AtaIdentity } from '../../wire/ata-identify.ts';
import { GEN1_PCI } from '../../wire/pci.ts';
import { AtaDriver } from '../drivers/ata.ts';
import type { AtaMode } from '../drivers/ata-command.ts';
import { AtaPort } from '../drivers/ata-port.ts';
import { classify, identify, setTransferMode, softReset } from '../drivers/ata-probe.ts';
import { ApicInterrupts } from '../drivers/pc-interrupts.ts';
import type { BootSite } from './boot-site.ts';
import { attachesDevice, ignoresAta } from './prefer-ms-hyperv.ts';
import { vetoes } from './veto.ts';

/** How a system deals with a disk that has two roads. `none`: it knows of one only. */
export type Technique = 'none' | 'storflt' | 'prefer-ms-hyperv' | 'veto';

/** What a kernel knows when it meets the disk. */
export interface AtaProbeOptions {
  readonly technique: Technique;
  readonly mode: AtaMode;
  /** First port of the bus master, as the firmware has left it. */
  readonly busMaster: number;
  /** A page for descriptor tables. */
  readonly table: number;
  /** storvsc is there. */
  readonly storvsc: boolean;
  /** The kernel found itself on Hyper-V. */
  readonly hyperv: boolean;
  /** Takes the disk although it has another road: no system does. */
  readonly takesAll: boolean;
}

/** A drive as the probe found it. */
export interface ProbedAta {
  readonly driver: AtaDriver;
  readonly identity: AtaIdentity;
  /** The ATA driver has it. */
  readonly taken: boolean;
}

/**
 * Probes the site's drive. FreeBSD sets the drive up before it asks who objects; Linux leaves an ignored one as it is. `undefined` when
 * there is no disk.
 */
export function* probeAta(site: BootSite, options: AtaProbeOptions): Program<ProbedAta | undefined> {
  const { cpu, drive, buffer } = site;
  const port = new AtaPort(cpu, drive.channel, options.busMaster);
  yield* softReset(port);
  if ((yield* classify(port, drive.device)) !== 'disk') return undefined;
  const interrupts = new ApicInterrupts(cpu);
  const driver = new AtaDriver({
    port,
    mode: options.mode,
    device: drive.device,
    interrupts,
    table: options.table,
  });
  yield* driver.attach();
  yield* port.setInterrupts(true);
  const identity = yield* identify(driver, buffer);
  if (!identity) return undefined;
  const taken = takes(site, options);
  if (taken || options.technique === 'veto') yield* setTransferMode(driver, XFER.MW_DMA_2);
  return { driver, identity, taken };
}

/** Whether the ATA driver takes the disk. */
function takes(site: BootSite, { technique, takesAll, hyperv, storvsc }: AtaProbeOptions): boolean {
  if (takesAll) return true;
  if (technique === 'prefer-ms-hyperv') return attachesDevice('disk', ignoresAta(site.cpu.memory, 1));
  return technique !== 'veto' || !vetoes(GEN1_PCI.IDE, hyperv, storvsc);
}
