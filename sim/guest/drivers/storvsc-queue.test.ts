import { describe, expect, it } from 'vitest';
import type { Program } from '../../core/program.ts';
import { Cpu } from '../../machine/cpu.ts';
import { Hypervisor } from '../../machine/hypervisor.ts';
import { NT_STATUS, VSTOR_OPERATION } from '../../wire/storvsp.ts';
import { vstorPacket } from '../../wire/storvsp-packet.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { LINUX_6_1 } from '../profiles/linux.ts';
import { AgreeableHost, connectionOf, type HostRings, scsiOffer } from './agreeable-host.ts';
import type { IoResult } from './block.ts';
import { detectHypervisor, Hyperv } from './hv.ts';
import { PageAllocator } from './page-allocator.ts';
import { StorvscDisk } from './storvsc-disk.ts';
import { StorvscQueue } from './storvsc-queue.ts';
import { Vmbus } from './vmbus.ts';

const RELID = 5;
const FOUND = {
  address: { path: 0, target: 0, lun: 0 },
  vendor: '',
  product: '',
  sectors: 1000,
  writeProtected: false,
};
const SUCCESS = { 'vm_srb.srb_status': 1 };
/** CHECK CONDITION with UNIT ATTENTION, 29h: power on or reset. */
const ATTENTION = {
  'vm_srb.srb_status': 0x84,
  'vm_srb.scsi_status': 2,
  'vm_srb.sense_data': 'hex:700006000000000a00000000290000000000',
};
/** CHECK CONDITION with MEDIUM ERROR, 11h: unrecovered read error. */
const BROKEN = { ...ATTENTION, 'vm_srb.sense_data': 'hex:700003000000000a00000000110000000000' };

/** A guest with one queue, and a host that answers every request with the next entry of a list. */
class Bench {
  readonly hypervisor = new Hypervisor();
  readonly partition = this.hypervisor.createPartition({ memory: 2 * 1024 * 1024 });
  readonly cpu = new Cpu(this.partition);
  readonly host = new AgreeableHost(this.partition, [scsiOffer(RELID)]);
  readonly pages = new PageAllocator(this.partition.memory, 0x10_0000);
  /** Transaction ids of the requests that the host has seen. */
  readonly seen: number[] = [];
  queue!: StorvscQueue;
  disk!: StorvscDisk;
  private rings!: HostRings;
  private readonly answers: Record<string, unknown>[];

  constructor(answers: Record<string, unknown>[]) {
    this.answers = answers;
    this.cpu.finish(this.connect());
    this.rings = this.host.rings.get(RELID) as HostRings;
    this.partition.synic.onEventPort(connectionOf(RELID), () => this.serve());
  }

  private *connect(): Program {
    const info = yield* detectHypervisor(this.cpu);
    if (!info) return;
    const hv = new Hyperv(info, this.pages, 2600);
    yield* hv.initProcessor(this.cpu);
    yield* hv.enableHypercalls(this.cpu, LINUX_6_1.guestOsId);
    const vmbus = new Vmbus(hv);
    yield* vmbus.initProcessor(this.cpu);
    yield* vmbus.connect(this.cpu);
    const [channel] = vmbus.devices(DEVICE_CLASS.SCSI.guid);
    this.queue = new StorvscQueue(this.cpu, channel, 4, this.pages.page());
    this.disk = new StorvscDisk(FOUND, this.queue, 65_536, () => undefined);
    const callback = (cpu: Cpu): Program => this.queue.drain(cpu);
    yield* channel.open(this.cpu, { outPages: 3, inPages: 3, targetVp: 0, callback });
  }

  /** Answers all requests in the ring. */
  private serve(): void {
    const { fromGuest } = this.rings;
    for (let packet = fromGuest.peek(); typeof packet === 'object'; packet = fromGuest.peek()) {
      this.seen.push(packet.tidLow);
      const request = fromGuest.payload(packet);
      const transfer = new DataView(request.buffer).getUint32(24, true);
      const { tidLow, tidHigh } = packet;
      fromGuest.take();
      const answer = this.answers.shift();
      if (answer) this.complete(tidLow, { 'vm_srb.data_transfer_length': transfer, ...answer }, tidHigh);
    }
  }

  /** Sends a completion of any form. */
  complete(tidLow: number, fields: Record<string, unknown>, tidHigh = 0, bytes = 64): void {
    const packet = vstorPacket.encode({ operation: VSTOR_OPERATION.COMPLETE_IO, ...fields });
    this.send(VM_PKT.COMP, tidLow, packet.subarray(0, bytes), tidHigh);
  }

