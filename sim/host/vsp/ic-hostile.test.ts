/** Integration services whose guest does not play by the rules: wrong lengths, wrong numbers, answers that nobody asked for. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { invariant } from '../../core/errors.ts';
import { IC_OFFSET, IC_STATUS, ICMSGTYPE, icVersionCode } from '../../wire/ic-codes.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { Heartbeat } from './heartbeat.ts';
import type { IcService } from './ic-framework.ts';
import { KVP_MOST_ENTRIES, type KvpEntries, type KvpResult, KvpService } from './kvp.ts';
import { ShutdownService } from './shutdown.ts';
import { type TestChannel, TestGuest } from './vmbus-testing.ts';
import { VssService } from './vss.ts';

const GOLDEN = JSON.parse(
  readFileSync(new URL('../../wire/golden/vectors.json', import.meta.url), 'utf8'),
) as {
  vectors: { name: string; hex: string }[];
};
const golden = (name: string): string => {
  const found = GOLDEN.vectors.find((vector) => vector.name === name);
  invariant(found, `no golden vector ${name}`);
  return found.hex;
};
const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** A guest that answers by hand. */
class Peer {
  readonly guest = new TestGuest();
  readonly channels: TestChannel[];

  constructor(services: (guest: TestGuest) => IcService[]) {
    for (const service of services(this.guest)) this.guest.server.offer(service);
    this.channels = this.guest.connect().map((offer) => this.guest.open(offer, 3));
  }

  /** Lets so many seconds pass. */
  wait(seconds = 0.01): void {
    const { engine, costs } = this.guest.hypervisor;
    engine.run(engine.now + Math.round(seconds * costs.hz));
  }

  /** What the host has sent on a channel. */
  read(channel: TestChannel): Uint8Array[] {
    this.wait();
    const packets: Uint8Array[] = [];
    for (let packet = channel.incoming.peek(); typeof packet !== 'string'; packet = channel.incoming.peek()) {
      packets.push(channel.incoming.payload(packet));
      if (channel.incoming.take().signalWriter) channel.signal();
    }
    return packets;
  }

  /** Sends bytes and lets the host look at them. */
  send(channel: TestChannel, bytes: Uint8Array, type: number = VM_PKT.DATA_INBAND): void {
    channel.send(type, 0, 0, bytes);
    this.wait();
  }

  /** Reads one request and answers it, changed as `change` says. */
  answer(channel: TestChannel, change: (view: DataView) => void = () => undefined): Uint8Array {
    const [bytes] = this.read(channel);
    invariant(bytes, 'the host has asked nothing');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    view.setUint8(IC_OFFSET.FLAGS, 5);
    change(view);
    this.send(channel, bytes);
    return bytes;
  }

  /** Agrees on framework 3.0 and a version. */
  agree(channel: TestChannel, version: number): void {
    this.answer(channel, (view) => {
      view.setUint16(IC_OFFSET.SIZE, 16, true);
      view.setUint32(IC_OFFSET.BODY, 0x10001, true);
      view.setUint32(IC_OFFSET.BODY + 8, icVersionCode(3, 0), true);
      view.setUint32(IC_OFFSET.BODY + 12, version, true);
    });
  }
}

interface Bench {
  readonly peer: Peer;
  readonly kvp: KvpService;
  readonly shutdown: ShutdownService;
  /** Channels of both. */
  readonly pair: readonly [TestChannel, TestChannel];
}

function bench(): Bench {
  let kvp!: KvpService;
  let shutdown!: ShutdownService;
  const peer = new Peer(({ partition }) => {
    kvp = new KvpService(partition);
    shutdown = new ShutdownService(partition);
    return [kvp, shutdown];
  });
  const [first, second] = peer.channels;
  return { peer, kvp, shutdown, pair: [first, second] };
}

function agreed(): Bench {
  const one = bench();
  one.peer.agree(one.pair[0], icVersionCode(4, 0));
  one.peer.agree(one.pair[1], icVersionCode(3, 2));
  expect([one.kvp.state, one.shutdown.state]).toEqual(['ready', 'ready']);
  return one;
}

/** The other service still works. */
function othersLive({ peer, shutdown, pair }: Bench): void {
  expect(shutdown.request({ timeoutSeconds: 0 })).toBe('sent');
  peer.answer(pair[1]);
  expect(shutdown.outcome).toBe('accepted');
}

