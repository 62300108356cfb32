import { describe, expect, it } from 'vitest';
import { HV_X64_MSR } from '../wire/msr.ts';
import { HV_EVENT_FLAGS_BYTE_COUNT, HV_MESSAGE_SIZE } from '../wire/synic-constants.ts';
import type { HypervisorOptions } from './hypervisor.ts';
import { Hypervisor } from './hypervisor.ts';
import type { Partition } from './partition.ts';

const SIMP = 0x3000;
const SIEFP = 0x4000;
const SINT = 2;
const VECTOR = 0xf3;

interface Raised {
  vp: number;
  vector: number;
  autoEoi: boolean;
}

/** A partition whose guest has set up its SynIC, and the interrupts that come out of it. */
class Bench {
  readonly partition: Partition;
  readonly raised: Raised[] = [];

  constructor(sint = BigInt(VECTOR), options: HypervisorOptions = {}) {
    this.partition = new Hypervisor(options).createPartition({ memory: 1024 * 1024, vps: 2 });
    this.partition.attachInterrupts({
      inject: (vp, vector, autoEoi) => this.raised.push({ vp, vector, autoEoi }),
    });
    this.write(HV_X64_MSR.SIMP, BigInt(SIMP | 1));
    this.write(HV_X64_MSR.SIEFP, BigInt(SIEFP | 1));
    this.write(HV_X64_MSR.SINT0 + SINT, sint);
    this.write(HV_X64_MSR.SCONTROL, 1n);
  }

  write(index: number, value: bigint): boolean {
    return this.partition.writeMsr(0, index, value);
  }

  post(text: string): string {
    return this.partition.synic.postMessage(0, SINT, 1, new TextEncoder().encode(text));
  }

  /** What the guest sees in the slot: the text, `+` when more wait; empty when the slot is free. */
  slot(): string {
    const { view, u8 } = this.partition.memory;
    const at = SIMP + SINT * HV_MESSAGE_SIZE;
    if (view.getUint32(at, true) === 0) return '';
    const text = new TextDecoder().decode(u8.slice(at + 16, at + 16 + u8[at + 4]));
    return u8[at + 5] & 1 ? `${text}+` : text;
  }

  /** The guest frees the slot; true when it must write EOM. */
  free(): boolean {
    const { view, u8 } = this.partition.memory;
    const at = SIMP + SINT * HV_MESSAGE_SIZE;
    view.setUint32(at, 0, true);
    return (u8[at + 5] & 1) !== 0;
  }

  signal(flag: number): boolean {
    return this.partition.synic.signalEvent(0, SINT, flag);
  }

  flagByte(flag: number): number {
    return this.partition.memory.u8[SIEFP + SINT * HV_EVENT_FLAGS_BYTE_COUNT + (flag >>> 3)];
  }
}

