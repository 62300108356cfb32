/** The synthetic road, end to end: storvsc, rings in guest memory, hypercalls, storvsp, the disk. Counts, never times. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { IoResult } from '../guest/drivers/block.ts';
import type { ChannelRules } from '../guest/drivers/vmbus-channel.ts';
import { copyFile } from '../guest/workloads/copy-file.ts';
import { oneRequest } from '../guest/workloads/one-request.ts';
import { randomAccess } from '../guest/workloads/random-access.ts';
import { sequential } from '../guest/workloads/sequential.ts';
import { sqlTransactions } from '../guest/workloads/sql-transaction.ts';
import type { WorkloadSite } from '../guest/workloads/workload.ts';
import { MemoryDisk } from '../host/backends/disk.ts';
import { pattern } from '../host/backends/testing.ts';
import { ScsiDisk } from '../host/vsp/scsi-disk.ts';
import { type CounterSnapshot, countersBetween } from '../machine/counters.ts';
import type { Cpu } from '../machine/cpu.ts';
import { RingView } from '../wire/ring.ts';
import { ASC, SENSE_KEY } from '../wire/scsi.ts';
import { LINUX_VMSTOR_VERSIONS, VSTOR_OPERATION } from '../wire/storvsp.ts';
import { LINUX_VMBUS_VERSIONS } from '../wire/vmbus.ts';
import { SyntheticMachine, type SyntheticMachineOptions } from './support/synthetic-machine.ts';

const KIB = 1024;

function boot(options: SyntheticMachineOptions = {}): SyntheticMachine {
  const machine = new SyntheticMachine(options).boot();
  expect(machine.guest.state).toBe('ready');
  return machine;
}

/** A place to run a workload on, with a buffer of so many pages. */
function site(machine: SyntheticMachine, pages = 64, cpu: Cpu = machine.cpus[0]): WorkloadSite {
  return { cpu, disk: machine.guest.disk(0, cpu), buffer: machine.guest.pages.block(pages) };
}

/** Compares whole buffers; a list of differing bytes would help nobody. */
const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** What a piece of work costs. */
function counting(machine: SyntheticMachine, work: () => void): CounterSnapshot {
  const before = machine.partition.counters.snapshot();
  work();
  return countersBetween(before, machine.partition.counters.snapshot());
}

describe('start', () => {
  it.each(['2008', '2012', '2020'] as const)('finds the disk in the era %s', (era) => {
    const machine = boot({ era });
    const [adapter] = machine.guest.adapters;
    expect(adapter.disks).toMatchObject([
      { address: { path: 0, target: 0, lun: 0 }, vendor: 'Msft', sectors: machine.disk.sectors },
    ]);
    expect(machine.guest.vmbus?.strayMessages).toBe(0);
    const { deviceIntercepts, tallies } = machine.partition.counters.snapshot();
    expect([deviceIntercepts, tallies.faults]).toEqual([0, 0]);
  });

  it('finds an accelerated IDE disk at the place that its offer names', () => {
    const machine = boot({ ide: { path: 0, target: 1 }, maxSubChannels: 3 });
    const [adapter] = machine.guest.adapters;
    expect(adapter.disks.map(({ address }) => address)).toEqual([{ path: 0, target: 1, lun: 0 }]);
    const report = machine.run(oneRequest(site(machine), { operation: 'read', lba: 0, bytes: 4 * KIB }));
    expect(report?.failures).toBe(0);
  });

  it.each(LINUX_VMBUS_VERSIONS)('agrees on VMBus %i with a host that knows nothing newer', (version) => {
    const machine = boot({ newestVmbus: version });
    expect(machine.guest.vmbus?.connection.version).toBe(version);
  });

  it.each(LINUX_VMSTOR_VERSIONS)('agrees on the storage protocol %i', (version) => {
    const machine = boot({ newestStorvsp: version });
    expect(machine.guest.adapters[0].version).toBe(version);
  });

  it('gives up on a storvsp that is too old', () => {
    const machine = new SyntheticMachine({ newestStorvsp: 0x0402 }).boot();
    expect(machine.guest.state).toBe('no-disk');
  });

  it('says to the disk what a stock kernel says, packet for packet', () => {
    const put = vi.spyOn(RingView.prototype, 'putHalves');
    const machine = boot({ newestStorvsp: 0x0600 });
    const packets = put.mock.calls.filter(([type]) => type !== 11).length;
    put.mockRestore();
    const ours = replayed(machine, packets);
    expect(ours).toEqual(recorded());
  });
});

