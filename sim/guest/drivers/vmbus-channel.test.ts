import { describe, expect, it } from 'vitest';
import type { Program } from '../../core/program.ts';
import { Cpu } from '../../machine/cpu.ts';
import { Hypervisor } from '../../machine/hypervisor.ts';
import type { Put } from '../../wire/ring.ts';
import { CHANNELMSG, DEVICE_CLASS } from '../../wire/vmbus.ts';
import { LINUX_6_1 } from '../profiles/linux.ts';
import { AgreeableHost, connectionOf, type HostRings, scsiOffer } from './agreeable-host.ts';
import { detectHypervisor, Hyperv } from './hv.ts';
import { PageAllocator } from './page-allocator.ts';
import { Vmbus } from './vmbus.ts';
import type { ChannelRules, VmbusChannel } from './vmbus-channel.ts';
import { PROTOCOL_RULES } from './vmbus-channel.ts';

const RELID = 5;
const INBAND = 6;
const PAYLOAD = new Uint8Array(64);

/** A guest that is connected and has one channel open, whose callback counts packets. */
class Bench {
  readonly hypervisor = new Hypervisor({ era: '2020' });
  readonly partition = this.hypervisor.createPartition({ memory: 2 * 1024 * 1024 });
  readonly cpu = new Cpu(this.partition);
  readonly pages = new PageAllocator(this.partition.memory, 0x10_0000);
  readonly host: AgreeableHost;
  vmbus!: Vmbus;
  channel!: VmbusChannel;
  rings!: HostRings;
  packets = 0;

  constructor(options: { rules?: ChannelRules; monitorId?: number; ringPages?: number } = {}) {
    this.host = new AgreeableHost(this.partition, [scsiOffer(RELID, options.monitorId)]);
    this.cpu.finish(this.connect(options.rules ?? PROTOCOL_RULES, options.ringPages ?? 3));
    this.rings = this.host.rings.get(RELID) as HostRings;
  }

  private *connect(rules: ChannelRules, ringPages: number): Program {
    const info = yield* detectHypervisor(this.cpu);
    if (!info) return;
    const hv = new Hyperv(info, this.pages, 2600);
    yield* hv.initProcessor(this.cpu);
    yield* hv.enableHypercalls(this.cpu, LINUX_6_1.guestOsId);
    this.vmbus = new Vmbus(hv);
    yield* this.vmbus.initProcessor(this.cpu);
    yield* this.vmbus.connect(this.cpu);
    [this.channel] = this.vmbus.devices(DEVICE_CLASS.SCSI.guid);
    const callback = (): Program => this.drain();
    yield* this.channel.open(this.cpu, {
      outPages: ringPages,
      inPages: ringPages,
      targetVp: 0,
      callback,
      rules,
    });
  }

  private *drain(): Program {
    const { inbound } = this.channel;
    while (typeof inbound.peek() === 'object') {
      this.packets++;
      inbound.advance();
      yield* this.cpu.compute(500);
    }
    if (this.channel.endBatch()) yield* this.channel.signalRoom(this.cpu);
  }

  /** Runs a guest program and everything it causes. */
  run<R>(program: Program<R>): R {
    const result = this.cpu.finish(program);
    this.hypervisor.engine.run();
    return result;
  }

  *send(count: number): Program {
    for (let i = 0; i < count; i++) {
      const put = this.channel.outbound.put(INBAND, 0, i, undefined, PAYLOAD) as Put;
      if (this.channel.mustSignal(put)) yield* this.channel.signal(this.cpu);
    }
  }

  /** The host puts a packet into the guest's ring at `at`, and signals by the protocol's rule. */
  deliverAt(at: number): void {
    const { engine } = this.hypervisor;
    engine.timer('test', () => this.deliver()).set(at);
  }

  deliver(): void {
    const put = this.rings.toGuest.put(INBAND, 0, 0, undefined, PAYLOAD);
    if (typeof put === 'object' && put.needSignal) this.host.signal(RELID);
  }

  *sleepUntil(at: number): Program {
    while (this.cpu.now < at) yield* this.cpu.compute(at - this.cpu.now);
  }

  get signals(): number {
    return this.partition.counters.total('signals');
  }
}