describe('the negotiation', () => {
  it('begins with the bytes of the golden vector', () => {
    const { peer, pair } = bench();
    const [bytes] = peer.read(pair[1]);
    expect(hex(bytes).slice(0, 120)).toBe(golden('ic_negotiate_exchange_request_shutdown_host_max_3_2'));
  });

  it.each([
    ['no version', (view: DataView) => view.setUint32(IC_OFFSET.BODY, 0, true)],
    ['two versions', (view: DataView) => view.setUint32(IC_OFFSET.BODY, 0x2_0001, true)],
    [
      'a version not on offer',
      (view: DataView) => view.setUint32(IC_OFFSET.BODY + 12, icVersionCode(9, 9), true),
    ],
    ['a short answer', (view: DataView) => view.setUint16(IC_OFFSET.SIZE, 8, true)],
    [
      'more versions than the message holds',
      (view: DataView) => view.setUint32(IC_OFFSET.BODY, 0xffff_ffff, true),
    ],
  ])('row 54: ends the service, and no other, with %s', (_name, change) => {
    const one = bench();
    one.peer.answer(one.pair[0], (view) => {
      view.setUint16(IC_OFFSET.SIZE, 16, true);
      view.setUint32(IC_OFFSET.BODY, 0x10001, true);
      view.setUint32(IC_OFFSET.BODY + 8, icVersionCode(3, 0), true);
      view.setUint32(IC_OFFSET.BODY + 12, icVersionCode(4, 0), true);
      change(view);
    });
    expect(one.kvp.state).toBe('failed');
    one.peer.agree(one.pair[1], icVersionCode(3, 2));
    othersLive(one);
  });

  it('is not begun anew by a second answer', () => {
    const one = agreed();
    one.kvp.exchange({ operation: 'get', pool: 0, key: 'k' }, () => undefined);
    one.peer.answer(one.pair[0], (view) => view.setUint16(IC_OFFSET.TYPE, ICMSGTYPE.NEGOTIATE, true));
    expect(one.kvp.counts.stray).toBe(1);
    expect(one.kvp.version).toBe(icVersionCode(4, 0));
  });
});

describe('an answer', () => {
  it.each([
    ['of another number', (view: DataView) => view.setUint8(IC_OFFSET.TRANSACTION, 77)],
    ['of another service', (view: DataView) => view.setUint16(IC_OFFSET.TYPE, ICMSGTYPE.VSS, true)],
    ['that is no answer', (view: DataView) => view.setUint8(IC_OFFSET.FLAGS, 3)],
  ])('%s is dropped, and the question stays open until its time is over', (_name, change) => {
    const one = agreed();
    const results: KvpResult[] = [];
    one.kvp.exchange({ operation: 'get', pool: 0, key: 'k' }, (result) => results.push(result));
    one.peer.answer(one.pair[0], change);
    expect(one.kvp.counts).toMatchObject({ stray: 1, broken: 0 });
    expect(results).toEqual([]);
    one.peer.wait(40);
    expect(results).toEqual([{ kind: 'time-out' }]);
    othersLive(one);
  });

  it('row 54: that nobody asked for is counted and dropped', () => {
    const one = agreed();
    one.kvp.exchange({ operation: 'get', pool: 0, key: 'k' }, () => undefined);
    const bytes = one.peer.answer(one.pair[0], (view) =>
      view.setUint32(IC_OFFSET.STATUS, IC_STATUS.E_FAIL, true),
    );
    for (let i = 0; i < 50; i++) one.peer.send(one.pair[0], bytes);
    expect(one.kvp.counts).toMatchObject({ answered: 1, stray: 50 });
    othersLive(one);
  });

  it('after the host’s patience is late, and not taken for the next one', () => {
    const one = agreed();
    const results: KvpResult[] = [];
    for (const key of ['a', 'b'])
      one.kvp.exchange({ operation: 'set', pool: 0, key }, (result) => results.push(result));
    const [bytes] = one.peer.read(one.pair[0]);
    one.peer.wait(40);
    bytes[IC_OFFSET.FLAGS] = 5;
    one.peer.send(one.pair[0], bytes);
    expect(one.kvp.counts).toMatchObject({ timeouts: 1, late: 1, stray: 0 });
    expect(results).toEqual([{ kind: 'time-out' }]);
    one.peer.answer(one.pair[0]);
    expect(results[1].kind).toBe('done');
  });

  it.each([
    ['shorter than its headers', new Uint8Array(16), VM_PKT.DATA_INBAND],
    ['of ones only', new Uint8Array(11_000).fill(0xff), VM_PKT.DATA_INBAND],
    ['of another packet type', new Uint8Array(64), VM_PKT.COMP],
    [
      'whose pipe header lies',
      Uint8Array.from({ length: 64 }, (_, i) => (i === 4 ? 200 : 0)),
      VM_PKT.DATA_INBAND,
    ],
    [
      'whose body is longer than the message',
      Uint8Array.from({ length: 64 }, (_, i) => (i === 4 ? 56 : i === 18 ? 60 : 0)),
      VM_PKT.DATA_INBAND,
    ],
  ])('%s stops this channel and no other', (_name, bytes, type) => {
    const one = agreed();
    const results: KvpResult[] = [];
    one.kvp.exchange({ operation: 'get', pool: 0, key: 'k' }, (result) => results.push(result));
    one.peer.send(one.pair[0], bytes, type);
    expect(one.kvp.counts.broken).toBe(1);
    expect(one.kvp.state).toBe('failed');
    expect(results).toEqual([{ kind: 'gone' }]);
    expect(one.kvp.counts.sent).toBeGreaterThan(0);
    othersLive(one);
  });

  it('row 55: with lengths beyond the limits is no value', () => {
    for (const at of [8, 12]) {
      const one = agreed();
      const results: KvpResult[] = [];
      one.kvp.exchange({ operation: 'get', pool: 0, key: 'k' }, (result) => results.push(result));
      one.peer.answer(one.pair[0], (view) => {
        view.setUint32(IC_OFFSET.BODY + 4, 1, true);
        view.setUint32(IC_OFFSET.BODY + at, 0xffff_ffff, true);
      });
      expect(results).toEqual([{ kind: 'malformed' }]);
    }
  });
});

