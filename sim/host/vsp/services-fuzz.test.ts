/**
 * Random packets to the services that give and take: network adapter, dynamic memory, file copy. The host must not throw, must come to
 * rest, and must write nowhere but into what the guest has shared; a channel that is stopped begins anew when the guest comes back.
 */
import { describe, expect, it } from 'vitest';
import { type Rng, Streams } from '../../core/rng.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import { buildGpaDirectHeader } from '../../wire/gpa-direct.ts';
import { IC_OFFSET } from '../../wire/ic-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { HostPort } from '../backends/host-port.ts';
import { VirtualSwitch } from '../backends/switch.ts';
import { DynamicMemory } from './dynmem.ts';
import { FileCopyService } from './fcopy.ts';
import { Netvsp } from './netvsp.ts';
import type { VmbusDevice } from './vmbus-device.ts';
import { type TestChannel, TestGuest, testMessage } from './vmbus-testing.ts';

const SEEDS = [1, 2, 3, 4];
const EDGES = [
  0, 1, 2, 7, 8, 28, 44, 1500, 1728, 4096, 6144, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff,
];
/** A page that nobody shares: whatever happens, its bytes stay. */
const UNTOUCHED = 0x3_8000;

function number(rng: Rng, likely: readonly number[]): number {
  const kind = rng.int(0, 3);
  if (kind < 2) return likely[rng.int(0, likely.length - 1)];
  return kind === 2 ? EDGES[rng.int(0, EDGES.length - 1)] : rng.u32();
}

/** Words that are often plausible. */
function words(rng: Rng, count: number, likely: readonly number[]): Uint8Array {
  const values = new Uint32Array(count);
  for (let i = 0; i < count; i++) values[i] = number(rng, likely);
  return new Uint8Array(values.buffer);
}

class Bench {
  readonly guest = new TestGuest({ memoryBytes: 1 << 27 });
  channel!: TestChannel;
  /** Times that the guest had to come back because its channel was stopped. */
  returns = -1;

  constructor(make: (guest: TestGuest) => VmbusDevice) {
    this.guest.memory.u8.fill(0xa5, UNTOUCHED, UNTOUCHED + PAGE_SIZE);
    this.guest.server.offer(make(this.guest));
    this.comeBack();
  }

  comeBack(): void {
    this.returns++;
    if (this.returns > 0) this.guest.ask(testMessage(16));
    const [offer] = this.guest.connect();
    this.channel = this.guest.open(offer, 7);
  }

  /** Sends; comes back when the ring takes nothing more. */
  send(type: number, tid: number, bytes: Uint8Array, header?: Uint8Array): void {
    if (!this.channel.send(type, 1, tid, bytes, header)) this.comeBack();
    this.guest.hypervisor.engine.run(this.guest.hypervisor.engine.now + 1e7);
    for (
      let packet = this.channel.incoming.peek();
      typeof packet !== 'string';
      packet = this.channel.incoming.peek()
    )
      this.channel.incoming.take();
  }

  untouched(): void {
    const { u8 } = this.guest.memory;
    expect(u8.subarray(UNTOUCHED, UNTOUCHED + PAGE_SIZE).every((byte) => byte === 0xa5)).toBe(true);
  }
}

const KINDS = [
  VM_PKT.DATA_INBAND,
  VM_PKT.DATA_INBAND,
  VM_PKT.DATA_INBAND,
  VM_PKT.DATA_USING_GPA_DIRECT,
  VM_PKT.COMP,
  7,
];

