/** The balloon driver against bytes that the kernel’s own structures made, and against a host that gives back what it never had. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Cpu } from '../../machine/cpu.ts';
import { Hypervisor } from '../../machine/hypervisor.ts';
import type { PageRange } from '../../wire/dynmem-codes.ts';
import { DM, readPageRange, writePageRange } from '../../wire/dynmem-codes.ts';
import type { RingView } from '../../wire/ring.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { AgreeableHost, connectionOf, scsiOffer } from './agreeable-host.ts';
import { DelayedWork } from './delayed-work.ts';
import { detectHypervisor, Hyperv } from './hv.ts';
import { Balloon } from './hv-balloon.ts';
import { PageAllocator } from './page-allocator.ts';
import { Vmbus } from './vmbus.ts';

const RELID = 5;
const MIB = 1024 * 1024;
const { vectors } = JSON.parse(
  readFileSync(new URL('../../wire/golden/vectors.json', import.meta.url), 'utf8'),
) as { vectors: { name: string; hex: string }[] };

function golden(name: string): Uint8Array {
  const { hex } = vectors.find((vector) => vector.name === name) ?? { hex: '' };
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** A guest of 128 MiB with the driver, and the host’s end of its rings. */
class Bench {
  readonly partition = new Hypervisor().createPartition({ memory: 256 * MIB });
  readonly cpu = new Cpu(this.partition);
  readonly host = new AgreeableHost(this.partition, [scsiOffer(RELID)]);
  readonly pages = new PageAllocator(this.partition.memory, MIB, 128 * MIB);
  balloon!: Balloon;
  probed: boolean | undefined;

  constructor() {
    this.partition.synic.onEventPort(connectionOf(RELID), () => undefined);
    this.cpu.whileWaiting = 'busy';
    this.cpu.run(this.start());
    this.run();
  }

  private *start(): Generator<void, void, void> {
    const { cpu } = this;
    const info = yield* detectHypervisor(cpu);
    if (!info) return;
    const hv = new Hyperv(info, this.pages, 2600);
    yield* hv.initProcessor(cpu);
    yield* hv.enableHypercalls(cpu, 1n);
    const vmbus = new Vmbus(hv);
    yield* vmbus.initProcessor(cpu);
    yield* vmbus.connect(cpu);
    const delayed = new DelayedWork(cpu, vmbus.connection);
    yield* delayed.start();
    const [channel] = vmbus.devices(DEVICE_CLASS.SCSI.guid);
    this.balloon = new Balloon(vmbus, channel, delayed);
    this.probed = yield* this.balloon.probe(cpu);
    yield* vmbus.idle(cpu);
  }

  run(seconds = 0.01): void {
    const { engine, costs } = this.partition;
    engine.run(engine.now + Math.round(seconds * costs.hz));
  }

  private get rings(): { fromGuest: RingView; toGuest: RingView } {
    const rings = this.host.rings.get(RELID);
    if (!rings) throw new Error('the channel is not open');
    return rings;
  }

  /** What the guest has sent. */
  heard(): Uint8Array[] {
    const messages: Uint8Array[] = [];
    const { fromGuest } = this.rings;
    for (let packet = fromGuest.peek(); typeof packet !== 'string'; packet = fromGuest.peek()) {
      messages.push(fromGuest.payload(packet));
      fromGuest.take();
    }
    return messages;
  }

  /** Sends bytes; what came back. */
  say(bytes: Uint8Array): Uint8Array[] {
    this.rings.toGuest.put(VM_PKT.DATA_INBAND, 0, 0, undefined, bytes);
    this.host.signal(RELID);
    this.run();
    return this.heard();
  }

  /** Through the negotiation. */
  ready(): this {
    this.heard();
    this.say(golden('dm_version_response_accepted'));
    this.say(golden('dm_capabilities_response'));
    expect(this.probed).toBe(true);
    return this;
  }