describe('message slots', () => {
  it('take one message, and the interrupt says so', () => {
    const bench = new Bench();
    expect(bench.post('hello')).toBe('delivered');
    expect(bench.slot()).toBe('hello');
    expect(bench.raised).toEqual([{ vp: 0, vector: VECTOR, autoEoi: false }]);
    expect(bench.partition.counters.passed('signal-to-guest')).toBe(1);
  });

  it('hold back the next ones until the guest writes EOM, in order', () => {
    const bench = new Bench();
    expect(['a', 'b', 'c'].map((text) => bench.post(text))).toEqual(['delivered', 'queued', 'queued']);
    expect(bench.slot()).toBe('a+');
    expect(bench.raised.length).toBe(1);
    expect(bench.free()).toBe(true);
    bench.write(HV_X64_MSR.EOM, 0n);
    expect(bench.slot()).toBe('b+');
    expect(bench.free()).toBe(true);
    bench.write(HV_X64_MSR.EOM, 0n);
    expect(bench.slot()).toBe('c');
    expect(bench.free()).toBe(false);
    expect(bench.raised.length).toBe(3);
  });

  it('lose the redelivery when the guest reads the pending flag before it frees the slot', () => {
    const bench = new Bench();
    bench.post('a');
    // The guest looks at the flag first: nothing waits yet.
    const pendingTooEarly = (bench.partition.memory.u8[SIMP + SINT * HV_MESSAGE_SIZE + 5] & 1) !== 0;
    bench.post('b');
    bench.free();
    expect(pendingTooEarly).toBe(false);
    expect(bench.slot()).toBe('');
    // No EOM, no EOI: the message stays where it is until something else comes along.
    expect(bench.post('c')).toBe('queued');
    expect(bench.slot()).toBe('b+');
  });

  it('are tried again when the guest ends the interrupt of the source', () => {
    const partition = new Hypervisor().createPartition({ memory: 1024 * 1024 });
    const { apic } = partition.vps[0];
    for (const [index, value] of [
      [HV_X64_MSR.SIMP, BigInt(SIMP | 1)],
      [HV_X64_MSR.SINT0 + SINT, BigInt(VECTOR)],
      [HV_X64_MSR.SCONTROL, 1n],
    ] as const) {
      partition.writeMsr(0, index, value);
    }
    partition.synic.postMessage(0, SINT, 1, Uint8Array.of(1));
    partition.synic.postMessage(0, SINT, 1, Uint8Array.of(2));
    expect(apic.acknowledge()).toBe(VECTOR);
    partition.memory.write32(SIMP + SINT * HV_MESSAGE_SIZE, 0);
    partition.mmioWrite(0, 0xfee0_00b0, 4, 0);
    expect(partition.memory.u8[SIMP + SINT * HV_MESSAGE_SIZE + 16]).toBe(2);
    expect(apic.isPending(VECTOR)).toBe(true);
  });

  it('have sixteen buffers behind them; the sender hears when one is free again', () => {
    const bench = new Bench();
    const results = Array.from({ length: 18 }, (_, i) => bench.post(String(i)));
    expect(results.filter((result) => result === 'queued').length).toBe(16);
    expect(results[17]).toBe('full');
    const room: number[] = [];
    bench.partition.synic.onRoom((vp, sint) => room.push(vp, sint));
    bench.free();
    bench.write(HV_X64_MSR.EOM, 0n);
    expect(room).toEqual([0, SINT]);
    expect(bench.post('again')).toBe('queued');
  });

  it('wait for a guest that has not enabled its SynIC yet', () => {
    const bench = new Bench();
    bench.write(HV_X64_MSR.SCONTROL, 0n);
    expect(bench.post('early')).toBe('queued');
    expect(bench.slot()).toBe('');
    bench.write(HV_X64_MSR.SCONTROL, 1n);
    expect(bench.slot()).toBe('early');
  });

  it('of other processors and sources are untouched', () => {
    const bench = new Bench();
    bench.post('x');
    const { u8 } = bench.partition.memory;
    const page = u8.slice(SIMP, SIMP + 4096);
    page.fill(0, SINT * HV_MESSAGE_SIZE, (SINT + 1) * HV_MESSAGE_SIZE);
    expect(page.every((byte) => byte === 0)).toBe(true);
    expect(bench.partition.synic.postMessage(1, SINT, 1, Uint8Array.of(9))).toBe('queued');
    expect(bench.raised.length).toBe(1);
  });

  it('keep a copy of what was sent', () => {
    const bench = new Bench();
    bench.post('a');
    const bytes = Uint8Array.of(0x62);
    bench.partition.synic.postMessage(0, SINT, 1, bytes);
    bytes[0] = 0x78;
    bench.free();
    bench.write(HV_X64_MSR.EOM, 0n);
    expect(bench.slot()).toBe('b');
  });
});

describe('a masked or polled source', () => {
  it.each([
    ['masked', 1n << 16n],
    ['polled', 1n << 18n],
  ])('raises nothing when %s; the slot and the flags are written', (_name, bit) => {
    const bench = new Bench(BigInt(VECTOR) | bit);
    expect(bench.post('quiet')).toBe('delivered');
    expect(bench.slot()).toBe('quiet');
    expect(bench.signal(3)).toBe(true);
    expect(bench.flagByte(3)).toBe(1 << 3);
    expect(bench.raised).toEqual([]);
  });

  it('with AutoEOI says so to the interrupt controller', () => {
    const bench = new Bench(0x2_00f3n, { era: '2012' });
    bench.post('a');
    expect(bench.raised).toEqual([{ vp: 0, vector: VECTOR, autoEoi: true }]);
  });

  it('with AutoEOI never enters service in the APIC', () => {
    const partition = new Hypervisor().createPartition({ memory: 1024 * 1024 });
    const { apic } = partition.vps[0];
    apic.request(VECTOR, true);
    expect(apic.acknowledge()).toBe(VECTOR);
    expect(apic.isInService(VECTOR)).toBe(false);
    apic.request(VECTOR, false);
    apic.acknowledge();
    expect(apic.isInService(VECTOR)).toBe(true);
  });
});