describe('a channel', () => {
  it('opens with a header, bodies for the rest of the pages, and the second ring behind the first', () => {
    const { host, rings, channel } = new Bench({ ringPages: 32 });
    const { GPADL_HEADER, GPADL_BODY, OPENCHANNEL, INITIATE_CONTACT, REQUESTOFFERS } = CHANNELMSG;
    expect(host.received).toEqual([
      INITIATE_CONTACT,
      REQUESTOFFERS,
      GPADL_HEADER,
      GPADL_BODY,
      GPADL_BODY,
      OPENCHANNEL,
    ]);
    expect(rings.fromGuest.size).toBe(31 * 4096);
    expect(rings.toGuest.size).toBe(31 * 4096);
    expect(rings.fromGuest.featureBits).toBe(1);
    expect(channel.state).toBe('open');
  });

  it('closes in order and can reuse the pages', () => {
    const bench = new Bench();
    const before = bench.pages.free;
    bench.run(bench.channel.close(bench.cpu));
    expect(bench.host.received.slice(-2)).toEqual([CHANNELMSG.CLOSECHANNEL, CHANNELMSG.GPADL_TEARDOWN]);
    expect(bench.pages.free).toBe(before + 6);
    expect(bench.channel.state).toBe('closed');
  });

  it('signals once for a burst, and again when the host has emptied the ring', () => {
    const bench = new Bench();
    bench.partition.synic.onEventPort(connectionOf(RELID), () => undefined);
    bench.run(bench.send(10));
    expect(bench.signals).toBe(1);
    while (typeof bench.rings.fromGuest.peek() === 'object') bench.rings.fromGuest.take();
    bench.run(bench.send(1));
    expect(bench.signals).toBe(2);
  });

  it('does not signal while the host polls', () => {
    const bench = new Bench();
    bench.rings.fromGuest.interruptMask = 1;
    bench.run(bench.send(10));
    expect(bench.signals).toBe(0);
  });

  it('counts what the wrong rule costs: a signal for every packet', () => {
    const bench = new Bench({ rules: { signal: 'every-packet', sleep: 'recheck' } });
    bench.run(bench.send(10));
    expect(bench.signals).toBe(10);
    expect(bench.channel.counters.needlessSignals).toBe(9);
  });

  it('sets a bit in the monitor page instead, when the host gave it one', () => {
    const bench = new Bench({ monitorId: 33 });
    bench.run(bench.send(3));
    expect(bench.signals).toBe(0);
    expect(bench.channel.counters.monitored).toBe(1);
    const page = bench.vmbus.connection.monitorPages[1];
    expect(bench.partition.memory.read32(page + 8 + 8)).toBe(2);
  });
});

describe('draining', () => {
  it('takes a whole batch in one interrupt', () => {
    const bench = new Bench();
    const start = bench.cpu.now + 10_000;
    for (let i = 0; i < 5; i++) bench.deliverAt(start + i);
    bench.run(bench.sleepUntil(start + 100_000));
    expect(bench.packets).toBe(5);
    expect(bench.channel.counters.interrupts).toBe(1);
  });

  /** The host's second packet arrives `offset` cycles after the first one. */
  function race(sleep: ChannelRules['sleep'], offset: number): Bench {
    const bench = new Bench({ rules: { signal: 'when-empty', sleep } });
    const start = bench.cpu.now + 10_000;
    bench.deliverAt(start);
    bench.deliverAt(start + offset);
    bench.run(bench.sleepUntil(start + 100_000));
    return bench;
  }

  const offsets = Array.from({ length: 60 }, (_, i) => 150 * i);

  it('loses no packet whenever it arrives', () => {
    for (const offset of offsets) {
      const bench = race('recheck', offset);
      expect([offset, bench.packets, bench.channel.stuck]).toEqual([offset, 2, false]);
    }
    expect(offsets.some((offset) => race('recheck', offset).channel.counters.rescued > 0)).toBe(true);
  });

  it('loses one for ever without the second look: data, mask off, nobody signals', () => {
    const lost = offsets.filter((offset) => race('no-recheck', offset).packets < 2);
    expect(lost.length).toBeGreaterThan(0);
    for (const offset of lost) expect(race('no-recheck', offset).channel.stuck).toBe(true);
    for (const offset of lost) expect(race('recheck', offset).channel.counters.rescued).toBe(1);
  });

  it('tells a host that waits for room, exactly when it has it', () => {
    const bench = new Bench();
    bench.rings.toGuest.interruptMask = 1;
    while (bench.rings.toGuest.put(INBAND, 0, 0, undefined, PAYLOAD) !== 'full');
    bench.rings.toGuest.pendingSendSize = 4096;
    bench.rings.toGuest.interruptMask = 0;
    bench.host.signal(RELID);
    bench.run(bench.sleepUntil(bench.cpu.now + 200_000));
    expect(bench.channel.counters.roomSignals).toBe(1);
    expect(bench.signals).toBe(1);
  });
});

describe('a full ring', () => {
  it('is waited for through pending_send_sz, after a second look', () => {
    const bench = new Bench();
    bench.rings.fromGuest.interruptMask = 1;
    const { outbound } = bench.channel;
    while (outbound.put(INBAND, 0, 0, undefined, PAYLOAD) !== 'full');
    expect(bench.channel.askForRoom(88)).toBe(false);
    expect(bench.rings.fromGuest.pendingSendSize).toBe(88);
    bench.rings.fromGuest.peek();
    expect(bench.rings.fromGuest.take().signalWriter).toBe(true);
    expect(bench.channel.askForRoom(88)).toBe(true);
    expect(bench.rings.fromGuest.pendingSendSize).toBe(0);
  });
});

describe('losing the host', () => {
  it('answers a rescind with RELID_RELEASED once the driver has let go', () => {
    const bench = new Bench();
    let told = false;
    bench.channel.onRescind = () => {
      told = true;
    };
    bench.host.send(CHANNELMSG.RESCIND_CHANNELOFFER, RELID);
    bench.run(bench.vmbus.idle(bench.cpu, () => bench.vmbus.openable().length === 0));
    expect(told).toBe(true);
    expect(bench.host.received.slice(-2)).toEqual([CHANNELMSG.CLOSECHANNEL, CHANNELMSG.RELID_RELEASED]);
  });

  it('unloads by polling, with interrupts off', () => {
    const bench = new Bench();
    const before = bench.partition.counters.total('interrupts');
    expect(bench.run(bench.vmbus.disconnect(bench.cpu))).toBe(true);
    expect(bench.host.received.at(-1)).toBe(CHANNELMSG.UNLOAD);
    expect(bench.partition.counters.total('interrupts')).toBe(before);
  });
});