/** Operation, packet type, direction and CDB of everything the guest says until the first read; lengths of VPD pages are the host's affair. */
type Said = readonly [type: number, operation: number, direction: number, cdb: string];

function said(type: number, packet: Uint8Array): Said {
  if (packet[0] !== VSTOR_OPERATION.EXECUTE_SRB) return [type, packet[0], packet[12] | (packet[13] << 8), ''];
  const cdb = packet.slice(28, 28 + packet[20]);
  const wholePage = cdb[0] === 0x12 && cdb[1] === 1 && cdb[4] !== 4 && !(cdb[2] === 0 && cdb[4] === 36);
  if (wholePage) cdb[4] = 0xff;
  return [type, packet[0], packet[22], Buffer.from(cdb).toString('hex')];
}

interface RecordedEvent {
  readonly k: string;
  readonly relid?: number;
  readonly bytes: string;
}

/** The recording of Linux 6.1 on i386 against a host that offers protocol 6.0 after refusing 6.2, up to its first READ. */
function recorded(): Said[] {
  const url = new URL('./recordings/linux-6.1-i386-v86-storvsc-6.0.json', import.meta.url);
  const { events } = JSON.parse(readFileSync(url, 'utf8')) as { events: RecordedEvent[] };
  const packets = events
    .filter(({ k, relid }) => k === 'ring_out' && relid === 1)
    .map(({ bytes }) => Buffer.from(bytes, 'hex'));
  const list = packets.map((bytes) => said(bytes[0], bytes.subarray(8 * bytes.readUInt16LE(2))));
  return list.slice(
    0,
    list.findIndex(([, , , cdb]) => cdb.startsWith('28')),
  );
}

/** What this guest wrote into its ring since the start, read back from the ring: nothing has been overwritten yet. */
function replayed(machine: SyntheticMachine, packets: number): Said[] {
  const { outbound } = machine.guest.adapters[0].queues[0].channel;
  expect(outbound.writeIndex).toBeLessThan(outbound.size);
  outbound.readIndex = 0;
  const list: Said[] = [];
  for (let i = 0; i < packets; i++) {
    const packet = outbound.peek();
    if (typeof packet === 'string') break;
    list.push(said(packet.type, outbound.payload(packet)));
    outbound.advance();
  }
  return list;
}

