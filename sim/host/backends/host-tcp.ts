/**
 * TCP for the host on the virtual switch: it takes connections of guests, and sends what the service behind a port answers.
 *
 * Source: RFC 9293. Left out: all options but the segment size, congestion control, urgent data, calls to guests. What comes out of order is
 * dropped, and comes again; what is not acknowledged in time is sent again from there on.
 */
import type { Engine, Timer } from '../../core/engine.ts';
import type { HostPort } from './host-port.ts';
import { checksum } from './host-port.ts';

/** What a service does with a connection. */
export interface TcpService {
  /** Bytes came from the guest. */
  received(bytes: Uint8Array, connection: TcpConnection): void;
}

/** A connection as its service sees it. */
export interface TcpConnection {
  send(bytes: Uint8Array): void;
  /** Ends the connection when everything is sent. */
  close(): void;
}

const PROTOCOL = 6;
const FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;
const HEADER = 20;
/** Ethernet header and IP header without options. */
const BEFORE_TCP = 34;
const MSS_OPTION = 2;
/** Bytes of a segment when the guest names no size (RFC 9293), and the most that fits a frame. */
const SEGMENT = { DEFAULT: 536, MOST: 1460 } as const;
const WINDOW = 0xffff;
const RETRY_SECONDS = 0.25;
const MOST_RETRIES = 8;
const MOST_CONNECTIONS = 64;

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly sequence: number;
  readonly acknowledges: number;
  readonly flags: number;
  readonly window: number;
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

/** Counts what happened on all connections. */
export interface TcpCounts {
  connections: number;
  received: number;
  sent: number;
  /** Segments that were sent again, and those that were wrong. */
  again: number;
  refused: number;
}

export class HostTcp {
  readonly counts: TcpCounts = { connections: 0, received: 0, sent: 0, again: 0, refused: 0 };
  readonly engine: Engine;
  readonly retryCycles: number;
  private readonly port: HostPort;
  private readonly services = new Map<number, () => TcpService>();
  private readonly connections = new Map<string, Connection>();

  /** `hz`: cycles of the engine per second. */
  constructor(port: HostPort, engine: Engine, hz: number) {
    this.port = port;
    this.engine = engine;
    this.retryCycles = Math.round(RETRY_SECONDS * hz);
    port.serve(PROTOCOL, (frame, body) => this.receive(frame, body));
  }

  /** Takes calls to a port; each gets a service of its own. */
  listen(port: number, open: () => TcpService): void {
    this.services.set(port, open);
  }

  private receive(frame: Uint8Array, body: Uint8Array): void {
    const segment = readSegment(frame, body);
    if (!segment) {
      this.counts.refused++;
      return;
    }
    const key = `${frame.subarray(26, 30).join('.')}:${segment.from}:${segment.to}`;
    const known = this.connections.get(key);
    if (known) known.receive(segment);
    else this.call(key, frame, segment);
  }

  /** Somebody calls: a service, or a refusal. */
  private call(key: string, frame: Uint8Array, segment: Segment): void {
    if ((segment.flags & FLAG.RST) !== 0) return;
    const open = this.services.get(segment.to);
    const first = (segment.flags & (FLAG.SYN | FLAG.ACK)) === FLAG.SYN;
    if (!open || !first || this.connections.size >= MOST_CONNECTIONS) {
      this.counts.refused++;
      this.refuse(frame, segment);
      return;
    }
    this.counts.connections++;
    const line = (bytes: Uint8Array): void => this.transmit(peer, bytes);
    const peer = frame.slice(0, BEFORE_TCP);
    const connection = new Connection(this, open(), segment, line, () => this.connections.delete(key));
    this.connections.set(key, connection);
  }

  private refuse(frame: Uint8Array, { from, to, sequence, acknowledges, flags, payload }: Segment): void {
    const acknowledged = (flags & FLAG.ACK) !== 0;
    const length = payload.length + ((flags & (FLAG.SYN | FLAG.FIN)) !== 0 ? 1 : 0);
    this.transmit(
      frame,
      writeSegment({
        from: to,
        to: from,
        sequence: acknowledged ? acknowledges : 0,
        acknowledges: acknowledged ? 0 : sequence + length,
        flags: acknowledged ? FLAG.RST : FLAG.RST | FLAG.ACK,
      }),
    );
  }