  ask(pages: number): PageRange[] {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setUint16(0, DM.BALLOON_REQUEST, true);
    new DataView(bytes.buffer).setUint32(8, pages, true);
    return this.say(bytes).flatMap((answer) => {
      const view = new DataView(answer.buffer);
      expect(view.getUint16(0, true)).toBe(DM.BALLOON_RESPONSE);
      return Array.from({ length: view.getUint32(12, true) >>> 1 }, (_, i) =>
        readPageRange(view, 16 + 8 * i),
      );
    });
  }

  giveBack(...ranges: PageRange[]): Uint8Array[] {
    const bytes = new Uint8Array(16 + 8 * ranges.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, DM.UNBALLOON_REQUEST, true);
    view.setUint32(12, ranges.length, true);
    ranges.forEach((range, i) => {
      writePageRange(view, 16 + 8 * i, range);
    });
    return this.say(bytes);
  }
}

describe('the driver', () => {
  it('asks for the newest version with the golden bytes', () => {
    expect(new Bench().heard()).toEqual([golden('dm_version_request_2_0')]);
  });

  it('waits five seconds for a host that says nothing', () => {
    const bench = new Bench();
    bench.run(4.9);
    expect(bench.probed).toBeUndefined();
    bench.run(0.2);
    expect(bench.probed).toBe(false);
    expect(bench.balloon.state).toBe('error');
  });

  it('tries the older versions, then gives up', () => {
    const bench = new Bench();
    const refusal = golden('dm_version_response_accepted');
    refusal[8] = 0;
    const asked = [bench.heard(), bench.say(refusal), bench.say(refusal)].flat();
    expect(asked.map((bytes) => [new DataView(bytes.buffer).getUint32(8, true), bytes[12]])).toEqual([
      [0x2_0000, 0],
      [0x1_0000, 0],
      [3, 1],
    ]);
    bench.say(refusal);
    expect(bench.probed).toBe(false);
  });

  it('learns the most that it can get, and ignores what makes no sense', () => {
    const bench = new Bench().ready();
    bench.say(golden('dm_info_max_page_count'));
    expect(bench.balloon.mostByHost).toBe(0x10_0000);
    for (const bytes of [new Uint8Array(4), new Uint8Array(16).fill(0xff)]) bench.say(bytes);
    expect(bench.balloon.ignored).toBe(2);
  });

  it('takes nothing back that it did not give, and nothing twice', () => {
    const bench = new Bench().ready();
    const [block] = bench.ask(512);
    const { free } = bench.pages;
    expect(bench.giveBack({ start: 300, count: 3 }, { start: 2 ** 40 - 2, count: 2 })).toHaveLength(1);
    expect(bench.balloon.refused).toBe(5);
    expect(bench.pages.free).toBe(free);
    bench.giveBack(block, block);
    expect(bench.balloon.refused).toBe(5 + 512);
    expect(bench.balloon.ballooned).toBe(0);
    expect(bench.pages.free).toBe(free + 512);
  });

  it('takes back what lies between pages that it did not give', () => {
    const bench = new Bench().ready();
    const [block] = bench.ask(512);
    bench.giveBack({ start: block.start + 10, count: 1 });
    bench.giveBack({ start: block.start - 5, count: 520 });
    expect(bench.balloon.ballooned).toBe(0);
    expect(bench.balloon.refused).toBe(5 + 1 + 3);
  });

  it('refuses memory where it has some, for good', () => {
    const bench = new Bench().ready();
    const add = (start: number): Uint8Array[] => {
      const bytes = golden('dm_hot_add_request_32768_pages');
      writePageRange(new DataView(bytes.buffer), 8, { start, count: 32_768 });
      return bench.say(bytes);
    };
    const results = [add(16_384), add(32_768)]
      .flat()
      .map((bytes) => [...new Uint32Array(bytes.buffer, 8, 2)]);
    expect(results).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(bench.balloon.added).toBe(0);
  });
});