describe('key and value (how-it-works §10.4, row 55)', () => {
  /** What an answer to "get" comes to, whose key and value have these bytes and lengths. */
  function got(keyBytes: number, valueBytes: number, fill: number): KvpResult {
    const one = agreed();
    const results: KvpResult[] = [];
    one.kvp.exchange({ operation: 'get', pool: 0, key: 'k' }, (result) => results.push(result));
    one.peer.answer(one.pair[0], (view) => {
      view.setUint32(IC_OFFSET.BODY + 4, 1, true);
      view.setUint32(IC_OFFSET.BODY + 8, keyBytes, true);
      view.setUint32(IC_OFFSET.BODY + 12, valueBytes, true);
      for (let at = IC_OFFSET.BODY + 16; at < view.byteLength; at++) view.setUint8(at, fill);
    });
    othersLive(one);
    return results[0];
  }

  it.each([
    [513, 4],
    [4, 2049],
    [0xffff_ffff, 4],
    [4, 0x8000_0000],
  ])('row 55: %s bytes of key and %s of value are malformed', (key, value) => {
    expect(got(key, value, 0x41)).toEqual({ kind: 'malformed' });
  });

  it('row 55: without an end they end where their lengths say', () => {
    const result = got(8, 16, 0x41);
    invariant(result.kind === 'done' && result.value.type === 'text', 'a text has come');
    expect([result.key.length, result.value.text.length]).toEqual([4, 8]);
  });

  it('row 55: of the host’s own that are too long are never sent', () => {
    const one = agreed();
    const results: KvpResult[] = [];
    one.kvp.exchange({ operation: 'get', pool: 0, key: 'k'.repeat(300) }, (result) => results.push(result));
    expect(results).toEqual([{ kind: 'too-long' }]);
    expect(one.peer.read(one.pair[0])).toEqual([]);
  });
});

describe('a guest', () => {
  it('that never ends an enumeration is stopped', () => {
    const one = agreed();
    let read: KvpEntries | undefined;
    one.kvp.enumerate(0, (entries) => {
      read = entries;
    });
    for (let i = 0; i < KVP_MOST_ENTRIES && !read; i++)
      one.peer.answer(one.pair[0], (view) => view.setUint32(IC_OFFSET.BODY + 8, 1, true));
    expect(read).toMatchObject({ end: 'endless' });
    expect(read?.entries).toHaveLength(KVP_MOST_ENTRIES);
  });

  it('that closes the channel ends what is open', () => {
    const one = agreed();
    const results: KvpResult[] = [];
    for (const key of ['a', 'b'])
      one.kvp.exchange({ operation: 'get', pool: 0, key }, (result) => results.push(result));
    one.peer.wait();
    one.peer.guest.server.reset();
    expect(results).toEqual([{ kind: 'gone' }, { kind: 'gone' }]);
    expect(one.kvp.state).toBe('closed');
    one.peer.wait(100);
    expect(results).toHaveLength(2);
  });

  it('that leaves instead of answering the order to shut down has left', () => {
    const one = agreed();
    one.shutdown.request({ timeoutSeconds: 0 });
    one.peer.wait();
    one.peer.guest.server.reset();
    expect(one.shutdown.outcome).toBe('off');
    expect(one.shutdown.answeredAt).toBe(-1);
  });

  it('that answers with a wrong beat is counted', () => {
    let heartbeat!: Heartbeat;
    const peer = new Peer(({ partition }) => {
      heartbeat = new Heartbeat(partition, { beats: 2 });
      return [heartbeat];
    });
    const [channel] = peer.channels;
    peer.agree(channel, icVersionCode(3, 0));
    peer.answer(channel, (view) => {
      view.setBigUint64(IC_OFFSET.BODY, 99n, true);
      view.setUint32(IC_OFFSET.BODY + 8, 2, true);
    });
    expect(heartbeat).toMatchObject({ wrongNumbers: 1, applicationState: 2, contact: 'ok' });
    peer.wait(10);
    expect(heartbeat.counts.timeouts).toBe(1);
  });

  it('that dies between freeze and thaw ends the backup', () => {
    let vss!: VssService;
    const peer = new Peer(({ partition }) => {
      vss = new VssService(partition);
      return [vss];
    });
    const [channel] = peer.channels;
    peer.agree(channel, icVersionCode(5, 0));
    expect(vss.backUp({ snapshotSeconds: 10 })).toBe(true);
    expect(vss.backUp({ snapshotSeconds: 10 })).toBe(false);
    peer.answer(channel);
    peer.answer(channel);
    expect(vss.report?.snapshots).toBe(1);
    peer.guest.server.reset();
    expect(vss.report?.outcome).toBe('gone');
  });
});