  send(type: number, tidLow: number, packet: Uint8Array, tidHigh = 0): void {
    const put = this.rings.toGuest.putHalves(type, 0, tidLow, tidHigh, undefined, packet, 0, packet.length);
    if (typeof put === 'object' && put.needSignal) this.host.signal(RELID);
  }

  /** Breaks the ring to the guest as only a host gone mad would. */
  corrupt(): void {
    this.rings.toGuest.writeIndex = 4;
    this.host.signal(RELID);
  }

  run<R>(program: Program<R>): R | undefined {
    const started = this.cpu.run(program);
    this.hypervisor.engine.run();
    return started.result;
  }

  /** A program that only lets time pass. */
  *cpuTime(cycles: number): Program {
    yield* this.cpu.compute(cycles);
  }

  read(sectors = 8): IoResult | undefined {
    return this.run(this.disk.read(0, sectors, 0x4_0000));
  }
}

describe('a completion', () => {
  it('ends its request, and the transaction id is free again', () => {
    const bench = new Bench([SUCCESS, SUCCESS]);
    expect([bench.read(), bench.read()]).toMatchObject([{ kind: 'ok' }, { kind: 'ok' }]);
    expect(bench.seen).toEqual([1, 1]);
    expect(bench.queue.inFlight).toBe(0);
  });

  it('with a unit attention makes the driver try again, five times at most', () => {
    const once = new Bench([ATTENTION, SUCCESS]);
    expect(once.read()).toEqual({ kind: 'ok' });
    expect([once.queue.counters.retries, once.queue.counters.completions]).toEqual([1, 1]);
    const always = new Bench(new Array(6).fill(ATTENTION));
    expect(always.read()).toMatchObject({ kind: 'failed', error: 0x6_2900 });
    expect(always.seen.length).toBe(6);
  });

  it('with an error reports status and sense, without another try', () => {
    const bench = new Bench([BROKEN]);
    expect(bench.read()).toMatchObject({ kind: 'failed', status: 0x402, error: 0x3_1100 });
    expect(bench.seen.length).toBe(1);
  });

  it('with fewer bytes than asked for is no success', () => {
    const bench = new Bench([{ ...SUCCESS, 'vm_srb.data_transfer_length': 512 }]);
    expect(bench.read()).toMatchObject({ kind: 'failed', reason: '512 of 4096 bytes were moved' });
  });

  it('of nobody’s request, twice, or too short is counted and changes nothing', () => {
    const bench = new Bench([SUCCESS]);
    expect(bench.read()).toEqual({ kind: 'ok' });
    bench.complete(1, SUCCESS);
    bench.complete(99, SUCCESS);
    bench.complete(1, SUCCESS, 7);
    bench.complete(2, SUCCESS, 0, 16);
    bench.run(bench.cpuTime(100_000));
    expect(bench.queue.counters).toMatchObject({ stray: 4, completions: 1 });
  });
});

describe('the queue', () => {
  it('takes as many requests as it has places', () => {
    const bench = new Bench([]);
    const request = { operation: 'read', lba: 0, sectors: 1, gpa: 0x4_0000, tag: 0 } as const;
    const taken = Array.from({ length: 6 }, () => bench.run(bench.disk.submit(request, () => undefined)));
    expect(taken).toEqual([true, true, true, true, false, false]);
    expect(bench.disk.inFlight).toBe(4);
    expect(bench.seen).toEqual([1, 2, 3, 4]);
    expect(bench.queue.oldest(bench.cpu.now + 10)).toBeGreaterThan(10);
  });

  it('waits for the answer to a control packet under an id of its own', () => {
    const bench = new Bench([{ status: NT_STATUS.REVISION_MISMATCH }]);
    const reply = bench.run(bench.queue.control(VSTOR_OPERATION.QUERY_PROTOCOL_VERSION, 0x602));
    expect(reply && vstorPacket.decode(reply).status).toBe(NT_STATUS.REVISION_MISMATCH);
    expect(bench.seen).toEqual([0xffff_fffd]);
  });

  it('hears of new disks', () => {
    const bench = new Bench([]);
    let changes = 0;
    bench.queue.onBusChange = () => {
      changes++;
    };
    const notice = vstorPacket.encode({ operation: VSTOR_OPERATION.ENUMERATE_BUS });
    bench.send(VM_PKT.DATA_INBAND, 0, notice);
    bench.run(bench.cpuTime(100_000));
    expect([changes, bench.queue.counters.busChanges]).toEqual([1, 1]);
  });

  it('gives the channel up when the ring is corrupt', () => {
    const bench = new Bench([]);
    bench.corrupt();
    bench.run(bench.cpuTime(100_000));
    expect(bench.queue.channel.state).toBe('corrupt');
  });
});
