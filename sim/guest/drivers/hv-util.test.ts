/** The driver against bytes that the kernel’s own code made, and against a host that sends what it should not. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Cpu } from '../../machine/cpu.ts';
import { Hypervisor } from '../../machine/hypervisor.ts';
import { IC_OFFSET, IC_STATUS, KVP_OP, VSS_OP } from '../../wire/ic-codes.ts';
import type { RingView } from '../../wire/ring.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { AgreeableHost, connectionOf, scsiOffer } from './agreeable-host.ts';
import { detectHypervisor, Hyperv } from './hv.ts';
import { KvpPools } from './hv-kvp.ts';
import { UtilShutdown } from './hv-util-kernel.ts';
import { FileSystems } from './hv-vss.ts';
import { PageAllocator } from './page-allocator.ts';
import { Vmbus } from './vmbus.ts';

const RELID = 5;
const { vectors } = JSON.parse(
  readFileSync(new URL('../../wire/golden/vectors.json', import.meta.url), 'utf8'),
) as { vectors: { name: string; hex: string }[] };

function golden(name: string): Uint8Array {
  const { hex } = vectors.find((vector) => vector.name === name) ?? { hex: '' };
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}

/** A guest with the shutdown service, and the host’s end of its rings. */
class Bench {
  readonly partition = new Hypervisor().createPartition({ memory: 2 * 1024 * 1024 });
  readonly cpu = new Cpu(this.partition);
  readonly host = new AgreeableHost(this.partition, [scsiOffer(RELID)]);
  service!: UtilShutdown;
  ordered = 0;

  constructor() {
    this.partition.synic.onEventPort(connectionOf(RELID), () => undefined);
    const { cpu } = this;
    const bench = this;
    cpu.finish(
      (function* () {
        const info = yield* detectHypervisor(cpu);
        if (!info) return;
        const hv = new Hyperv(info, new PageAllocator(bench.partition.memory, 0x10_0000), 2600);
        yield* hv.initProcessor(cpu);
        yield* hv.enableHypercalls(cpu, 1n);
        const vmbus = new Vmbus(hv);
        yield* vmbus.initProcessor(cpu);
        yield* vmbus.connect(cpu);
        const [channel] = vmbus.devices(DEVICE_CLASS.SCSI.guid);
        // biome-ignore lint/correctness/useYield: deferred work is a program.
        bench.service = new UtilShutdown(vmbus, channel, function* () {
          bench.ordered++;
        });
        yield* bench.service.probe(cpu);
      })(),
    );
    cpu.run(this.idle());
  }

  private *idle(): Generator<void, void, void> {
    for (;;) yield* this.cpu.hlt();
  }

  private get rings(): { fromGuest: RingView; toGuest: RingView } {
    const rings = this.host.rings.get(RELID);
    if (!rings) throw new Error('the channel is not open');
    return rings;
  }

  /** Sends bytes; what came back. */
  exchange(bytes: Uint8Array): Uint8Array | undefined {
    this.rings.toGuest.put(VM_PKT.DATA_INBAND, 0, 0x1234, undefined, bytes);
    this.host.signal(RELID);
    this.partition.engine.run(this.partition.engine.now + 1e6);
    const packet = this.rings.fromGuest.peek();
    if (typeof packet === 'string') return undefined;
    expect(packet.tid).toBe(0x1234n);
    const answer = this.rings.fromGuest.payload(packet);
    this.rings.fromGuest.take();
    return answer;
  }
}

