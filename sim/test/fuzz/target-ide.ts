/** The emulated disk and what stands around it: task file, data port, descriptor tables, INT13 blocks, PCI, interrupt controllers. */

import { Streams } from '../../core/rng.ts';
import { MemoryDisk } from '../../host/backends/disk.ts';
import { DiskService } from '../../host/backends/service.ts';
import { attachPcClocks } from '../../host/devices/pc-clocks.ts';
import { WorkerProcess } from '../../host/worker.ts';
import { ATA_CMD } from '../../wire/ata.ts';
import { MMC_OP } from '../../wire/mmc.ts';
import { MMIO, PORTS } from '../../wire/ports.ts';
import { SCSI_OP } from '../../wire/scsi.ts';
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
const PACKETS: readonly number[] = [...Object.values(SCSI_OP), ...Object.values(MMC_OP)];
/** Ports of interrupt controllers, timers and clock, and values that mean something there. */
const BOARD: readonly (readonly [port: number, values: readonly number[]])[] = [
  [0x20, [0x11, 0x20, 0x0a, 0x0b, 0x68, 0x48, 0x60]],
  [0x21, [0x30, 0x04, 0x01, 0x00, 0xff]],
  [0xa0, [0x11, 0x20, 0x0a, 0x0b]],
  [0xa1, [0x38, 0x02, 0x01, 0x00, 0xff]],
  [0x43, [0x34, 0x36, 0x30, 0x70, 0xb6, 0xe2, 0xd2, 0x00, 0x3a, 0x38]],
  [0x40, [0, 1, 2, 0xff]],
  [0x42, [0, 1, 0xff]],
  [0x61, [0, 1, 2, 3]],
  [0x70, [0x0a, 0x0b, 0x0c, 0x0d, 0x00, 0x04, 0x8b]],
  [0x71, [0x02, 0x26, 0x42, 0x82, 0x2f, 0x59]],
];
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
  const table = (chance: Chance, channel = 0): void => {
    const entries = 1 + chance.below(4);
    for (let i = 0; i < entries; i++) {
      const at = chance.oneIn(5)
        ? chance.number([0x3f_fff0, 0xfee0_0000, 0xffff_fffe])
        : BUFFER + 2 * chance.below(BUFFER_BYTES / 2);
      memory.write32(TABLE + 8 * i, at);
      const bytes = chance.oneIn(3) ? chance.edge() & 0xffff : 512 * (1 + chance.below(8));
      memory.write32(TABLE + 8 * i + 4, bytes | (i === entries - 1 && !chance.oneIn(6) ? 0x8000_0000 : 0));
    }
    out(0xffa4 + channel, chance.oneIn(6) ? chance.number([0xffff_fffc, 0x3f_fffc, TABLE + 4]) : TABLE, 4);
    out(0xffa0 + channel, chance.oneIn(2) ? 9 : 1);
  };
  const block = (chance: Chance): void => {
    memory.write(BLOCK, chance.words(8, [SECTORS - 1, 0, 1, 8, TABLE, 0x00e0_00c8, 0xe0, 512, 4096]));
    if (!chance.oneIn(4)) memory.u8[BLOCK] = chance.pick([0xc8, 0xca, 0x25, 0x35]);
    out(chance.oneIn(4) ? 0x160 : 0x1e0, chance.oneIn(8) ? chance.number([0x3f_fff8]) : BLOCK, 4);
  };
  const packet = (chance: Chance): void => {
    const cdb = chance.words(3, [SECTORS / 4 - 1, SECTORS / 4, 0, 1, 8, 0x0100_0000]);
    cdb[0] = chance.oneIn(8) ? chance.below(256) : chance.pick(PACKETS);
    out(0x176, 0xa0);
    out(0x171, chance.below(4));
    const limit = chance.oneIn(3) ? chance.edge() : 2048;
    out(0x174, limit & 0xff);
    out(0x175, (limit >>> 8) & 0xff);
    out(0x177, chance.oneIn(10) ? chance.pick([0xa1, 0x08, 0xec]) : 0xa0);
    for (let at = 0; at < 12; at += 2) out(0x170, cdb[at] | (cdb[at + 1] << 8), 2);
    if (chance.oneIn(3)) table(chance, 8);
    if (chance.oneIn(2)) partition.portInString(0, 0x170, 2, BUFFER, 1 + chance.below(1024));
  };
  const configuration = (chance: Chance): void => {
    const register = chance.oneIn(3) ? chance.pick([0x04, 0x20, 0x40, 0x48]) : 4 * chance.below(64);
    out(0xcf8, (0x8000_0000 | (chance.oneIn(3) ? chance.below(1 << 16) : 0x3900 | (register & ~3))) >>> 0, 4);
    const port = 0xcfc + chance.below(4);
    if (chance.oneIn(2)) partition.portIn(0, port, chance.pick(WIDTHS));
    else out(port, chance.number([0, 1, 5, 0xffa1, 0xffff_ffff, 0x1f1]), chance.pick(WIDTHS));
  };
  /** The I/O APIC: a register's number, then the register. */
  const ioapic = (chance: Chance): void => {
    partition.mmioWrite(0, MMIO.IOAPIC, 4, chance.oneIn(8) ? chance.u32() : chance.below(0x40));
    if (chance.oneIn(3)) partition.mmioRead(0, MMIO.IOAPIC + 0x10, chance.pick(WIDTHS));
    else
      partition.mmioWrite(
        0,
        MMIO.IOAPIC + 0x10,
        4,
        chance.number([0x30, 0x1_0030, 0x8030, 0x700, 0x100_0000]),
      );
  };
  /** Interrupt controllers and clocks, by what they expect. */
  const board = (chance: Chance): void => {
    const [port, values] = chance.pick(BOARD);
    if (chance.oneIn(4)) partition.portIn(0, port, 1);
    else out(port, chance.oneIn(3) ? chance.below(256) : chance.pick(values));
  };
  const acts: readonly Act[] = [
    command,
    command,
    (chance) => table(chance),
    (chance) => {
      command(chance);
      table(chance);
    },
    block,
    packet,
    packet,
    configuration,
    ioapic,
    board,
    board,
    (chance) => {
      const [port, at] = [chance.oneIn(4) ? 0x170 : 0x1f0, chance.oneIn(6) ? chance.u32() : BUFFER];
      if (chance.oneIn(2)) partition.portInString(0, port, chance.pick(WIDTHS), at, chance.below(1500));
      else partition.portOutString(0, port, chance.pick(WIDTHS), at, chance.below(1500));
    },
    (chance) =>
      void partition.portIn(0, chance.pick(chance.oneIn(3) ? ALL_PORTS : IDE_PORTS), chance.pick(WIDTHS)),
    (chance) =>
      out(
        chance.pick(chance.oneIn(3) ? ALL_PORTS : IDE_PORTS),
        chance.number([0, 2, 4, 8, 0xa0, 0xe0]),
        chance.pick(WIDTHS),
      ),
  ];
  return (chance) => {
    chance.pick(acts)(chance);
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
      worker.attachIde({
        primary: [{ disk: new WatchedDisk(SECTORS), service }],
        secondary: [{ packet: true, disc: new WatchedDisk(SECTORS), service }],
      });
      // What the BIOS does: the bus master gets its ports.
      for (const [register, value] of [
        [0x20, 0xffa0],
        [0x04, 5],
      ]) {
        partition.portOut(0, 0xcf8, 4, (0x8000_3900 | register) >>> 0);
        partition.portOut(0, 0xcfc, register === 4 ? 2 : 4, value);
      }
      attachPcClocks(partition, { line: (irq, level) => worker.line(irq, level) });
      machine.connect([]);
      return ports(machine);
    },
  },
];
