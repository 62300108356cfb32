/**
 * A host on the virtual switch that answers what a guest needs to find its way: whose address is this (ARP), are you there (ICMP echo), and
 * who am I (DHCP, and BOOTP for those who send no options).
 *
 * Sources: RFC 826, 792, 951, 2131, 2132. Left out: fragments, options of IP, leases that end, IPv6.
 */
import type { SwitchClient, SwitchPort, VirtualSwitch } from './switch.ts';
import { ETHERNET } from './switch.ts';

/** Who the host is, and which addresses it gives away. */
export interface HostPortOptions {
  /** Six bytes. */
  readonly mac?: Uint8Array;
  /** Four bytes each: its address, and the first one for guests. */
  readonly address?: Uint8Array;
  readonly firstLease?: Uint8Array;
}

/** Takes a packet: its frame, and what the IP header is followed by. */
export type IpReceiver = (frame: Uint8Array, body: Uint8Array) => void;

/** What the host answered. */
export interface HostPortCounts {
  arp: number;
  echo: number;
  offers: number;
  acks: number;
  naks: number;
  bootp: number;
}

const TYPE = { IPV4: 0x0800, ARP: 0x0806 } as const;
const IP = { HEADER: 20, ICMP: 1, UDP: 17 } as const;
const PORT = { SERVER: 67, CLIENT: 68 } as const;
const DHCP = { DISCOVER: 1, OFFER: 2, REQUEST: 3, ACK: 5, NAK: 6 } as const;
const OPTION = {
  SUBNET: 1,
  ROUTER: 3,
  DNS: 6,
  REQUESTED: 50,
  LEASE: 51,
  TYPE: 53,
  SERVER: 54,
  END: 255,
} as const;
const COOKIE = 0x6382_5363;
/** Bytes of a BOOTP message before its vendor part, and the fewest of a message. */
const BOOTP = { FIXED: 236, LEAST: 300 } as const;
const LEASE_SECONDS = 86_400;
const MOST_LEASES = 200;

/** The host's end of the switch. */
export class HostPort implements SwitchClient {
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
  readonly counts: HostPortCounts = { arp: 0, echo: 0, offers: 0, acks: 0, naks: 0, bootp: 0 };
  private readonly firstLease: Uint8Array;
  private readonly leases = new Map<string, number>();
  private readonly port: SwitchPort;
  private readonly protocols = new Map<number, IpReceiver>();

  constructor(network: VirtualSwitch, options: HostPortOptions = {}) {
    this.mac = options.mac ?? Uint8Array.of(0x00, 0x15, 0x5d, 0x00, 0x00, 0xfe);
    this.address = options.address ?? Uint8Array.of(10, 0, 0, 1);
    this.firstLease = options.firstLease ?? Uint8Array.of(10, 0, 0, 2);
    this.port = network.plug(this);
  }

  /** Gives packets of a protocol that are for this host to `receiver`. */
  serve(protocol: number, receiver: IpReceiver): void {
    this.protocols.set(protocol, receiver);
  }

  /** Sends a packet to whoever sent `frame`. */
  reply(frame: Uint8Array, protocol: number, body: Uint8Array): void {
    this.sendIp(frame, frame.subarray(26, 30), protocol, body);
  }

  receive(frame: Uint8Array): void {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    const type = view.getUint16(12);
    if (type === TYPE.ARP) this.arp(frame, view);
    else if (type === TYPE.IPV4 && frame.length >= ETHERNET.HEADER + IP.HEADER) this.ip(frame, view);
  }

  private arp(frame: Uint8Array, view: DataView): void {
    const isRequest = frame.length >= 42 && view.getUint16(20) === 1 && view.getUint16(16) === TYPE.IPV4;
    if (!isRequest || !same(frame.subarray(38, 42), this.address)) return;
    this.counts.arp++;
    const reply = new Uint8Array(ETHERNET.LEAST);
    reply.set(frame.subarray(0, 42));
    this.head(reply, frame, TYPE.ARP);
    reply[21] = 2;
    reply.set(this.mac, 22);
    reply.set(this.address, 28);
    reply.set(frame.subarray(22, 32), 32);
    this.port.send(reply);
  }

  private ip(frame: Uint8Array, view: DataView): void {
    const plain = frame[14] === 0x45 && (view.getUint16(20) & 0x3fff) === 0;
    const length = view.getUint16(16);
    if (!plain || length < IP.HEADER || ETHERNET.HEADER + length > frame.length) return;
    const packet = frame.subarray(0, ETHERNET.HEADER + length);
    const body = packet.subarray(ETHERNET.HEADER + IP.HEADER);
    const mine = same(frame.subarray(30, 34), this.address);
    if (frame[23] === IP.ICMP && mine) this.echo(packet, body);
    else if (mine && this.protocols.has(frame[23])) this.protocols.get(frame[23])?.(packet, body);
    else if (frame[23] === IP.UDP && body.length >= 8 + BOOTP.FIXED && view.getUint16(36) === PORT.SERVER)
      this.boot(packet, body.subarray(8));
  }

  private echo(packet: Uint8Array, body: Uint8Array): void {
    if (body.length < 8 || body[0] !== 8) return;
    this.counts.echo++;
    const answer = body.slice();
    answer[0] = 0;
    answer.fill(0, 2, 4);
    new DataView(answer.buffer).setUint16(2, checksum(answer));
    this.reply(packet, IP.ICMP, answer);
  }

