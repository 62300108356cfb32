/** A guest that is known to the last byte is watched: what is seen of it must be the guest again. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Streams } from '../core/rng.ts';
import { MemoryDisk } from '../host/backends/disk.ts';
import { DiskService } from '../host/backends/service.ts';
import { ScsiDisk } from '../host/vsp/scsi-disk.ts';
import { Storvsp } from '../host/vsp/storvsp.ts';
import { attachVmbus } from '../host/vsp/vmbus-attach.ts';
import { replay } from '../lab/replay.ts';
import type { RecordedEvent, Recording } from '../lab/replay-recording.ts';
import type { ReplayReport } from '../lab/replay-report.ts';
import { Hypervisor } from '../machine/hypervisor.ts';
import { HV_X64_MSR } from '../wire/msr.ts';
import { VMSTOR_PROTO_VERSION } from '../wire/storvsp.ts';
import { observe, type Seen, type SeenCounts } from './observe.ts';
import { recordedEvent } from './recorded-event.ts';

const RECORDING = JSON.parse(
  readFileSync(new URL('../test/recordings/linux-6.1-i386-v86-storvsc-6.0.json', import.meta.url), 'utf8'),
) as Recording;

interface Watched {
  readonly seen: readonly Seen[];
  readonly counts: SeenCounts;
  readonly report: ReplayReport;
  readonly recording: Recording;
}

function watch(recording: Recording): Watched {
  const hypervisor = new Hypervisor();
  const { engine, costs } = hypervisor;
  const partition = hypervisor.createPartition({ memory: 512 << 20 });
  const vmbus = attachVmbus(partition);
  const seen: Seen[] = [];
  const events: RecordedEvent[] = [];
  const counts = observe({ partition, vmbus }, (one) => {
    seen.push(one);
    const event = recordedEvent(one, partition.referenceTime());
    if (event) events.push(event);
  });
  const storvsp = new Storvsp(partition, { newestVersion: VMSTOR_PROTO_VERSION.WIN8_1 });
  const service = new DiskService(engine, new Streams(1).stream('disk'), 'memory', costs);
  storvsp.attach({ scsi: new ScsiDisk(new MemoryDisk(1 << 17)), service });
  vmbus.offer(storvsp);
  const settle = (): void => {
    engine.run();
  };
  const report = replay(partition, recording, { settle });
  return { seen, counts, report, recording: JSON.parse(JSON.stringify({ meta: {}, events })) as Recording };
}

const kinds = (seen: readonly Seen[], k: Seen['k']): number => seen.filter((one) => one.k === k).length;

describe('a watched guest', () => {
  const first = watch(RECORDING);

  it('is seen whole: calls, packets both ways, messages, signals', () => {
    const { fed, matched } = first.report;
    expect(first.report.differences).toEqual([]);
    expect(kinds(first.seen, 'ring_out')).toBe(fed.packet);
    expect(kinds(first.seen, 'ring_in')).toBe(matched.packet ?? fed.packet);
    expect(kinds(first.seen, 'hypercall')).toBe(fed.post + fed.signal);
    expect(kinds(first.seen, 'synic_message')).toBe(first.counts.messagesToGuest);
    expect(kinds(first.seen, 'synic_event')).toBe(first.counts.signalsToGuest);
    expect(kinds(first.seen, 'cpuid')).toBe([...first.counts.cpuid.values()].reduce((a, b) => a + b, 0));
  });

  it('gives a recording that plays back as the first one did', () => {
    const second = watch(first.recording);
    expect(second.report.differences).toEqual([]);
    for (const what of ['post', 'packet', 'signal'])
      expect(second.report.fed[what]).toBe(first.report.fed[what]);
    // The player enables message and event pages itself, whether the recording does or not.
    const order = ({ events }: Recording): string[] => events.map(({ k }) => k).filter((k) => k !== 'wrmsr');
    expect(order(second.recording)).toEqual(order(first.recording));
  });

  it('is not disturbed: the same answers as without anybody who watches', () => {
    const plain = new Hypervisor().createPartition({ memory: 1 << 20 });
    const partition = new Hypervisor().createPartition({ memory: 1 << 20 });
    const counts = observe({ partition, vmbus: attachVmbus(partition) }, () => {});
    expect(partition.cpuid(0, 0x4000_0001, 0)).toEqual(plain.cpuid(0, 0x4000_0001, 0));
    expect(partition.writeMsr(0, HV_X64_MSR.SIMP, 0xffff_ffff_ffff_f001n)).toBe(
      plain.writeMsr(0, HV_X64_MSR.SIMP, 0xffff_ffff_ffff_f001n),
    );
    expect(partition.hypercall(0, 0xffffn, 0n, 0n)).toEqual(plain.hypercall(0, 0xffffn, 0n, 0n));
    expect([...counts.calls]).toEqual([[0xffff, 1]]);
  });

  it('may read the clock as often as it likes: that is only counted', () => {
    const partition = new Hypervisor().createPartition({ memory: 1 << 20 });
    const seen: Seen[] = [];
    const counts = observe({ partition, vmbus: attachVmbus(partition) }, (one) => seen.push(one));
    for (let i = 0; i < 10; i++) partition.readMsr(0, HV_X64_MSR.TIME_REF_COUNT);
    expect(seen).toEqual([]);
    expect(counts.msrReads.get(HV_X64_MSR.TIME_REF_COUNT)).toBe(10);
  });
});
