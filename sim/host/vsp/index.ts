/** The virtualisation service providers and the bus they are offered on. */

export { VmbusChannel } from './channel.ts';
export type { RingCounts } from './channel-ring.ts';
export {
  CHANNEL_TRANSITIONS,
  type ChannelAction,
  type ChannelEvent,
  type ChannelState,
  type ChannelTransition,
  channelTransition,
} from './channel-states.ts';
export * from './dynmem.ts';
export * from './fcopy.ts';
export { GPADL_LIMITS, type GpadlLimits } from './gpadl.ts';
export { GuestPages } from './guest-pages.ts';
export * from './heartbeat.ts';
export * from './ic-framework.ts';
export * from './keyboard.ts';
export * from './kvp.ts';
export { type MessageCounts, MessageDevice, type MessageDeviceKind, MOST_WAITING } from './message-device.ts';
export * from './mouse.ts';
export { Netvsp, type NetvspCounts, type NetvspOptions } from './netvsp.ts';
export { ScsiDisk, type ScsiDiskOptions } from './scsi-disk.ts';
export * from './shutdown.ts';
export {
  DEFAULT_SCSI_INSTANCE,
  type LogicalUnit,
  type ScsiAddress,
  Storvsp,
  type StorvspOptions,
} from './storvsp.ts';
export { MAX_IN_FLIGHT, POLL_MODE_DEPTH, type WorkerCounts } from './storvsp-worker.ts';
export * from './synthvid.ts';
export * from './synthvid-pointer.ts';
export * from './timesync.ts';
export { attachVmbus } from './vmbus-attach.ts';
export type { CloseAnswer, OfferDescription, OpenAnswer, VmbusDevice } from './vmbus-device.ts';
export { REFUSALS, type Refusal } from './vmbus-platform.ts';
export { VmbusServer, type VmbusServerOptions } from './vmbus-server.ts';
export { NEWEST_VERSION, SPOKEN_VERSIONS, type VersionRules } from './vmbus-versions.ts';
export * from './vss.ts';
