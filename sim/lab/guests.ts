/** Boots a guest on a machine and gives the block driver of one road: what the workloads run over. */
import { invariant, UserError } from '../core/errors.ts';
import { AtaDriver } from '../guest/drivers/ata.ts';
import type { BiosMode } from '../guest/drivers/ata-bios.ts';
import { AtaBios } from '../guest/drivers/ata-bios.ts';
import type { AtaMode } from '../guest/drivers/ata-command.ts';
import { enableIdeBusMaster } from '../guest/drivers/ata-pci.ts';
import { AtaPort } from '../guest/drivers/ata-port.ts';
import { setMultiple } from '../guest/drivers/ata-probe.ts';
import type { BlockDriver } from '../guest/drivers/block.ts';
import type { InterruptController } from '../guest/drivers/pc-interrupts.ts';
import { ApicInterrupts, PicInterrupts } from '../guest/drivers/pc-interrupts.ts';
import { EnlightenedGuest } from '../guest/enlightened.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import { PORTS } from '../wire/ports.ts';
import type { Machine } from './machines.ts';
import { GUEST_PAGES } from './machines.ts';

/** How a request travels: an ATA mode, a BIOS mode, or VMBus. */
export type RoadMode = AtaMode | BiosMode | 'synthetic';

/** Which road a guest takes to its disk, and which interrupt controller it uses. */
export interface RoadOptions {
  readonly mode: RoadMode;
  readonly pic?: 'apic' | '8259';
  /** Pages above which the kernel may take memory for itself; below them the workload keeps its buffer. */
  readonly firstPage?: number;
}

const MULTIPLE_SECTORS = 16;

/** The one SCSI address that has a disk. Linux asks sixteen; the answers are the same, the boot is shorter. */
export const ONE_ADDRESS = { scan: { paths: 1, targets: 1 } };

/** Boots as far as the disk and returns its driver. What that costs is the boot's, not the workload's. */
export function bootRoad(machine: Machine, options: RoadOptions): BlockDriver {
  if (options.mode === 'synthetic') return bootSynthetic(machine, options.firstPage ?? GUEST_PAGES);
  return bootAta(machine, options.mode, options.pic ?? 'apic', options.firstPage ?? GUEST_PAGES);
}

function bootSynthetic(machine: Machine, firstPage: number): BlockDriver {
  const guest = new EnlightenedGuest([machine.cpu], LINUX_6_1, { firstPage, storvsc: ONE_ADDRESS });
  guest.start();
  while (guest.state === 'starting')
    invariant(machine.engine.step(), 'the guest waits for ever while it boots');
  invariant(guest.state === 'ready', `the guest did not find its synthetic disk: ${guest.state}`);
  return guest.disk();
}

function bootAta(
  machine: Machine,
  mode: AtaMode | BiosMode,
  pic: 'apic' | '8259',
  page: number,
): BlockDriver {
  const { cpu, disk } = machine;
  const { sectors } = disk;
  const port = new AtaPort(cpu, 0, cpu.finish(enableIdeBusMaster(cpu)) ?? PORTS.IDE_BUS_MASTER.first);
  if (mode === 'polled' || mode === 'polled-words' || mode === 'int13') {
    const bios = new AtaBios({ port, mode, sectors, page });
    cpu.finish(bios.attach());
    return bios;
  }
  const driver = new AtaDriver({
    port,
    mode,
    sectors,
    interrupts: interruptsOf(machine, pic),
    multiple: MULTIPLE_SECTORS,
    table: page,
  });
  cpu.finish(driver.attach());
  if (mode === 'multiple') cpu.finish(setMultiple(driver, MULTIPLE_SECTORS));
  return driver;
}

function interruptsOf(machine: Machine, pic: 'apic' | '8259'): InterruptController {
  if (pic === 'apic') return new ApicInterrupts(machine.cpu);
  const pair = new PicInterrupts(machine.cpu);
  machine.cpu.finish(pair.initialise());
  return pair;
}

/** Raised when a workload's request failed although nothing was wrong with it. */
export function requireSuccess(failures: number, what: string): void {
  if (failures === 0) return;
  throw new UserError([
    {
      path: what,
      kind: 'io-failed',
      message: `${failures} requests failed`,
      hint: 'look at the trace: a disk error is recorded there',
    },
  ]);
}