  private transmit(peer: Uint8Array, segment: Uint8Array): void {
    const pseudo = pseudoHeader(peer.subarray(30, 34), peer.subarray(26, 30), segment);
    new DataView(segment.buffer).setUint16(16, checksum(pseudo));
    this.port.reply(peer, PROTOCOL, segment);
  }
}

/** One connection, from the guest's call on. */
class Connection implements TcpConnection {
  private readonly host: HostTcp;
  private readonly service: TcpService;
  private readonly line: (segment: Uint8Array) => void;
  private readonly gone: () => void;
  private readonly from: number;
  private readonly to: number;
  private readonly segmentBytes: number;
  private readonly timer: Timer;
  /** Next byte that is expected of the guest. */
  private expected: number;
  private window: number;
  /** Sequence number of the first byte that the guest has not acknowledged. */
  private base = 0;
  /** Bytes from `base` on, acknowledged ones taken away, and how many of them are on their way. */
  private waiting: Uint8Array = new Uint8Array(0);
  private onWay = 0;
  private state: 'called' | 'open' | 'ended' = 'called';
  /** Nothing more is to be sent; the guest has been told so; the guest has said the same. */
  private closing = false;
  private finished = false;
  private guestFinished = false;
  private retries = 0;

  constructor(
    host: HostTcp,
    service: TcpService,
    call: Segment,
    line: (segment: Uint8Array) => void,
    gone: () => void,
  ) {
    this.host = host;
    this.service = service;
    this.line = line;
    this.gone = gone;
    this.from = call.to;
    this.to = call.from;
    this.expected = (call.sequence + 1) >>> 0;
    this.window = call.window;
    this.segmentBytes = Math.min(segmentSize(call.options) ?? SEGMENT.DEFAULT, SEGMENT.MOST);
    this.timer = host.engine.timer('tcp.retry', () => this.retry());
    this.put(FLAG.SYN | FLAG.ACK, 0);
    this.arm();
  }

  send(bytes: Uint8Array): void {
    if (this.closing || this.state === 'ended') return;
    const all = new Uint8Array(this.waiting.length + bytes.length);
    all.set(this.waiting);
    all.set(bytes, this.waiting.length);
    this.waiting = all;
    this.push();
  }

  close(): void {
    this.closing = true;
    this.push();
  }

  receive(segment: Segment): void {
    if ((segment.flags & FLAG.RST) !== 0) {
      this.end();
      return;
    }
    if ((segment.flags & FLAG.SYN) !== 0) {
      if (this.state === 'called') this.put(FLAG.SYN | FLAG.ACK, 0);
      return;
    }
    if ((segment.flags & FLAG.ACK) !== 0) this.acknowledged(segment);
    if (this.state === 'open') this.take(segment);
  }

  /** The guest has what lies before this number. */
  private acknowledged({ acknowledges, window }: Segment): void {
    this.window = window;
    if (this.state === 'called') {
      if (acknowledges !== 1) return;
      this.state = 'open';
      this.base = 1;
    }
    const fresh = (acknowledges - this.base) >>> 0;
    if (fresh > this.onWay) return;
    if (fresh > 0) {
      this.retries = 0;
      this.waiting = this.waiting.subarray(Math.min(fresh, this.waiting.length));
      this.base = (this.base + fresh) >>> 0;
      this.onWay -= fresh;
    }
    if (this.over) {
      this.end();
      return;
    }
    if (this.onWay === 0) this.timer.cancel();
    else this.arm();
    this.push();
  }

  /** Both ends have said that nothing more comes, and know it of each other. */
  private get over(): boolean {
    return this.finished && this.guestFinished && this.onWay === 0;
  }

  private take({ sequence, payload, flags }: Segment): void {
    const fin = (flags & FLAG.FIN) !== 0;
    if (payload.length === 0 && !fin) return;
    if (sequence !== this.expected) {
      this.put(FLAG.ACK, this.onWay);
      return;
    }
    this.expected = (this.expected + payload.length + (fin ? 1 : 0)) >>> 0;
    this.host.counts.received += payload.length;
    this.put(FLAG.ACK, this.onWay);
    if (payload.length > 0) this.service.received(payload, this);
    if (!fin) return;
    this.guestFinished = true;
    this.close();
    if (this.over) this.end();
  }