describe('event flags', () => {
  it('interrupt once until the guest has cleared the flag', () => {
    const bench = new Bench();
    expect([bench.signal(11), bench.signal(11), bench.signal(31), bench.signal(2047)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(bench.raised.length).toBe(3);
    expect(bench.flagByte(11)).toBe(1 << 3);
    expect(bench.flagByte(2047)).toBe(0x80);
    bench.partition.memory.u8[SIEFP + SINT * HV_EVENT_FLAGS_BYTE_COUNT + 1] = 0;
    expect(bench.signal(11)).toBe(true);
    expect(bench.raised.length).toBe(4);
  });

  it('do not exist beyond 2 047 or without a page', () => {
    const bench = new Bench();
    expect(bench.signal(2048)).toBe(false);
    bench.write(HV_X64_MSR.SIEFP, 0n);
    expect(bench.signal(1)).toBe(false);
    expect(bench.raised).toEqual([]);
  });
});

describe('the pages', () => {
  it('read as zeros when enabled, and what lay beneath reappears', () => {
    const partition = new Hypervisor().createPartition({ memory: 1024 * 1024 });
    partition.memory.u8.fill(0xaa, SIMP, SIMP + 4096);
    partition.writeMsr(0, HV_X64_MSR.SIMP, BigInt(SIMP | 1));
    expect(partition.memory.u8.slice(SIMP, SIMP + 4096).every((byte) => byte === 0)).toBe(true);
    partition.writeMsr(0, HV_X64_MSR.SIMP, BigInt(SIMP));
    expect(partition.memory.u8.slice(SIMP, SIMP + 4096).every((byte) => byte === 0xaa)).toBe(true);
  });

  it('take their contents along when they move', () => {
    const bench = new Bench();
    bench.post('moved');
    bench.write(HV_X64_MSR.SIMP, BigInt(0x9000 | 1));
    expect(bench.partition.memory.read32(0x9000 + SINT * HV_MESSAGE_SIZE)).toBe(1);
    expect(bench.slot()).toBe('');
  });

  it('outside RAM keep messages waiting', () => {
    const bench = new Bench();
    bench.write(HV_X64_MSR.SIMP, 0x10_0000_0001n);
    expect(bench.partition.readMsr(0, HV_X64_MSR.SIMP)).toBe(0x10_0000_0001n);
    expect(bench.post('nowhere')).toBe('queued');
  });
});

describe('event ports', () => {
  it('reach the root after its wake-up, once for all signals before that', () => {
    const partition = new Hypervisor().createPartition({ memory: 1024 * 1024 });
    const times: number[] = [];
    partition.synic.onEventPort(0x1_0001, (flag) => times.push(partition.engine.now, flag));
    expect([1, 2, 3].map(() => partition.synic.signal(0x1_0001, 0))).toEqual(['done', 'done', 'done']);
    partition.engine.run();
    expect(times).toEqual([partition.costs.cost('root.wake'), 0]);
    expect(partition.counters.passed('signal-to-root')).toBe(1);
    partition.synic.signal(0x1_0001, 0);
    partition.engine.run();
    expect(times.length).toBe(4);
  });

  it('have a range of flags, and end', () => {
    const partition = new Hypervisor().createPartition({ memory: 1024 * 1024 });
    const flags: number[] = [];
    partition.synic.onEventPort(7, (flag) => flags.push(flag), 4);
    expect(partition.synic.signal(7, 4)).toBe('no flag');
    expect(partition.synic.signal(8, 0)).toBe('no port');
    partition.synic.signal(7, 3);
    partition.synic.signal(7, 1);
    partition.engine.run();
    expect(flags).toEqual([3, 1]);
    partition.synic.signal(7, 0);
    partition.synic.removeEventPort(7);
    partition.engine.run();
    expect(flags).toEqual([3, 1]);
  });
});