  /** A message without the cookie of DHCP is plain BOOTP and gets a plain answer. */
  private boot(packet: Uint8Array, message: Uint8Array): void {
    if (message[0] !== 1 || message[2] !== 6) return;
    const client = packet.subarray(6, 12);
    const lease = this.leaseOf(hexOf(message.subarray(28, 34)));
    if (!lease) return;
    const options = optionsOf(message);
    const answer = new Uint8Array(BOOTP.LEAST);
    answer.set(message.subarray(0, BOOTP.FIXED));
    answer[0] = 2;
    // RFC 2131, table 3: a server says nothing of hops and seconds.
    answer[3] = 0;
    answer.fill(0, 8, 10);
    answer.fill(0, 44, BOOTP.FIXED);
    answer.set(lease, 16);
    answer.set(this.address, 20);
    if (options) {
      const kind = this.judge(options, lease);
      if (kind === undefined) return;
      if (kind === DHCP.NAK) answer.fill(0, 16, 20);
      this.fill(answer, kind);
    } else this.counts.bootp++;
    this.sendUdp(client, answer);
  }

  /** What to answer: an offer, an acknowledgement, a refusal, or nothing. */
  private judge(options: ReadonlyMap<number, Uint8Array>, lease: Uint8Array): number | undefined {
    const type = options.get(OPTION.TYPE)?.[0];
    if (type === DHCP.DISCOVER) {
      this.counts.offers++;
      return DHCP.OFFER;
    }
    if (type !== DHCP.REQUEST) return undefined;
    const server = options.get(OPTION.SERVER);
    if (server && !same(server, this.address)) return undefined;
    const wanted = options.get(OPTION.REQUESTED);
    const fine = !wanted || same(wanted, lease);
    if (fine) this.counts.acks++;
    else this.counts.naks++;
    return fine ? DHCP.ACK : DHCP.NAK;
  }

  private fill(answer: Uint8Array, kind: number): void {
    const view = new DataView(answer.buffer);
    view.setUint32(BOOTP.FIXED, COOKIE);
    let at = BOOTP.FIXED + 4;
    const put = (option: number, ...bytes: readonly number[]): void => {
      answer.set([option, bytes.length, ...bytes], at);
      at += 2 + bytes.length;
    };
    put(OPTION.TYPE, kind);
    put(OPTION.SERVER, ...this.address);
    if (kind !== DHCP.NAK) {
      put(OPTION.LEASE, ...[24, 16, 8, 0].map((shift) => (LEASE_SECONDS >>> shift) & 0xff));
      put(OPTION.SUBNET, 255, 255, 255, 0);
      put(OPTION.ROUTER, ...this.address);
      put(OPTION.DNS, ...this.address);
    }
    answer[at] = OPTION.END;
  }

  /** The same address for the same client, as long as there are any. */
  private leaseOf(client: string): Uint8Array | undefined {
    const known = this.leases.get(client) ?? this.leases.size;
    if (known >= MOST_LEASES) return undefined;
    this.leases.set(client, known);
    const lease = this.firstLease.slice();
    lease[3] += known;
    return lease;
  }

  private sendUdp(client: Uint8Array, message: Uint8Array): void {
    const body = new Uint8Array(8 + message.length);
    const view = new DataView(body.buffer);
    view.setUint16(0, PORT.SERVER);
    view.setUint16(2, PORT.CLIENT);
    view.setUint16(4, body.length);
    body.set(message, 8);
    const to = new Uint8Array(12);
    to.set(client, 6);
    this.sendIp(to, Uint8Array.of(255, 255, 255, 255), IP.UDP, body);
  }

  /** Answers the sender of `frame`. A check sum of 0 says that UDP has none. */
  private sendIp(frame: Uint8Array, to: Uint8Array, protocol: number, body: Uint8Array): void {
    const length = IP.HEADER + body.length;
    const reply = new Uint8Array(Math.max(ETHERNET.LEAST, ETHERNET.HEADER + length));
    this.head(reply, frame, TYPE.IPV4);
    const header = reply.subarray(ETHERNET.HEADER, ETHERNET.HEADER + IP.HEADER);
    const view = new DataView(reply.buffer);
    header[0] = 0x45;
    view.setUint16(16, length);
    header[8] = 64;
    header[9] = protocol;
    header.set(this.address, 12);
    header.set(to, 16);
    view.setUint16(24, checksum(header));
    reply.set(body, ETHERNET.HEADER + IP.HEADER);
    this.port.send(reply);
  }

  private head(reply: Uint8Array, frame: Uint8Array, type: number): void {
    reply.set(frame.subarray(6, 12), 0);
    reply.set(this.mac, 6);
    new DataView(reply.buffer).setUint16(12, type);
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The Internet check sum. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The options of a DHCP message; `undefined` without the cookie. What runs over the end is not read. */
function optionsOf(message: Uint8Array): Map<number, Uint8Array> | undefined {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (message.length < BOOTP.FIXED + 4 || view.getUint32(BOOTP.FIXED) !== COOKIE) return undefined;
  const options = new Map<number, Uint8Array>();
  for (let at = BOOTP.FIXED + 4; at < message.length && message[at] !== OPTION.END; ) {
    if (message[at] === 0) {
      at++;
      continue;
    }
    const length = message[at + 1] ?? 0;
    if (at + 2 + length > message.length) break;
    options.set(message[at], message.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return options;
}
