/** What the page says of single runs. */
import { describe, expect, it } from 'vitest';
import { GenerationBoot } from '../lab/generation-boot.ts';
import { GenerationMachine } from '../lab/generation-machine.ts';
import { Lab } from '../lab/lab.ts';
import { BOOT_DEVICE_STATUS } from '../wire/uefi-device.ts';
import type { Damage } from './generations-image.ts';
import { systemDisk } from './generations-image.ts';
import { run } from './index.ts';

const SMALL = { scale: '64' } as const;
const FIRST = { generation: '1', bus: 'ide' } as const;

function bootFrom(damage: Damage): GenerationBoot {
  const { disk, plan } = systemDisk('uefi', 64, damage);
  const machine = new GenerationMachine(new Lab(1), { generation: 2, era: '2020', disk, bus: 'scsi' });
  const boot = new GenerationBoot(machine, { door: 'vmbus', biosMode: 'int13', plan, disk });
  boot.start();
  return boot;
}

describe('generations', () => {
  it('goes through its phases in order, with no ATA probe in generation 2', () => {
    const phases = (params: object) => run('generations', { ...SMALL, ...params }).series[0].labels;
    expect(phases({})).toEqual([
      'Power on',
      'Boot sector and boot manager',
      'Loader',
      'VMBus and offers',
      'Run time',
    ]);
    expect(phases(FIRST)).toEqual([
      'Power on',
      'Boot sector and boot manager',
      'Loader',
      'ATA probe',
      'VMBus and offers',
      'Run time',
    ]);
  });

  it('tells the host by the words of the boot log', () => {
    const told = (damage: Damage) => bootFrom(damage).machine.uefi?.attempts;
    expect(told('whole')).toEqual([BOOT_DEVICE_STATUS.OS_LOADED]);
    expect(told('tables')).toEqual([BOOT_DEVICE_STATUS.NO_FILESYSTEM]);
    expect(told('loader')).toEqual([BOOT_DEVICE_STATUS.NO_LOADER]);
    expect(told('kernel')).toEqual([BOOT_DEVICE_STATUS.OS_NOT_LOADED]);
  });

  it('says what it survived, and what it did not', () => {
    expect(bootFrom('primary').attempt.problem?.kind).toBe('recovered');
    expect(bootFrom('tables').attempt.problem?.kind).toBe('damaged');
    expect(bootFrom('loader').attempt.problem?.kind).toBe('not-found');
  });

  it('leaves the disk as it was', () => {
    const { disk } = systemDisk('uefi', 64, 'whole');
    const before = new Uint8Array(disk.sectors * 512);
    disk.read(0, disk.sectors, before);
    const { plan } = systemDisk('uefi', 64, 'whole');
    const machine = new GenerationMachine(new Lab(1), { generation: 2, era: '2020', disk, bus: 'scsi' });
    new GenerationBoot(machine, { door: 'vmbus', biosMode: 'int13', plan, disk }).start();
    const after = new Uint8Array(disk.sectors * 512);
    disk.read(0, disk.sectors, after);
    expect(Buffer.compare(before, after)).toBe(0);
  });

  it('stops for a device as often as the ports say, where no disk is kept waiting', () => {
    const { metrics } = run('generations', { ...SMALL, ...FIRST });
    // The I/O APIC is no port.
    expect(metrics.deviceIntercepts).toBeGreaterThanOrEqual(metrics.portAccesses);
    expect(metrics.deviceIntercepts - metrics.portAccesses).toBeLessThan(20);
  });

  it('marks a run with firmware that nobody has', () => {
    expect(run('generations', { ...SMALL, generation: '1', firmware: 'always' }).wrongRule).toContain('BIOS');
    expect(run('generations', { ...SMALL, firmware: 'never' }).wrongRule).toContain('UEFI');
    expect(run('generations', { ...SMALL, generation: '1', firmware: 'never' }).wrongRule).toBeUndefined();
    expect(run('generations', { ...SMALL, firmware: 'always' }).wrongRule).toBeUndefined();
  });
});
