/** The packets of every channel, as the host takes and sends them. */

import type { VmbusChannel } from '../host/vsp/channel.ts';
import type { ChannelRing } from '../host/vsp/channel-ring.ts';
import type { GuestHost } from './guest-host.ts';

/** A packet of the guest with its descriptor, or one of the host. */
export type SeenPacket =
  | { readonly k: 'ring_out'; readonly relid: number; readonly bytes: Uint8Array }
  | {
      readonly k: 'ring_in';
      readonly relid: number;
      readonly type: number;
      /** Transaction id, both halves. */
      readonly tid: readonly [low: number, high: number];
      readonly header: Uint8Array | undefined;
      readonly bytes: Uint8Array;
    };

const DESCRIPTOR = 16;

/** Tells `see` of every packet, on channels of today and on those that come. */
export function ringsOf({ vmbus }: Pick<GuestHost, 'vmbus'>, see: (seen: SeenPacket) => void): void {
  const watched = new WeakSet<VmbusChannel>();
  const watchAll = (): void => {
    for (const channel of vmbus.channels) {
      if (watched.has(channel)) continue;
      watched.add(channel);
      watchOpening(channel, see);
    }
  };
  watchAll();
  const offer = vmbus.offer.bind(vmbus);
  vmbus.offer = (device) => {
    const channel = offer(device);
    watchAll();
    return channel;
  };
}

/** A channel gets its rings when it is opened, and the device may write at once: so the moment itself is watched. */
function watchOpening(channel: VmbusChannel, see: (seen: SeenPacket) => void): void {
  let ring: ChannelRing | undefined = channel.ring;
  if (ring) watchRing(ring, channel, see);
  Object.defineProperty(channel, 'ring', {
    configurable: true,
    enumerable: true,
    get: () => ring,
    set: (next: ChannelRing | undefined) => {
      ring = next;
      if (next) watchRing(next, channel, see);
    },
  });
}

function watchRing(ring: ChannelRing, channel: VmbusChannel, see: (seen: SeenPacket) => void): void {
  const take = ring.take.bind(ring);
  ring.take = () => {
    const bytes = packetBytes(ring);
    if (bytes) see({ k: 'ring_out', relid: channel.relid, bytes });
    take();
  };
  const send = ring.send.bind(ring);
  ring.send = (type, flags, low, high, header, payload, length = payload.length) => {
    const sent = send(type, flags, low, high, header, payload, length);
    if (sent)
      see({
        ...{ k: 'ring_in', relid: channel.relid, type, tid: [low, high] },
        header: header?.slice(),
        bytes: payload.slice(0, length),
      });
    return sent;
  };
}

/** The packet that is about to be taken, as it lies in the ring. */
function packetBytes(ring: ChannelRing): Uint8Array | undefined {
  const packet = ring.next();
  if (!packet) return undefined;
  const { headerBytes, payloadBytes } = packet;
  const bytes = new Uint8Array(DESCRIPTOR + headerBytes + payloadBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, packet.type, true);
  view.setUint16(2, (DESCRIPTOR + headerBytes) >> 3, true);
  view.setUint16(4, bytes.length >> 3, true);
  view.setUint16(6, packet.flags, true);
  view.setUint32(8, packet.tidLow, true);
  view.setUint32(12, packet.tidHigh, true);
  ring.copyHeader(packet, bytes, DESCRIPTOR);
  ring.copyPayload(packet, bytes, DESCRIPTOR + headerBytes);
  return bytes;
}