describe('the driver', () => {
  it('answers a negotiation byte for byte as Linux does', () => {
    const answer = new Bench().exchange(golden('ic_negotiate_exchange_request_shutdown_host_max_3_2'));
    const expected = golden('ic_negotiate_exchange_response_shutdown_3_2');
    expect(answer?.slice(0, expected.length)).toEqual(expected);
  });

  it('answers "none" when no version fits', () => {
    const request = golden('ic_negotiate_exchange_request_shutdown_host_max_3_2');
    request.fill(9, IC_OFFSET.BODY + 8);
    const bench = new Bench();
    const answer = bench.exchange(request);
    expect(answer?.slice(IC_OFFSET.BODY, IC_OFFSET.BODY + 4)).toEqual(Uint8Array.of(0, 0, 0, 0));
    expect(bench.service.version).toBe(0);
  });

  it('reads no version beyond the end of a negotiation', () => {
    const request = golden('ic_negotiate_exchange_request_shutdown_host_max_3_2');
    new DataView(request.buffer).setUint16(IC_OFFSET.BODY + 2, 0xffff, true);
    const answer = new Bench().exchange(request);
    expect(answer?.slice(IC_OFFSET.BODY, IC_OFFSET.BODY + 4)).toEqual(Uint8Array.of(0, 0, 0, 0));
  });

  it('ignores what is too short or says that it is longer than it is', () => {
    const bench = new Bench();
    expect(bench.exchange(new Uint8Array(24))).toBeUndefined();
    const request = golden('ic_shutdown_response_fail');
    new DataView(request.buffer).setUint16(IC_OFFSET.SIZE, 0xffff, true);
    expect(bench.exchange(request)).toBeUndefined();
    expect(bench.service.counters.ignored).toBe(2);
  });

  it('refuses a shutdown with unknown flags, byte for byte as Linux does', () => {
    const expected = golden('ic_shutdown_response_fail');
    const request = expected.slice();
    new DataView(request.buffer).setUint32(IC_OFFSET.STATUS, 0, true);
    request[IC_OFFSET.FLAGS] = 3;
    const bench = new Bench();
    expect(bench.exchange(request)?.slice(0, expected.length)).toEqual(expected);
    expect(bench.ordered).toBe(0);
  });
});

describe('the daemon of the data exchange', () => {
  const request = (name: string): Uint8Array => golden(name).slice(IC_OFFSET.BODY);

  it('keeps what the golden request sets', () => {
    const pools = new KvpPools();
    expect(pools.act(request('kvp_set_external_string')).status).toBe(IC_STATUS.S_OK);
    expect(pools.value(0, 'Key')).toBe('Value');
  });

  it.each([4, 8, 12])(
    'refuses lengths beyond the limits, pools and operations that are not there (%s)',
    (at) => {
      const body = request('kvp_set_external_string');
      new DataView(body.buffer).setUint32(at === 4 ? 0 : at, 0xffff, true);
      expect(new KvpPools().act(body).status).toBe(IC_STATUS.E_FAIL);
    },
  );

  it('finds no entry behind the last, and no key in a short message', () => {
    const pools = new KvpPools({});
    const body = new Uint8Array(2580);
    body.set([KVP_OP.ENUMERATE, 2]);
    expect(pools.act(body).status).toBe(IC_STATUS.S_CONT);
    expect(pools.act(body.slice(0, 100)).status).toBe(IC_STATUS.E_FAIL);
  });
});

describe('the file systems', () => {
  it('freeze once and thaw once, however often they are told', () => {
    const changes: boolean[] = [];
    const systems = new FileSystems();
    systems.onChange = (frozen) => changes.push(frozen);
    for (const operation of [VSS_OP.FREEZE, VSS_OP.FREEZE, VSS_OP.THAW, VSS_OP.THAW])
      expect(systems.act(Uint8Array.of(operation, 0, 0, 0, 0, 0, 0, 0)).status).toBe(IC_STATUS.S_OK);
    expect(changes).toEqual([true, false]);
    expect(systems.act(Uint8Array.of(77)).status).toBe(IC_STATUS.E_FAIL);
  });

  it('say as the golden answer does that a hot backup needs no recovery', () => {
    const body = golden('vss_check_hot_backup_response_no_auto_recovery').slice(IC_OFFSET.BODY);
    const asked = body.slice();
    asked.fill(0, 8);
    expect(new FileSystems().act(asked).body).toEqual(body);
  });
});