  /** Sends what the guest's window takes. */
  private push(): void {
    if (this.state !== 'open') return;
    while (this.onWay < this.waiting.length && this.onWay < this.window) {
      const room = Math.min(this.segmentBytes, this.window - this.onWay);
      const bytes = this.waiting.subarray(this.onWay, this.onWay + room);
      this.put(FLAG.ACK | FLAG.PSH, this.onWay, bytes);
      this.onWay += bytes.length;
      this.host.counts.sent += bytes.length;
      this.arm();
    }
    if (this.closing && !this.finished && this.onWay === this.waiting.length) {
      this.finished = true;
      this.put(FLAG.FIN | FLAG.ACK, this.onWay);
      this.onWay++;
      this.arm();
    }
  }

  /** A segment whose first byte lies `offset` behind what is acknowledged. */
  private put(flags: number, offset: number, payload: Uint8Array = new Uint8Array(0)): void {
    const { from, to, expected, base } = this;
    const sequence = (base + offset) >>> 0;
    this.line(writeSegment({ from, to, sequence, acknowledges: expected, flags, payload }));
  }

  private arm(): void {
    this.timer.set(this.host.engine.now + this.host.retryCycles);
  }

  /** Nothing was heard for too long: everything again from the first byte that is not acknowledged. */
  private retry(): void {
    if (++this.retries > MOST_RETRIES) {
      this.end();
      return;
    }
    this.host.counts.again++;
    if (this.state === 'called') this.put(FLAG.SYN | FLAG.ACK, 0);
    this.onWay = 0;
    this.finished = false;
    this.arm();
    this.push();
  }

  private end(): void {
    this.state = 'ended';
    this.timer.cancel();
    this.gone();
  }
}

/** Undefined when it is too short, or its check sum is wrong. */
function readSegment(frame: Uint8Array, body: Uint8Array): Segment | undefined {
  if (body.length < HEADER) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const from = (view.getUint8(12) >>> 4) * 4;
  if (from < HEADER || from > body.length) return undefined;
  if (checksum(pseudoHeader(frame.subarray(26, 30), frame.subarray(30, 34), body)) !== 0) return undefined;
  return {
    from: view.getUint16(0),
    to: view.getUint16(2),
    sequence: view.getUint32(4),
    acknowledges: view.getUint32(8),
    flags: view.getUint8(13),
    window: view.getUint16(14),
    options: body.slice(HEADER, from),
    payload: body.slice(from),
  };
}

interface Outgoing {
  readonly from: number;
  readonly to: number;
  readonly sequence: number;
  readonly acknowledges: number;
  readonly flags: number;
  readonly payload?: Uint8Array;
}

/** The check sum is the sender's business: it covers the addresses. */
function writeSegment({ from, to, sequence, acknowledges, flags, payload }: Outgoing): Uint8Array {
  const options = (flags & FLAG.SYN) !== 0 ? [MSS_OPTION, 4, SEGMENT.MOST >>> 8, SEGMENT.MOST & 0xff] : [];
  const start = HEADER + options.length;
  const bytes = new Uint8Array(start + (payload?.length ?? 0));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, from);
  view.setUint16(2, to);
  view.setUint32(4, sequence);
  view.setUint32(8, acknowledges);
  bytes[12] = (start / 4) << 4;
  bytes[13] = flags;
  view.setUint16(14, WINDOW);
  bytes.set(options, HEADER);
  if (payload) bytes.set(payload, start);
  return bytes;
}

/** What the check sum covers: addresses, protocol and length before the segment. */
function pseudoHeader(source: Uint8Array, target: Uint8Array, segment: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + segment.length);
  bytes.set(source);
  bytes.set(target, 4);
  bytes[9] = PROTOCOL;
  new DataView(bytes.buffer).setUint16(10, segment.length);
  bytes.set(segment, 12);
  return bytes;
}

/** The segment size that a call names. */
function segmentSize(options: Uint8Array): number | undefined {
  for (let at = 0; at < options.length && options[at] !== 0; ) {
    if (options[at] === 1) {
      at++;
      continue;
    }
    const length = options[at + 1] ?? 0;
    if (options[at] === MSS_OPTION && length === 4 && at + 4 <= options.length)
      return Math.max(64, (options[at + 2] << 8) | options[at + 3]);
    if (length < 2) return undefined;
    at += length;
  }
  return undefined;
}
