/** Disks that are not as they should be: every start ends, says how, and leaves the disk alone. */
import { describe, expect, it } from 'vitest';
import { Streams } from '../core/rng.ts';
import type { Disk } from '../host/backends/disk.ts';
import { GenerationBoot } from '../lab/generation-boot.ts';
import type { Generation } from '../lab/generation-machine.ts';
import { GenerationMachine } from '../lab/generation-machine.ts';
import { Lab } from '../lab/lab.ts';
import { systemDisk } from './generations-image.ts';

const SECTOR = 512;
/** Where tables and file system metadata begin: table, reserved sectors, both FATs, the root directory behind them. */
const SPOTS = [0, 1, 2, 2048, 2049, 2054, 2080, 2900, 3690, 3691, 3692] as const;

function start(generation: Generation, change: (disk: Disk) => void): GenerationBoot {
  const { disk, plan } = systemDisk(generation === 1 ? 'bios' : 'uefi', 64, 'whole');
  change(disk);
  const bus = generation === 1 ? 'ide' : 'scsi';
  const machine = new GenerationMachine(new Lab(1), { generation, era: '2020', disk, bus });
  const door = generation === 1 ? 'ports' : 'vmbus';
  return new GenerationBoot(machine, { door, biosMode: 'int13', plan, disk });
}

function contentOf(disk: Disk): Uint8Array {
  const bytes = new Uint8Array(disk.sectors * SECTOR);
  disk.read(0, disk.sectors, bytes);
  return bytes;
}

describe('a damaged disk', () => {
  it.each([1, 2] as const)('ends every start in good order, in generation %i', (generation) => {
    const rng = new Streams(4).stream(`damage.${generation}`);
    const endings = new Set<string>();
    for (let round = 0; round < 24; round++) {
      const sector = new Uint8Array(SECTOR);
      const boot = start(generation, (disk) => {
        for (let hit = rng.int(1, 4); hit > 0; hit--) {
          const lba = SPOTS[rng.int(0, SPOTS.length - 1)];
          disk.read(lba, 1, sector);
          for (let byte = rng.int(1, 16); byte > 0; byte--) sector[rng.int(0, SECTOR - 1)] = rng.u32() & 0xff;
          disk.write(lba, 1, sector);
        }
      });
      endings.add(boot.start().ending);
      expect(boot.wrongBytes).toBe(0);
      expect(boot.owners.held).toBe(true);
      expect(boot.machine.uefi?.attempts.length ?? 1).toBe(1);
    }
    expect(endings.size).toBeGreaterThan(1);
  });

  it('is left as it was', () => {
    const boot = start(2, (disk) => disk.write(1, 1, new Uint8Array(SECTOR).fill(0xa5)));
    const { disk } = boot.options;
    const before = contentOf(disk);
    boot.start();
    expect(Buffer.compare(before, contentOf(disk))).toBe(0);
  });
});

describe('a disk that goes away', () => {
  it('while the firmware loads: the start ends, and the host is told', () => {
    const whole = start(2, () => undefined);
    whole.start();
    const seen = new Set<string>();
    for (const part of [0.02, 0.2, 0.4, 0.6, 0.8]) {
      const boot = start(2, () => undefined);
      const { machine } = boot;
      const loading = whole.phases.slice(0, 3).reduce((sum, { cycles }) => sum + cycles, 0);
      const pulled = machine.engine.timer('test.pull', () =>
        machine.scsi.detach({ path: 0, target: 0, lun: 0 }),
      );
      pulled.set(Math.round(part * loading));
      seen.add(boot.start().ending);
      expect(boot.data).toBeUndefined();
      expect(machine.uefi?.attempts).toHaveLength(1);
    }
    expect([...seen].every((ending) => ending !== 'OS_LOADED')).toBe(true);
  });

  it('between firmware and kernel: the kernel finds nothing, and says so', () => {
    const whole = start(2, () => undefined);
    whole.start();
    const boot = start(2, () => undefined);
    const { machine } = boot;
    const loading = whole.phases.slice(0, 3).reduce((sum, { cycles }) => sum + cycles, 0);
    machine.engine
      .timer('test.pull', () => machine.scsi.detach({ path: 0, target: 0, lun: 0 }))
      .set(loading - 1000);
    expect(boot.start().ending).toBe('OS_NOT_LOADED');
    expect(boot.disksSeen).toBe(0);
  });
});
