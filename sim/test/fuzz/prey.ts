/**
 * A channel under attack: opened, and opened again whenever the host has stopped it.
 *
 * What the host writes into the ring is read as a guest does; the bytes that are read are filled with the pattern again before their room
 * is given back, and the host's ring must be a legal one whatever was done to the other.
 */
import type { VmbusDevice } from '../../host/vsp/vmbus-device.ts';
import { type TestChannel, type TestMessage, testMessage } from '../../host/vsp/vmbus-testing.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import type { RingPacket } from '../../wire/ring.ts';
import { CHANNELMSG } from '../../wire/vmbus.ts';
import { hold } from './finding.ts';
import type { HostileMachine } from './hostile-machine.ts';

const TRAILER = 8;

/** What the guest does with a packet of the host. */
export type Reader = (packet: RingPacket, payload: Uint8Array, header: Uint8Array) => void;

export class Prey {
  readonly channel: TestChannel;
  /** Times that the channel had to be opened again. */
  reopened = 0;
  /** Packets of the host. */
  heard = 0;
  private readonly machine: HostileMachine;
  private readonly relid: number;
  private readonly dataPages: number;
  private readonly greet: (prey: Prey) => void;
  private nextTid = 1;

  /** `greet` does the protocol's handshake, so that what comes after it is reached. */
  constructor(
    machine: HostileMachine,
    device: VmbusDevice,
    dataPages: number,
    greet: (prey: Prey) => void = () => undefined,
  ) {
    this.machine = machine;
    this.dataPages = dataPages;
    this.greet = greet;
    const offer: TestMessage = machine.offerOf(device);
    this.channel = machine.guest.open(offer, dataPages);
    this.relid = this.channel.relid;
    hold(this.channel.status === 0, 'harm', `${device.name} does not open`);
    // Some devices speak first.
    this.listen();
    this.poison();
    greet(this);
    machine.comeBack.push(() => {
      const fresh = new Prey(machine, device, dataPages, greet);
      hold(fresh.alive, 'harm', `${device.name} does not serve a guest that was reset`);
    });
  }

  get gpadl(): number {
    return this.channel.gpadl;
  }

  /** The host still reads. */
  get alive(): boolean {
    const ring = this.machine.guest.server.channel(this.relid)?.ring;
    return ring !== undefined && !ring.dead;
  }

  /** Times that the host had no room for an answer. */
  get stalls(): number {
    return this.machine.guest.server.channel(this.relid)?.ring?.counts.stalls ?? 0;
  }

  /** Opens the channel again when the host has stopped it. */
  revive(): void {
    if (!this.alive) this.restart();
  }

  /** Closes the channel and opens it again with empty rings. */
  restart(): void {
    this.reopened++;
    const { guest } = this.machine;
    guest.post(testMessage(CHANNELMSG.CLOSECHANNEL, this.relid));
    this.machine.rest();
    this.channel.outgoing.reset(1);
    this.channel.incoming.reset(1);
    this.poison();
    guest.post(guest.openMessage(this.relid, this.gpadl, this.dataPages + 1));
    this.machine.rest();
    this.machine.takeMessages();
    guest.messages();
    this.greet(this);
  }

  /** Transaction id of the packet that was sent last. */
  get lastTid(): number {
    return this.nextTid - 1;
  }

  /** Sends a packet and lets the host work. False when the ring takes none. */
  send(type: number, payload: Uint8Array, header?: Uint8Array, tid = this.nextTid++, flags = 1): boolean {
    const put = this.channel.outgoing.put(type, flags, tid, header, payload);
    if (typeof put === 'string') return false;
    if (put.needSignal) this.channel.signal();
    this.machine.rest();
    return true;
  }

  /** Takes all that the host has said. */
  listen(read: Reader = () => undefined): void {
    const ring = this.channel.incoming;
    const { digest } = this.machine;
    for (let batch = 0; batch < 16; batch++) {
      const taken: [start: number, length: number][] = [];
      for (let packet = ring.peek(); packet !== 'empty'; packet = ring.peek()) {
        hold(packet !== 'corrupt', 'reply', 'the host wrote a packet that is none');
        const { start, length } = packet;
        const payload = ring.payload(packet);
        const header = ring.header(packet);
        digest.add(Uint8Array.of(packet.type, packet.flags, packet.tidLow, packet.tidHigh));
        digest.add(header);
        digest.add(payload);
        this.heard++;
        read(packet, payload, header);
        ring.advance();
        taken.push([start, length + TRAILER]);
      }
      if (taken.length === 0) return;
      for (const [start, length] of taken) this.poisonPart(start, length);
      if (ring.commit().signalWriter) this.channel.signal();
      this.machine.rest();
    }
  }

  /** Fills the data of the host's ring. */
  private poison(): void {
    this.poisonPart(0, this.channel.incoming.size);
  }

  private poisonPart(start: number, length: number): void {
    const { size } = this.channel.incoming;
    const { u8 } = this.machine.guest.memory;
    const base = this.channel.pages[this.dataPages + 1] + PAGE_SIZE;
    const end = start + length;
    u8.fill(this.machine.poison, base + start, base + Math.min(end, size));
    if (end > size) u8.fill(this.machine.poison, base, base + end - size);
  }
}
