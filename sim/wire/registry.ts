/**
 * All declared structures by the name that Linux, QEMU or TLFS gives them, for tools that meet a name at run time: replayed
 * recordings, test vectors, reference pages.
 */
import { UserError } from '../core/errors.ts';
import * as assistPage from './assist-page.ts';
import * as backupMessages from './backup-messages.ts';
import * as deviceIds from './device-ids.ts';
import * as dynmem from './dynmem.ts';
import * as enlightenedVmcs from './enlightened-vmcs.ts';
import * as ext4 from './ext4.ts';
import * as fat from './fat.ts';
import * as gpadlMessages from './gpadl-messages.ts';
import * as gpt from './gpt.ts';
import * as hvsock from './hvsock.ts';
import * as hypercallInputs from './hypercall-inputs.ts';
import * as icMessages from './ic-messages.ts';
import * as interrupts from './interrupts.ts';
import * as ipi from './ipi.ts';
import * as kvpMessages from './kvp-messages.ts';
import type { FieldValues } from './layout-encode.ts';
import { hexBytes } from './layout-values.ts';
import * as mbr from './mbr.ts';
import * as monitorPage from './monitor-page.ts';
import * as ndis from './ndis.ts';
import * as ndisOffload from './ndis-offload.ts';
import * as nvsp from './nvsp.ts';
import * as nvsp1 from './nvsp-1.ts';
import * as packets from './packets.ts';
import * as pageBuffers from './page-buffers.ts';
import * as partitions from './partitions.ts';
import * as pseudoStructs from './pseudo-structs.ts';
import * as ringPage from './ring-page.ts';
import * as rndis from './rndis.ts';
import * as rndisConnections from './rndis-connections.ts';
import * as storvspPacket from './storvsp-packet.ts';
import type { Codec } from './struct.ts';
import * as synic from './synic.ts';
import * as synthhid from './synthhid.ts';
import * as synthkbd from './synthkbd.ts';
import * as synthvid from './synthvid.ts';
import * as timers from './timers.ts';
import * as tlb from './tlb.ts';
import * as uefiDevice from './uefi-device.ts';
import * as vmbusMessages from './vmbus-messages.ts';
import * as vmbusOffers from './vmbus-offers.ts';
import * as vpciInterrupts from './vpci-interrupts.ts';
import * as vpciMessages from './vpci-messages.ts';

const MODULES: readonly object[] = [
  assistPage,
  backupMessages,
  deviceIds,
  dynmem,
  enlightenedVmcs,
  ext4,
  fat,
  gpadlMessages,
  gpt,
  hvsock,
  hypercallInputs,
  icMessages,
  interrupts,
  ipi,
  kvpMessages,
  mbr,
  monitorPage,
  ndis,
  ndisOffload,
  nvsp,
  nvsp1,
  packets,
  pageBuffers,
  partitions,
  pseudoStructs,
  ringPage,
  rndis,
  rndisConnections,
  storvspPacket,
  synic,
  synthhid,
  synthkbd,
  synthvid,
  timers,
  tlb,
  uefiDevice,
  vmbusMessages,
  vmbusOffers,
  vpciInterrupts,
  vpciMessages,
];

const isCodec = (value: unknown): value is Codec =>
  typeof value === 'object' && value !== null && 'encode' in value && 'decode' in value;

const CODECS: ReadonlyMap<string, Codec> = new Map(
  MODULES.flatMap((module) => Object.values(module).filter(isCodec)).map((codec) => [codec.name, codec]),
);

/** Every declared structure. */
export const allCodecs = (): readonly Codec[] => [...CODECS.values()];

/** The structure of that name. Throws a `UserError` when none is declared. */
export function byGoldenName(name: string): Codec {
  const codec = CODECS.get(name);
  if (codec !== undefined) return codec;
  const near = [...CODECS.keys()].filter((other) => other.includes(name) || name.includes(other)).slice(0, 5);
  const hint = near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'allCodecs() lists the names.';
  throw new UserError([{ path: name, kind: 'unknown-struct', message: 'There is no such structure.', hint }]);
}

/** A piece of a message: a structure with its fields, or raw bytes. */
export interface MessagePart {
  readonly struct?: string;
  readonly fields?: FieldValues;
  /** Raw bytes in hexadecimal, when `struct` is absent. */
  readonly hex?: string;
  readonly offset: number;
  readonly length: number;
}

/** Puts a message together from parts; later parts lie over earlier ones. */
export function encodeParts(length: number, parts: readonly MessagePart[]): Uint8Array {
  const message = new Uint8Array(length);
  for (const part of parts) {
    const bytes =
      part.struct === undefined
        ? hexBytes(part.hex ?? '')
        : byGoldenName(part.struct).encode(part.fields ?? {}, { length: part.length });
    message.set(bytes.subarray(0, Math.max(0, length - part.offset)), part.offset);
  }
  return message;
}

/** Fields of each part of a message; raw parts give none. */
export function decodeParts(message: Uint8Array, parts: readonly MessagePart[]): Record<string, unknown>[] {
  return parts.map((part) =>
    part.struct === undefined
      ? {}
      : byGoldenName(part.struct).decode(message.subarray(part.offset, part.offset + part.length)),
  );
}
