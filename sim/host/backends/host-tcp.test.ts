import { describe, expect, it } from 'vitest';
import { Hypervisor } from '../../machine/hypervisor.ts';
import { ECHO_PORT, echoService, HTTP_PORT, WebServer } from './host-http.ts';
import { checksum, HostPort } from './host-port.ts';
import { HostTcp } from './host-tcp.ts';
import { VirtualSwitch } from './switch.ts';

const MAC = Uint8Array.of(0, 0x15, 0x5d, 1, 2, 3);
const OWN = Uint8Array.of(10, 0, 0, 2);
const HOST = Uint8Array.of(10, 0, 0, 1);
const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];

/** A guest's TCP, by hand: it says what it is told to, and takes in order what comes. */
class Caller {
  readonly engine;
  readonly tcp: HostTcp;
  readonly web: WebServer;
  readonly flags: number[] = [];
  heard: number[] = [];
  lost = 0;
  window = 0xffff;
  next = 0;
  sequence = 1000;
  private readonly plug;
  private readonly port: number;

  constructor(port: number, files = new Map<string, Uint8Array>()) {
    const hypervisor = new Hypervisor();
    this.engine = hypervisor.engine;
    this.port = port;
    const network = new VirtualSwitch(hypervisor.root);
    this.web = new WebServer(files);
    this.tcp = new HostTcp(new HostPort(network), this.engine, hypervisor.costs.hz);
    this.tcp.listen(ECHO_PORT, echoService);
    this.tcp.listen(HTTP_PORT, () => this.web.open());
    this.plug = network.plug({ receive: (frame) => this.receive(frame) });
  }

  send(flags: number, text = '', damage = 0): void {
    const payload = Uint8Array.from(text, (char) => char.charCodeAt(0));
    const segment = new Uint8Array(20 + payload.length);
    const view = new DataView(segment.buffer);
    view.setUint16(0, 40_000);
    view.setUint16(2, this.port);
    view.setUint32(4, this.sequence);
    view.setUint32(8, this.next);
    segment[12] = 0x50;
    segment[13] = flags;
    view.setUint16(14, this.window);
    segment.set(payload, 20);
    const pseudo = Uint8Array.of(
      ...OWN,
      ...HOST,
      0,
      6,
      segment.length >>> 8,
      segment.length & 0xff,
      ...segment,
    );
    view.setUint16(16, checksum(pseudo) ^ damage);
    const frame = new Uint8Array(34 + segment.length);
    frame.set([0, 0x15, 0x5d, 0, 0, 0xfe, ...MAC, 8, 0, 0x45]);
    new DataView(frame.buffer).setUint16(16, 20 + segment.length);
    frame[23] = 6;
    frame.set([...OWN, ...HOST], 26);
    frame.set(segment, 34);
    this.sequence += payload.length + ((flags & (SYN | FIN)) !== 0 ? 1 : 0);
    this.plug.send(frame);
  }

  open(): void {
    this.send(SYN);
    this.engine.run(this.engine.now + 1e6);
  }

  private receive(frame: Uint8Array): void {
    if (frame[23] !== 6) return;
    const view = new DataView(frame.buffer, frame.byteOffset);
    const length = view.getUint16(16) - 20;
    const body = frame.subarray(34, 34 + length);
    const pseudo = Uint8Array.of(...HOST, ...OWN, 0, 6, length >>> 8, length & 0xff, ...body);
    expect(checksum(pseudo), 'check sum of a segment').toBe(0);
    const flags = body[13];
    const payload = body.subarray((body[12] >>> 4) * 4);
    if (this.lost > 0 && payload.length > 0) {
      this.lost--;
      return;
    }
    this.flags.push(flags);
    if ((flags & SYN) !== 0) this.next = view.getUint32(38) + 1;
    else if (view.getUint32(38) !== this.next) return;
    else this.next += payload.length + (flags & FIN);
    this.heard.push(...payload);
    if ((flags & (SYN | FIN)) !== 0 || payload.length > 0) this.send(ACK);
  }

  get said(): string {
    return String.fromCharCode(...this.heard);
  }
}

describe('TCP of the host', () => {
  it('echoes what comes, and ends when the guest ends', () => {
    const caller = new Caller(ECHO_PORT);
    caller.open();
    caller.send(ACK, 'hello');
    caller.engine.run();
    expect(caller.said).toBe('hello');
    caller.send(FIN | ACK);
    caller.engine.run();
    expect(caller.flags.at(-1)).toBe(FIN | ACK);
    expect(caller.tcp.counts).toMatchObject({ connections: 1, received: 5, sent: 5, again: 0, refused: 0 });
    // Nobody is there any more.
    caller.send(ACK, 'more');
    caller.engine.run();
    expect(caller.flags.at(-1)).toBe(RST);
  });

  it('sends a file in segments of the guest, also when some are lost and the window is small', () => {
    const file = Uint8Array.from({ length: 20_000 }, (_, i) => i * 7);
    const caller = new Caller(HTTP_PORT, new Map([['/file', file]]));
    caller.window = 2000;
    caller.open();
    caller.lost = 3;
    caller.send(ACK, 'GET /file HTTP/1.1\r\nHost: host\r\n\r\n');
    caller.engine.run();
    const [head] = caller.said.split('\r\n\r\n', 1);
    expect(head).toContain('HTTP/1.1 200 OK');
    expect(caller.heard.slice(head.length + 4)).toEqual([...file]);
    expect(caller.tcp.counts.again).toBeGreaterThan(0);
    expect(caller.web.requests).toEqual([{ path: '/file', status: 200 }]);
    expect((caller.flags.at(-1) as number) & FIN).toBe(FIN);
  });

  it('refuses a port that nobody serves, and drops what is damaged', () => {
    const caller = new Caller(99);
    caller.open();
    expect(caller.flags).toEqual([RST | ACK]);
    const web = new Caller(HTTP_PORT);
    web.send(SYN, '', 1);
    web.engine.run();
    expect(web.flags).toEqual([]);
    expect(web.tcp.counts.refused).toBe(1);
  });

  it('answers what it does not have, and gives up on a guest that is gone', () => {
    const caller = new Caller(HTTP_PORT);
    caller.open();
    caller.send(ACK, 'GET /other HTTP/1.0\r\n\r\n');
    caller.engine.run();
    expect(caller.said).toContain('404');
    const silent = new Caller(ECHO_PORT);
    silent.open();
    silent.lost = Infinity;
    silent.send(ACK, 'hello');
    expect(silent.engine.run().kind).toBe('idle');
    expect(silent.tcp.counts.again).toBe(8);
  });
});
