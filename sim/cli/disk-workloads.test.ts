import { describe, expect, it } from 'vitest';
import type { Disk } from '../host/backends/disk.ts';
import { MemoryDisk } from '../host/backends/disk.ts';
import { runOnImage } from './disk-workloads.ts';

const job = { workload: 'write', era: '2020', bytes: 128 * 1024, seed: 1 } as const;

/** A disk whose volume is full: every write fails. */
function fullDisk(): Disk {
  const inner = new MemoryDisk(1024);
  return {
    sectors: inner.sectors,
    sectorBytes: inner.sectorBytes,
    readOnly: false,
    read: (lba, count, into, offset) => inner.read(lba, count, into, offset),
    write: () => false,
    flush: () => {},
    unmap: () => {},
  };
}

describe('runOnImage', () => {
  it.each(['pio', 'dma', 'synthetic'] as const)(
    'counts what the guest was told had failed, by %s',
    (mode) => {
      expect(runOnImage(fullDisk(), { ...job, mode })).toMatchObject({ requests: 2, failures: 2 });
      expect(runOnImage(new MemoryDisk(1024), { ...job, mode })).toMatchObject({ requests: 2, failures: 0 });
    },
  );

  it('makes everything stable before it reports', () => {
    const events: string[] = [];
    const inner = new MemoryDisk(1024);
    const disk: Disk = {
      ...fullDisk(),
      write: (lba, count, from, offset) => {
        events.push('write');
        return inner.write(lba, count, from, offset);
      },
      flush: () => {
        events.push('flush');
      },
    };
    runOnImage(disk, { ...job, mode: 'dma' });
    expect(events.at(-1)).toBe('flush');
    expect(events.filter((event) => event === 'write').length).toBeGreaterThan(0);
  });
});
