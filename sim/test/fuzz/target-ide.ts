/** The emulated disk and what stands around it: task file, data port, descriptor tables, INT13 blocks, PCI, interrupt controllers. */

import { Streams } from '../../core/rng.ts';
import { MemoryDisk } from '../../host/backends/disk.ts';
import { DiskService } from '../../host/backends/service.ts';
import { attachPcClocks } from '../../host/devices/pc-clocks.ts';
import { WorkerProcess } from '../../host/worker.ts';
import { ATA_CMD } from '../../wire/ata.ts';
import { PORTS } from '../../wire/ports.ts';
import type { Chance } from './chance.ts';
import { hold } from './finding.ts';
import type { HostileMachine } from './hostile-machine.ts';
import type { Act, Target } from './target.ts';

const SECTORS = 600;
/** Pages of the guest for descriptor tables, INT13 blocks and data. */
const TABLE = 0x20_0000;
const BLOCK = 0x20_1000;
const BUFFER = 0x20_2000;
const BUFFER_BYTES = 0x8000;
const WIDTHS = [1, 2, 4] as const;
const COMMANDS: readonly number[] = Object.values(ATA_CMD);
const ALL_PORTS: readonly number[] = Object.values(PORTS).flatMap(({ first, count }) =>
  Array.from({ length: count }, (_, i) => first + i),
);
const IDE_PORTS: readonly number[] = ALL_PORTS.filter(
  (port) => (port >= 0x160 && port < 0x1f8) || port === 0x376 || port === 0x3f6 || port >= 0xffa0,
);

function ports(machine: HostileMachine): Act {
  const { partition, memory } = machine.guest;
  const out = (port: number, value: number, width: 1 | 2 | 4 = 1): void =>
    partition.portOut(0, port, width, value);
  const sector = (chance: Chance): number =>
    chance.oneIn(4) ? chance.number([SECTORS - 1, SECTORS, SECTORS + 1]) : chance.below(SECTORS);
  const command = (chance: Chance): void => {
    const [lba, base] = [sector(chance), chance.oneIn(6) ? 0x170 : 0x1f0];
    const count = chance.oneIn(4) ? chance.below(256) : chance.below(9);
    out(base + 6, chance.oneIn(6) ? chance.below(256) : 0xe0 | ((lba >>> 24) & 15));
    if (chance.oneIn(3)) for (const at of [2, 3, 4, 5]) out(base + at, chance.edge() & 0xff);
    for (const [at, value] of [
      [2, count],
      [3, lba],
      [4, lba >>> 8],
      [5, lba >>> 16],
    ])
      out(base + at, value & 0xff);
    out(base + 7, chance.oneIn(10) ? chance.below(256) : chance.pick(COMMANDS));
  };
  const table = (chance: Chance): void => {
    const entries = 1 + chance.below(4);
    for (let i = 0; i < entries; i++) {
      const at = chance.oneIn(5)
        ? chance.number([0x3f_fff0, 0xfee0_0000, 0xffff_fffe])
        : BUFFER + 2 * chance.below(BUFFER_BYTES / 2);
      memory.write32(TABLE + 8 * i, at);
      const bytes = chance.oneIn(3) ? chance.edge() & 0xffff : 512 * (1 + chance.below(8));
      memory.write32(TABLE + 8 * i + 4, bytes | (i === entries - 1 && !chance.oneIn(6) ? 0x8000_0000 : 0));
    }
    out(0xffa4, chance.oneIn(6) ? chance.number([0xffff_fffc, 0x3f_fffc, TABLE + 4]) : TABLE, 4);
    out(0xffa0, chance.oneIn(2) ? 9 : 1);
  };
  const block = (chance: Chance): void => {
    memory.write(BLOCK, chance.words(8, [SECTORS - 1, 0, 1, 8, TABLE, 0x00e0_00c8, 0xe0, 512, 4096]));
    if (!chance.oneIn(4)) memory.u8[BLOCK] = chance.pick([0xc8, 0xca, 0x25, 0x35]);
    out(chance.oneIn(4) ? 0x160 : 0x1e0, chance.oneIn(8) ? chance.number([0x3f_fff8]) : BLOCK, 4);
  };
  return (chance) => {
    switch (chance.below(9)) {
      case 0:
      case 1:
        command(chance);
        break;
      case 2:
        table(chance);
        break;
      case 3:
        command(chance);
        table(chance);
        break;
      case 4:
        block(chance);
        break;
      case 5:
        partition.portInString(
          0,
          0x1f0,
          chance.pick(WIDTHS),
          chance.oneIn(6) ? chance.u32() : BUFFER,
          chance.below(1500),
        );
        break;
      case 6:
        partition.portOutString(
          0,
          0x1f0,
          chance.pick(WIDTHS),
          chance.oneIn(6) ? chance.u32() : BUFFER,
          chance.below(1500),
        );
        break;
      case 7:
        partition.portIn(0, chance.pick(chance.oneIn(3) ? ALL_PORTS : IDE_PORTS), chance.pick(WIDTHS));
        break;
      default:
        out(
          chance.pick(chance.oneIn(3) ? ALL_PORTS : IDE_PORTS),
          chance.number([0, 2, 4, 8, 0xa0, 0xe0]),
          chance.pick(WIDTHS),
        );
    }
    machine.rest();
  };
}

/** The disk, which looks at what it is asked for. */
class WatchedDisk extends MemoryDisk {
  override read(lba: number, sectors: number, into: Uint8Array, at?: number): void {
    this.inside(lba, sectors);
    super.read(lba, sectors, into, at);
  }

  override write(lba: number, sectors: number, from: Uint8Array, at?: number): boolean {
    this.inside(lba, sectors);
    return super.write(lba, sectors, from, at);
  }

  private inside(lba: number, sectors: number): void {
    hold(
      lba >= 0 && sectors > 0 && lba + sectors <= SECTORS,
      'harm',
      'the image file is touched outside the disk',
    );
  }
}

/** The emulated devices of generation 1. */
export const IDE_TARGETS: readonly Target[] = [
  {
    name: 'ports',
    oneCase: 'one command, descriptor table, INT13 block or port access to the emulated devices',
    sparesOthers: true,
    begin: (machine) => {
      const { partition } = machine.guest;
      const worker = new WorkerProcess(machine.hypervisor, partition);
      const { engine, costs } = machine.hypervisor;
      const service = new DiskService(engine, new Streams(1).stream('ide'), 'memory', costs, {
        sectors: SECTORS,
      });
      worker.attachIde({ primary: [{ disk: new WatchedDisk(SECTORS), service }] });
      attachPcClocks(partition, { line: (irq, level) => worker.line(irq, level) });
      machine.connect([]);
      return ports(machine);
    },
  },
];
