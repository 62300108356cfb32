/** The comparison of bytes must notice a request that went to another place than the guest asked for. */
import { describe, expect, it } from 'vitest';
import { Streams } from '../core/rng.ts';
import type { BlockDriver, BlockRequest, QueuedBlockDriver } from '../guest/drivers/block.ts';
import { IO_OK } from '../guest/drivers/block.ts';
import { returned } from '../guest/drivers/inline.ts';
import { randomAccess } from '../guest/workloads/random-access.ts';
import { isQueued } from '../guest/workloads/workload.ts';
import { bootRoad } from '../lab/guests.ts';
import { Lab } from '../lab/lab.ts';
import { GUEST_PAGES } from '../lab/machines.ts';
import { RoadBytes } from './two-roads-bytes.ts';

const SECTORS = 8;
const PLACES = 4;
const REQUESTS = 16;

type Fault = (lba: number) => number;

/** A driver that asks the real one for another place than it was asked for. */
function misled(disk: BlockDriver, where: Fault): BlockDriver {
  const read: BlockDriver['read'] = (lba, sectors, gpa) => disk.read(where(lba), sectors, gpa);
  const write: BlockDriver['write'] = (lba, sectors, gpa) => disk.write(where(lba), sectors, gpa);
  const one = { sectors: disk.sectors, read, write, flush: () => disk.flush() };
  if (!isQueued(disk)) return one;
  const submit: QueuedBlockDriver['submit'] = (request: BlockRequest, done) =>
    disk.submit({ ...request, lba: where(request.lba) }, done);
  return Object.create(disk, { ...Object.getOwnPropertyDescriptors(one), submit: { value: submit } });
}

/** Whether the bytes of sixteen requests over four places are found intact. */
function intact(
  mode: 'dma' | 'synthetic',
  operation: 'read' | 'write',
  spoil: (disk: BlockDriver) => BlockDriver,
): boolean {
  const machine = new Lab(7).machine({ era: '2020' });
  const disk = spoil(bootRoad(machine, { mode, firstPage: GUEST_PAGES + 64 * 4096 }));
  const { u8 } = machine.partition.memory;
  const bytes = new RoadBytes({
    disk: machine.disk,
    memory: u8,
    seed: 7,
    operation,
    span: PLACES * SECTORS,
  });
  const load = {
    requests: REQUESTS,
    requestBytes: SECTORS * 512,
    depth: 4,
    reads: operation === 'read' ? 1 : 0,
    sectors: PLACES * SECTORS,
    watch: bytes,
  };
  const site = { cpu: machine.cpu, disk, buffer: GUEST_PAGES };
  const report = machine.cpu.finish(randomAccess(site, load, new Streams(7).stream('places')));
  expect([report.requests, report.failures]).toEqual([REQUESTS, 0]);
  return bytes.intact();
}

const exchange: Fault = (lba) => (lba < 2 * SECTORS ? (lba + SECTORS) % (2 * SECTORS) : lba);

describe.each(['dma', 'synthetic'] as const)('the bytes of requests by %s', (mode) => {
  describe.each(['read', 'write'] as const)('%s', (operation) => {
    it('are intact when every request went to its place', () => {
      expect(intact(mode, operation, (disk) => disk)).toBe(true);
    });

    it.each([
      ['two places are exchanged', exchange],
      ['a place is off by one sector', (lba) => lba + 1],
      ['one place is beyond all', (lba) => (lba === SECTORS ? PLACES * SECTORS : lba)],
      ['all go to one place', () => 0],
    ] as [string, Fault][])('are not when %s', (_, where) => {
      expect(intact(mode, operation, (disk) => misled(disk, where))).toBe(false);
    });
  });
});

it('a write that is answered and never made is not intact, nor a read', () => {
  const idle = (disk: BlockDriver): BlockDriver => {
    const nothing = () => returned(IO_OK);
    return { sectors: disk.sectors, read: nothing, write: nothing, flush: nothing };
  };
  expect(intact('dma', 'write', idle)).toBe(false);
  expect(intact('dma', 'read', idle)).toBe(false);
});
