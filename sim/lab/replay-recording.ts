/**
 * Recordings of real guests: what an unmodified kernel or boot loader did to its hypervisor, and what that hypervisor answered.
 *
 * Only the guest's side is fact. The answers are those of the host it ran on, which the guest accepted.
 */

interface Common {
  /** Clock of the recording host, 100 ns. */
  readonly t: number;
}

interface MsrAccess {
  readonly vp: number;
  readonly msr: string;
  readonly name: string;
  readonly val: string;
}

interface Hypercall {
  readonly code: string;
  readonly vp: number;
  readonly control: string;
  readonly input?: string;
  readonly output?: string;
  /** POST_MESSAGE: connection id, reserved word, type, size, payload. */
  readonly inputBytes?: string;
  /** SIGNAL_EVENT. */
  readonly conn?: string;
  readonly flag?: number;
  readonly fast?: boolean;
}

interface GuestPacket {
  readonly relid: number;
  /** Descriptor, header and payload. */
  readonly bytes: string;
  readonly len: number;
  /** Write index when the host read the packet; newer recordings have it. */
  readonly w?: number;
  readonly feature_bits?: number;
}

interface HostPacket {
  readonly relid: number;
  readonly type: number;
  readonly tid: string;
  readonly bytes: string;
  /** Of a packet that names parts of the receive buffer: its header, and the message there. */
  readonly hdr?: string;
  readonly rndis?: string;
}

/** An RNDIS message of the guest, as it lay in memory when the host read its packet. */
interface GuestMessage {
  readonly relid: number;
  /** The first 256 bytes. */
  readonly bytes: string;
}

/** One event, as it stands in a recording. Numbers beyond 2^31 and addresses are hexadecimal text, bytes are hexadecimal pairs. */
export type RecordedEvent = Common &
  (
    | { readonly k: 'cpuid'; readonly leaf: string; readonly out: readonly string[] }
    | ({ readonly k: 'rdmsr' } & MsrAccess)
    | ({ readonly k: 'wrmsr' } & MsrAccess)
    | ({ readonly k: 'hypercall' } & Hypercall)
    | { readonly k: 'synic_message'; readonly vp: number; readonly sint: number; readonly bytes: string }
    | { readonly k: 'synic_event'; readonly vp: number; readonly sint: number; readonly flag: number }
    | ({ readonly k: 'ring_out' } & GuestPacket)
    | ({ readonly k: 'ring_in' } & HostPacket)
    | ({ readonly k: 'rndis_out' } & GuestMessage)
  );

export type EventOf<K extends RecordedEvent['k']> = Extract<RecordedEvent, { readonly k: K }>;

/** A recording: what ran, and what happened in order. */
export interface Recording {
  readonly meta: { readonly guest: string; readonly vmbusVersion?: string };
  readonly events: readonly RecordedEvent[];
}

/** Bytes of hexadecimal text. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Hexadecimal text of bytes. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** One device that a recording's host offered. */
export interface RecordedOffer {
  /** Channel id, connection id, class and instance GUIDs as 32 hexadecimal digits of their bytes. */
  readonly relid: number;
  readonly connectionId: number;
  readonly classHex: string;
  readonly instanceHex: string;
  /** Class and instance together: what names a device. */
  readonly key: string;
  readonly flags: number;
  readonly userData: Uint8Array;
}

/** Reads an OFFERCHANNEL message. */
export function readOffer(message: Uint8Array): RecordedOffer {
  const view = new DataView(message.buffer, message.byteOffset);
  const [classHex, instanceHex] = [hexOf(message.subarray(8, 24)), hexOf(message.subarray(24, 40))];
  return {
    relid: view.getUint32(184, true),
    connectionId: view.getUint32(192, true),
    classHex,
    instanceHex,
    key: classHex + instanceHex,
    flags: view.getUint16(56, true),
    userData: message.slice(60, 180),
  };
}

const OFFER = 1;

/** The channel message in a recorded message slot. */
export function channelMessageOf(event: EventOf<'synic_message'>): Uint8Array {
  return bytesOf(event.bytes).slice(16);
}

/** Every device that the recording's host offered, once each. */
export function recordedOffers(recording: Recording): RecordedOffer[] {
  const offers = new Map<string, RecordedOffer>();
  for (const event of recording.events) {
    if (event.k !== 'synic_message') continue;
    const message = channelMessageOf(event);
    if (message[0] !== OFFER) continue;
    const offer = readOffer(message);
    offers.set(offer.key, offer);
  }
  return [...offers.values()];
}