describe.each(SEEDS)('random packets (seed %s)', (seed) => {
  it('to a network adapter', () => {
    let netvsp!: Netvsp;
    const bench = new Bench(({ partition }) => {
      const network = new VirtualSwitch(partition.root);
      new HostPort(network);
      netvsp = new Netvsp(partition, network, { mac: Uint8Array.of(0, 1, 2, 3, 4, 5), maxSubChannels: 2 });
      return netvsp;
    });
    const rng = new Streams(seed).stream('netvsp');
    const { guest } = bench;
    let gpadl = 0;
    let judged = 0;
    for (let i = 0; i < 600; i++) {
      if (netvsp.queues[0]?.ring.dead ?? true) {
        const { sections = 0, references = 0, invalid = 0 } = netvsp.queues[0]?.counts ?? {};
        judged += sections + references + invalid;
        bench.comeBack();
        gpadl = guest.gpadl(bench.channel.relid, guest.pages(4)).id;
        for (const first of [
          [1, 0x6_0001, 0x6_0001],
          [101, gpadl, 1],
          [104, gpadl],
        ]) {
          const bytes = new Uint8Array(40);
          bytes.set(new Uint8Array(Uint32Array.from(first).buffer));
          bench.send(VM_PKT.DATA_INBAND, 1, bytes);
        }
      }
      const likely = [0, 1, 2, 3, 4, 5, 40, 107, 108, 133, gpadl, 0x0101_0101, 0x0001_010e, 36, 60];
      const kind = KINDS[rng.int(0, KINDS.length - 1)];
      const page = guest.pages(1)[0] / PAGE_SIZE;
      guest.memory.u8.set(words(rng, 30, likely), page * PAGE_SIZE);
      const header =
        kind === VM_PKT.DATA_USING_GPA_DIRECT
          ? rng.chance(0.8)
            ? buildGpaDirectHeader([{ byteCount: rng.int(1, 200), byteOffset: 0, pfns: [page] }])
            : words(rng, 6, likely)
          : undefined;
      const bytes = words(rng, rng.int(2, 12), likely);
      if (rng.chance(0.6)) bytes.set(Uint8Array.of(107, 0, 0, 0, rng.int(0, 1), 0, 0, 0));
      if (kind === VM_PKT.DATA_USING_GPA_DIRECT && bytes.length >= 12) bytes.fill(0xff, 8, 12);
      bench.send(kind, rng.int(0, 9), bytes, header);
    }
    bench.untouched();
    expect(judged).toBeGreaterThan(30);
    expect(netvsp.sections?.inUse ?? 0).toBeLessThanOrEqual(netvsp.sections?.count ?? 0);
  });

  it('about memory', () => {
    let memory!: DynamicMemory;
    const bench = new Bench(({ partition }) => {
      memory = new DynamicMemory(partition, { startPages: 0x200 });
      return memory;
    });
    const rng = new Streams(seed).stream('dynmem');
    for (let i = 0; i < 600; i++) {
      if (memory.state === 'failed') bench.comeBack();
      if (memory.state === 'ready' && !memory.busy) memory.balloon(rng.int(1, 64), () => undefined);
      const bytes = words(rng, rng.int(1, 12), [i + 2, 0, 1, 2, 4, 16, 24, 0x2_0000, 0x100, 0x40_0000]);
      const view = new DataView(bytes.buffer);
      if (bytes.length >= 8 && rng.chance(0.9)) {
        view.setUint16(0, memory.state === 'negotiating' ? (memory.version ? 3 : 1) : rng.int(0, 12), true);
        view.setUint16(2, bytes.length, true);
        view.setUint32(4, i + 1, true);
      }
      if (memory.state === 'negotiating' && !memory.version && bytes.length >= 12)
        view.setUint32(8, 0x2_0000, true);
      bench.send(VM_PKT.DATA_INBAND, 0, bytes);
      expect(memory.pages.backed).toBe(0x200 - memory.ballooned);
    }
    expect(memory.counts.received).toBeGreaterThan(100);
  });

  it('about a file', () => {
    let fcopy!: FileCopyService;
    const bench = new Bench(({ partition }) => {
      fcopy = new FileCopyService(partition);
      return fcopy;
    });
    const rng = new Streams(seed).stream('fcopy');
    let ended = 0;
    let begun = 0;
    for (let i = 0; i < 400; i++) {
      if (fcopy.state === 'failed') bench.comeBack();
      const bytes = words(rng, rng.int(2, 24), [0, 1, 3, 7, 0x1_0001, 28, 36, 0x7_0000]);
      const view = new DataView(bytes.buffer);
      if (bytes.length >= 44 && rng.chance(0.9)) {
        view.setUint32(IC_OFFSET.PIPE_SIZE, bytes.length - 8, true);
        view.setUint16(IC_OFFSET.TYPE, fcopy.state === 'negotiating' ? 0 : 7, true);
        view.setUint16(IC_OFFSET.SIZE, bytes.length - 28, true);
        bytes[IC_OFFSET.TRANSACTION] = rng.int(0, 40);
        bytes[IC_OFFSET.FLAGS] = 5;
        if (fcopy.state === 'negotiating')
          bytes.set([1, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 1, 0], IC_OFFSET.BODY);
      }
      bench.send(VM_PKT.DATA_INBAND, 0, bytes);
      if (fcopy.copyFile({ path: '/', name: 'x', bytes: new Uint8Array(20_000) }, () => ended++)) begun++;
    }
    bench.guest.hypervisor.engine.run(
      bench.guest.hypervisor.engine.now + 100 * bench.guest.hypervisor.costs.hz,
    );
    expect(begun).toBeGreaterThan(0);
    expect(ended).toBe(begun);
    bench.untouched();
  });
});