describe('one request', () => {
  it.each([
    ['2008', 8],
    ['2012', 8],
    ['2020', 10],
  ] as const)('crosses rings as often as the era %s needs', (era, transitions) => {
    const machine = boot({ era });
    const at = site(machine);
    for (const operation of ['read', 'write'] as const) {
      const cost = counting(machine, () =>
        machine.run(oneRequest(at, { operation, lba: 8, bytes: 4 * KIB })),
      );
      expect(cost.ringTransitions).toBe(transitions);
      expect(cost.deviceIntercepts).toBe(0);
      expect(cost.tallies).toMatchObject({ signals: 1, interrupts: 1, eois: transitions === 10 ? 1 : 0 });
      expect(Object.values(cost.bytesCopied).every((bytes) => bytes === 0)).toBe(true);
    }
  });

  it.each([512, 4 * KIB, 64 * KIB, 256 * KIB])('moves %i bytes both ways without a copy', (bytes) => {
    const machine = boot();
    const { memory } = machine.partition;
    const at = site(machine, 65);
    const content = pattern(7, bytes / 512);
    machine.disk.write(100, bytes / 512, content);
    const buffer = at.buffer + 512;
    machine.run(oneRequest({ ...at, buffer }, { operation: 'read', lba: 100, bytes }));
    expect(equal(memory.read(buffer, bytes), content)).toBe(true);
    const cost = counting(machine, () =>
      machine.run(oneRequest({ ...at, buffer }, { operation: 'write', lba: 4000, bytes })),
    );
    const written = new Uint8Array(bytes);
    machine.disk.read(4000, bytes / 512, written);
    expect(equal(written, content)).toBe(true);
    expect(cost.ringTransitions).toBe(10);
  });

  it('is cut where the host’s limit is, and its pieces travel together', () => {
    const machine = boot();
    const bytes = 1024 * KIB;
    const at = site(machine, 256);
    const content = pattern(3, bytes / 512);
    machine.disk.write(0, bytes / 512, content);
    const { counters } = machine.guest.adapters[0].queues[0];
    const before = counters.requests;
    const cost = counting(machine, () => machine.run(oneRequest(at, { operation: 'read', lba: 0, bytes })));
    expect(equal(machine.partition.memory.read(at.buffer, bytes), content)).toBe(true);
    expect(machine.guest.adapters[0].maxTransferBytes).toBe(256 * KIB);
    expect(counters.requests - before).toBe(4);
    expect(cost.tallies.signals).toBe(1);
  });

  it('uses 16-byte commands where 10 do not reach', () => {
    const machine = boot({ sectors: 2 ** 33 });
    const at = site(machine);
    machine.partition.memory.u8.fill(0x5a, at.buffer, at.buffer + 4096);
    const lba = 2 ** 32 + 24;
    const report = machine.run(oneRequest(at, { operation: 'write', lba, bytes: 4096 }));
    expect(report?.failures).toBe(0);
    const there = new Uint8Array(4096);
    machine.disk.read(lba, 8, there);
    expect(equal(there, new Uint8Array(4096).fill(0x5a))).toBe(true);
  });

  it('beyond the end fails with the disk’s own words', () => {
    const machine = boot();
    const report = machine.run(
      oneRequest(site(machine), { operation: 'read', lba: machine.disk.sectors, bytes: 512 }),
    );
    expect(report?.failures).toBe(1);
    const failure = report?.firstFailure as Extract<IoResult, { kind: 'failed' }>;
    expect(failure.error).toBe((SENSE_KEY.ILLEGAL_REQUEST << 16) | ASC.LBA_OUT_OF_RANGE);
  });
});

describe('a queue', () => {
  const load = { requests: 2000, requestBytes: 4 * KIB, reads: 0.7 };

  it.each([1, 2, 8, 32, 128])('at depth %i signals once per empty ring at most', (depth) => {
    const machine = boot({ model: 'nvme' });
    const at = site(machine, depth);
    const rng = machine.streams.stream('workload');
    const cost = counting(machine, () => {
      const report = machine.run(randomAccess(at, { ...load, depth }, rng));
      expect([report?.requests, report?.failures]).toEqual([2000, 0]);
    });
    const { channel, counters } = machine.guest.adapters[0].queues[0];
    expect(channel.counters.needlessSignals).toBe(0);
    expect(counters.stray).toBe(0);
    expect(cost.deviceIntercepts).toBe(0);
    if (depth === 1) expect(cost.tallies.signals).toBe(2000);
    else expect(cost.tallies.signals).toBeLessThan(2000 / Math.min(depth, 4));
    expect(cost.tallies.interrupts).toBeLessThanOrEqual(2000);
  });

  it('leaves the same bytes on the disk at any depth', () => {
    const images = [1, 32].map((depth) => {
      const machine = boot({ seed: 9 });
      const at = site(machine, depth);
      machine.partition.memory.u8.fill(0x77, at.buffer, at.buffer + depth * 4096);
      machine.run(
        randomAccess(at, { ...load, reads: 0, requests: 300, depth }, machine.streams.stream('workload')),
      );
      const image = new Uint8Array(machine.disk.sectors * 512);
      machine.disk.read(0, machine.disk.sectors, image);
      return image;
    });
    expect(equal(images[0], images[1])).toBe(true);
  });

  it('runs the same twice from the same seed', () => {
    const digests = [1, 2].map(() => {
      const machine = boot({ seed: 5, model: 'nvme' });
      machine.run(
        randomAccess(site(machine, 16), { ...load, depth: 16 }, machine.streams.stream('workload')),
      );
      return machine.hypervisor.trace.digest();
    });
    expect(digests[0]).toBe(digests[1]);
  });
});

