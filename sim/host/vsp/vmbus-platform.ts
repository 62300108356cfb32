/**
 * What the VMBus server needs of the virtual machine and of the hypervisor beneath it. The partition gives it (`vmbus-attach.ts`);
 * a test can give plain memory and lists instead.
 */
import type { GuestMemory } from '../../machine/memory.ts';

/** Why a message of the guest had no effect. */
export const REFUSALS = [
  'unreadable',
  'not-allowed-now',
  'unknown-channel',
  'wrong-state',
  'asked-twice',
  'bad-gpadl',
  'bad-target',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface VmbusPlatform {
  readonly memory: GuestMemory;
  /** Virtual processors of the guest. */
  readonly vps: number;
  /** Posts a message to a SINT of the guest; `false` when no buffer is free, then `VmbusServer.messageTaken` says when to try again. */
  postMessage(vp: number, sint: number, payload: Uint8Array): boolean;
  /** Sets an event flag of a SINT of the guest and interrupts it. */
  signalEvent(vp: number, sint: number, flag: number): void;
  /** Lets the guest signal this connection. */
  connectEvents(connectionId: number, handler: () => void): void;
  disconnectEvents(connectionId: number): void;
  /** The guest's message was understood. */
  noteMessage(type: number, relid: number): void;
  /** The guest's message had no effect. */
  noteRefusal(type: number, refusal: Refusal): void;
  /** The guest broke the rules of a channel's ring or protocol: the channel is dead until it is opened again. */
  noteDead(relid: number): void;
  /** The page in which the guest sets triggers instead of signalling; `undefined` takes it away. */
  placeMonitorPage(gpa: number | undefined): void;
  /** Ties a trigger to an event connection. Latency in units of 100 ns. */
  connectMonitor(id: number, latency: number, connectionId: number): void;
  disconnectMonitor(id: number): void;
}