describe('several channels', () => {
  it('give every processor rings, interrupts and a worker of its own', () => {
    const machine = boot({ vps: 4, rootVps: 4, maxSubChannels: 3, model: 'nvme' });
    const [adapter] = machine.guest.adapters;
    expect(adapter.queues.length).toBe(4);
    const started = machine.cpus.map((cpu) => {
      const rng = machine.streams.stream(`workload ${cpu.index}`);
      return cpu.run(
        randomAccess(
          site(machine, 8, cpu),
          { requests: 500, requestBytes: 4 * KIB, depth: 8, reads: 1 },
          rng,
        ),
      );
    });
    machine.hypervisor.engine.run();
    for (const { done, result } of started)
      expect([done, result?.requests, result?.failures]).toEqual([true, 500, 0]);
    for (const { channel } of adapter.queues) {
      expect(channel.counters.interrupts).toBeGreaterThan(0);
      expect(channel.counters.packetsIn).toBeGreaterThanOrEqual(500);
      expect(channel.stuck).toBe(false);
    }
  });

  it('are not asked for beyond what the host or the guest has', () => {
    expect(boot({ vps: 4, maxSubChannels: 1 }).guest.adapters[0].queues.length).toBe(2);
    expect(boot({ vps: 2, maxSubChannels: 7 }).guest.adapters[0].queues.length).toBe(2);
    expect(boot({ vps: 2, maxSubChannels: 0 }).guest.adapters[0].queues.length).toBe(1);
  });
});

describe('a wrong rule', () => {
  function run(rules: ChannelRules, seed = 1): SyntheticMachine {
    const machine = boot({ seed, model: 'nvme', guest: { storvsc: { rules } } });
    const load = { requests: 10_000, requestBytes: 4 * KIB, depth: 64, reads: 0.5, think: 5000 };
    machine.run(randomAccess(site(machine, 64), load, machine.streams.stream('workload')));
    return machine;
  }

  it('signals for every packet, for nothing', () => {
    const right = run({ signal: 'when-empty', sleep: 'recheck' });
    const wrong = run({ signal: 'every-packet', sleep: 'recheck' });
    const { needlessSignals, packetsOut } = wrong.guest.adapters[0].queues[0].channel.counters;
    expect(wrong.partition.counters.total('signals')).toBe(packetsOut);
    expect(needlessSignals).toBeGreaterThan(500);
    expect(wrong.partition.counters.total('signals')).toBeGreaterThan(
      2 * right.partition.counters.total('signals'),
    );
    expect(wrong.guest.adapters[0].queues[0].counters.completions).toBe(
      right.guest.adapters[0].queues[0].counters.completions,
    );
  });

  it('sleeps without a second look, and never wakes', () => {
    const seeds = [1, 2, 3];
    const outcome = (sleep: ChannelRules['sleep']): boolean[] =>
      seeds.map((seed) => {
        const { channel, inFlight } = run({ signal: 'when-empty', sleep }, seed).guest.adapters[0].queues[0];
        expect(channel.stuck).toBe(inFlight > 0);
        return channel.stuck;
      });
    expect(outcome('no-recheck')).toContain(true);
    expect(outcome('recheck')).toEqual([false, false, false]);
  });
});

describe('workloads', () => {
  it('copy a file', () => {
    const machine = boot();
    const bytes = 300 * KIB;
    const content = pattern(11, bytes / 512);
    machine.disk.write(64, bytes / 512, content);
    const report = machine.run(copyFile(site(machine), { from: 64, to: 5000, bytes }));
    const copy = new Uint8Array(bytes);
    machine.disk.read(5000, bytes / 512, copy);
    expect(equal(copy, content)).toBe(true);
    expect(report).toMatchObject({ requests: 11, bytes: 2 * bytes, failures: 0 });
  });

  it('stream', () => {
    const machine = boot();
    const load = { operation: 'read', lba: 0, bytes: 1000 * KIB, requestBytes: 64 * KIB } as const;
    const report = machine.run(sequential(site(machine), load));
    expect(report).toMatchObject({ requests: 16, bytes: 1000 * KIB, failures: 0 });
  });

  it('commit transactions behind their log', () => {
    const machine = boot({ model: 'nvme' });
    const load = { transactions: 100, checkpointEvery: 25 };
    const report = machine.run(sqlTransactions(site(machine), load, machine.streams.stream('workload')));
    expect(report?.commits).toMatchObject({ requests: 100, failures: 0 });
    // Per transaction 4 reads, a log write and a flush; per checkpoint 50 page writes and a flush.
    expect(report?.disk).toMatchObject({ requests: 100 * 6 + 4 * 51, failures: 0 });
  });
});

describe('losing the disk', () => {
  it('fails what is in flight, once, and lets the channel go', () => {
    const machine = boot({ model: 'sas15k' });
    const at = site(machine, 8);
    const results: number[] = [];
    const disk = machine.guest.disk();
    machine.cpus[0].run(
      (function* () {
        for (let tag = 0; tag < 8; tag++) {
          const request = {
            operation: 'read',
            lba: tag * 1000,
            sectors: 8,
            gpa: at.buffer + tag * 4096,
            tag,
          } as const;
          yield* disk.submit(request, (answered, { kind }) => {
            if (kind === 'failed') results.push(answered);
          });
        }
        machine.bus.revoke(machine.storvsp);
        while (disk.inFlight > 0) yield* disk.waitForCompletion();
      })(),
    );
    machine.hypervisor.engine.run();
    expect(results.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(machine.guest.vmbus?.openable()).toEqual([]);
    expect(machine.bus.channels).toEqual([]);
  });

  it('and getting another one: the guest scans when the host says so', () => {
    const machine = boot();
    const [adapter] = machine.guest.adapters;
    const { vmbus } = machine.guest;
    const second = new MemoryDisk(2048);
    machine.storvsp.attach(
      { scsi: new ScsiDisk(second), service: machine.service },
      { path: 0, target: 0, lun: 3 },
    );
    machine.run(vmbus?.idle(machine.cpus[0], () => adapter.disks.length === 2) ?? (function* () {})());
    expect(adapter.disks.map(({ address, sectors }) => [address.lun, sectors])).toEqual([
      [0, machine.disk.sectors],
      [3, 2048],
    ]);
    const other = { ...site(machine), disk: machine.guest.disk(1) };
    machine.partition.memory.u8.fill(0x42, other.buffer, other.buffer + 512);
    machine.run(oneRequest(other, { operation: 'write', lba: 2047, bytes: 512 }));
    const sector = new Uint8Array(512);
    second.read(2047, 1, sector);
    expect(equal(sector, new Uint8Array(512).fill(0x42))).toBe(true);
  });

  it('disconnects from VMBus by polling', () => {
    const machine = boot();
    machine.run(machine.guest.shutDown());
    expect(machine.guest.state).toBe('shut-down');
    expect(machine.bus.connection).toBeUndefined();
  });
});
