/**
 * The vocabulary of VMBus: message types, protocol versions, device classes, fixed connections and limits.
 *
 * Sources: Linux `include/linux/hyperv.h` and `drivers/hv/hyperv_vmbus.h` (names), OpenVMM `vm/devices/vmbus/vmbus_core/src/protocol.rs`
 * (message types 18 to 20 and 25 to 29, version 6.0, feature flags). The structures are in `vmbus-messages.ts` and `vmbus-offers.ts`.
 */
import { codes } from './codes.ts';

/** `msgtype` of a channel message. The comment says who sends it. */
export const channelMessages = codes({
  INVALID: [0, 'never sent'],
  OFFERCHANNEL: [1, 'host → guest: a device is there; carries class, instance and channel id'],
  RESCIND_CHANNELOFFER: [2, 'host → guest: the device goes away'],
  REQUESTOFFERS: [3, 'guest → host: list the devices; allowed once per connection'],
  ALLOFFERS_DELIVERED: [4, 'host → guest: end of the list'],
  OPENCHANNEL: [5, 'guest → host: these are the rings; start'],
  OPENCHANNEL_RESULT: [6, 'host → guest: opened, or why not'],
  CLOSECHANNEL: [7, 'guest → host: stop; has no reply'],
  GPADL_HEADER: [8, 'guest → host: names a list of pages; up to 26 fit here'],
  GPADL_BODY: [9, 'guest → host: 28 more page numbers for the list'],
  GPADL_CREATED: [10, 'host → guest: the list is complete and mapped, or why not'],
  GPADL_TEARDOWN: [11, 'guest → host: forget the list'],
  GPADL_TORNDOWN: [12, 'host → guest: forgotten; the pages may be freed now'],
  RELID_RELEASED: [13, 'guest → host: a rescinded channel id may be reused'],
  INITIATE_CONTACT: [14, 'guest → host: connect with this protocol version'],
  VERSION_RESPONSE: [15, 'host → guest: version accepted or not'],
  UNLOAD: [16, 'guest → host: disconnect'],
  UNLOAD_RESPONSE: [17, 'host → guest: disconnected'],
  OPEN_RESERVED_CHANNEL: [18, 'guest → host: open outside the connection, polled (crash dump)'],
  CLOSE_RESERVED_CHANNEL: [19, 'guest → host: close such a channel'],
  CLOSE_RESERVED_RESPONSE: [20, 'host → guest: closed'],
  TL_CONNECT_REQUEST: [21, 'guest → host: connect a Hyper-V socket'],
  MODIFYCHANNEL: [22, 'guest → host: deliver interrupts of this channel to another VP'],
  TL_CONNECT_RESULT: [23, 'host → guest: result of the socket connect'],
  MODIFYCHANNEL_RESPONSE: [24, 'host → guest: re-targeted'],
  MODIFY_CONNECTION: [25, 'guest → host: replace the monitor pages (feature flag)'],
  MODIFY_CONNECTION_RESPONSE: [26, 'host → guest: replaced or not'],
  PAUSE: [27, 'guest → host: send nothing more until resume'],
  PAUSE_RESPONSE: [28, 'host → guest: paused'],
  RESUME: [29, 'guest → host: continue'],
});
/** The message types by name. */
export const CHANNELMSG = channelMessages.values;

/** One protocol version and the Windows release that brought it. */
export interface VmbusVersion {
  /** Value on the wire: major << 16 | minor, except 13 for the first. */
  readonly value: number;
  readonly name: string;
  readonly windows: string;
  /** What a guest can rely on from here on. */
  readonly brings: string;
}

/** All protocol versions, oldest first. Sources: OpenVMM `Version`, Linux `VERSION_*`. */
export const VMBUS_VERSIONS: readonly VmbusVersion[] = [
  { value: 13, name: '0.13', windows: 'Server 2008', brings: 'one interrupt page shared by all channels' },
  {
    value: 0x1_0001,
    name: '1.1',
    windows: 'Windows 7',
    brings: 'one event connection per channel, guest to host',
  },
  { value: 0x2_0004, name: '2.4', windows: 'Windows 8', brings: 'one event flag per channel both ways' },
  { value: 0x3_0000, name: '3.0', windows: 'Windows 8.1', brings: 'messages may target any VP' },
  { value: 0x4_0000, name: '4.0', windows: 'Windows 10', brings: 'Hyper-V sockets' },
  {
    value: 0x4_0001,
    name: '4.1',
    windows: 'Windows 10 RS3',
    brings: 're-targeting of a channel’s interrupt',
  },
  {
    value: 0x5_0000,
    name: '5.0',
    windows: 'Windows 10 RS3',
    brings: 'message connection 4 and a chosen SINT',
  },
  { value: 0x5_0001, name: '5.1', windows: 'Windows 10 RS4', brings: 'guest endpoint id in socket offers' },
  { value: 0x5_0002, name: '5.2', windows: 'Windows 10 RS5', brings: 'socket silo id' },
  { value: 0x5_0003, name: '5.3', windows: 'Server 2022', brings: 'reply to re-targeting; feature flags' },
  { value: 0x6_0000, name: '6.0', windows: 'Server 2025', brings: 'client id, longer version messages' },
];

/** Protocol version numbers by name. */
export const VMBUS_VERSION = {
  WS2008: 13,
  WIN7: 0x1_0001,
  WIN8: 0x2_0004,
  WIN8_1: 0x3_0000,
  WIN10: 0x4_0000,
  WIN10_V4_1: 0x4_0001,
  WIN10_V5: 0x5_0000,
  WIN10_V5_1: 0x5_0001,
  WIN10_V5_2: 0x5_0002,
  WIN10_V5_3: 0x5_0003,
  COPPER: 0x6_0000,
} as const;

/** The versions that Linux 6.1 tries, in its order (`drivers/hv/connection.c`). */
export const LINUX_VMBUS_VERSIONS: readonly number[] = [
  0x5_0003, 0x5_0002, 0x5_0001, 0x5_0000, 0x4_0001, 0x4_0000, 0x3_0000, 0x2_0004,
];

/** Message connection of versions below 5.0. */
export const VMBUS_MESSAGE_CONNECTION_ID = 1;
/** Message connection of INITIATE_CONTACT from version 5.0; later messages use the id in the version response. */
export const VMBUS_MESSAGE_CONNECTION_ID_4 = 4;
/** Event connection of version 0.13, shared by all channels. */
export const VMBUS_EVENT_CONNECTION_ID = 2;
/** Connection of the monitor pages. */
export const VMBUS_MONITOR_CONNECTION_ID = 3;
/** The synthetic interrupt source that Windows and Linux give to VMBus. */
export const VMBUS_MESSAGE_SINT = 2;
/** SynIC message type of every VMBus message. */
export const VMBUS_MESSAGE_TYPE = 1;
/** Default event connection of channel `relid` in VTL 0 is this | relid (from version 1.1). */
export const VMBUS_CHANNEL_CONNECTION_BASE = 0x2000;
/** A VMBus message must fit the payload of a SynIC message, bytes. */
export const MAX_SIZE_CHANNEL_MESSAGE = 240;
/** Channels per connection; channel ids are event flag numbers, so 0 and ≥ 2048 are not usable. */
export const VMBUS_MAX_CHANNELS = 2047;
/** Monitor ids: 4 trigger groups of 32. */
export const VMBUS_MAX_MONITOR_IDS = 128;
/** Page numbers that fit in a GPADL header (one range) and in a body message. */
export const GPADL_HEADER_PFNS = 26;
/** Page numbers that fit into one GPADL body message. */
export const GPADL_BODY_PFNS = 28;
/** `target_vp` that opens a channel without interrupts (reserved channels). */
export const VP_INDEX_DISABLE_INTERRUPT = 0xffff_ffff;

/** `connection_state` of a version response. */
export const connectionStates = codes({
  SUCCESSFUL: [0, 'connected'],
  FAILED_LOW_RESOURCES: [1, 'the host ran out of resources'],
  FAILED_UNKNOWN_FAILURE: [2, 'version supported, connection refused'],
});
/** The states by name. */
export const CONNECTION_STATE = connectionStates.values;

/** `chn_flags` of an offer. */
export const offerFlags = codes({
  ENUMERATE_DEVICE_INTERFACE: [0x1, 'Windows creates a device interface for it'],
  SERVER_SUPPORTS_TRANSFER_PAGES: [0x2, 'transfer pages may be used'],
  SERVER_SUPPORTS_GPADLS: [0x4, 'GPADLs may be used'],
  NAMED_PIPE_MODE: [0x10, 'the channel speaks the pipe protocol'],
  LOOPBACK_OFFER: [0x100, 'guest to itself'],
  PARENT_OFFER: [0x200, 'offered by the root partition'],
  REQUEST_MONITORED_NOTIFICATION: [0x400, 'signals may go through the monitor page'],
  TLNPI_PROVIDER_OFFER: [0x2000, 'a Hyper-V socket'],
});
/** The flags by name. */
export const VMBUS_CHANNEL = offerFlags.values;

/** `pipe_mode` of a pipe offer. */
export const VMBUS_PIPE_TYPE = { BYTE: 0, MESSAGE: 4 } as const;

/** NTSTATUS values of VMBus replies, unsigned. Source: OpenVMM `vmbus_core`. */
export const VMBUS_STATUS = {
  SUCCESS: 0,
  UNSUCCESSFUL: 0x8000_ffff,
  CONNECTION_REFUSED: 0xc000_0236,
} as const;

/** One class of device that a host can offer. */
export interface DeviceClass {
  readonly guid: string;
  readonly title: string;
  /** The client drivers: Windows, Linux. */
  readonly drivers: string;
}

/** Device classes by the name Linux gives them (`HV_*_GUID`). */
export const DEVICE_CLASS = {
  IDE: {
    guid: '32412632-86cb-44a2-9b5c-50d1417354f5',
    title: 'IDE accelerator',
    drivers: 'storflt, hv_storvsc',
  },
  SCSI: {
    guid: 'ba6163d9-04a1-4d29-b605-72e2ffb1dc7f',
    title: 'SCSI controller',
    drivers: 'storvsc, hv_storvsc',
  },
  SYNTHFC: {
    guid: '2f9bcc4a-0069-4af3-b76b-6fd0be528cda',
    title: 'Fibre Channel adapter',
    drivers: 'hv_storvsc',
  },
  NIC: {
    guid: 'f8615163-df3e-46c5-913f-f2d2f965ed0e',
    title: 'network adapter',
    drivers: 'netvsc, hv_netvsc',
  },
  ND: { guid: '8c2eaf3d-32a7-4b09-ab99-bd1f1c86b501', title: 'Network Direct (RDMA)', drivers: '' },
  PCIE: {
    guid: '44c4f61d-4444-4400-9d52-802e27ede19f',
    title: 'PCI pass-through',
    drivers: 'vpci, pci-hyperv',
  },
  SYNTHVID: {
    guid: 'da0a7802-e377-4aac-8e77-0558eb1073f8',
    title: 'video',
    drivers: 'HyperVideo, hyperv_drm',
  },
  KBD: {
    guid: 'f912ad6d-2b17-48ea-bd65-f927a61c7684',
    title: 'keyboard',
    drivers: 'hyperkbd, hyperv-keyboard',
  },
  MOUSE: { guid: 'cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a', title: 'mouse', drivers: 'VMBusHID, hid-hyperv' },
  SHUTDOWN: {
    guid: '0e0b6031-5213-4934-818b-38d90ced39db',
    title: 'shutdown',
    drivers: 'vmicshutdown, hv_utils',
  },
  TS: {
    guid: '9527e630-d0ae-497b-adce-e80ab0175caf',
    title: 'time synchronisation',
    drivers: 'vmictimesync, hv_utils',
  },
  HEART_BEAT: {
    guid: '57164f39-9115-4e78-ab55-382f3bd5422d',
    title: 'heartbeat',
    drivers: 'vmicheartbeat, hv_utils',
  },
  KVP: {
    guid: 'a9a0f4e7-5a45-4d96-b827-8a841e8c03e6',
    title: 'data exchange',
    drivers: 'vmickvpexchange, hv_kvp',
  },
  DM: { guid: '525074dc-8985-46e2-8057-a307dc18a502', title: 'dynamic memory', drivers: 'dmvsc, hv_balloon' },
  VSS: { guid: '35fa2e29-ea23-4236-96ae-3a6ebacba440', title: 'backup', drivers: 'vmicvss, hv_snapshot' },
  FCOPY: {
    guid: '34d14be3-dee4-41c8-9ae7-6b174977c192',
    title: 'guest file copy',
    drivers: 'vmicguestinterface, hv_fcopy',
  },
} as const satisfies Record<string, DeviceClass>;

/** Feature flags of INITIATE_CONTACT and the version response, from version 5.3. Source: OpenVMM `FeatureFlags`. */
export const featureFlags = codes({
  GUEST_SPECIFIED_SIGNAL_PARAMETERS: [0x01, 'open may name the connection and event flag to signal'],
  CHANNEL_INTERRUPT_REDIRECTION: [0x02, 'the host may redirect channel interrupts'],
  MODIFY_CONNECTION: [0x04, 'monitor pages can be changed later'],
  CLIENT_ID: [0x08, 'the initiate message carries a client id'],
  CONFIDENTIAL_CHANNELS: [0x10, 'rings may live in encrypted memory'],
  PAUSE_RESUME: [0x20, 'PAUSE and RESUME are understood'],
  SERVER_SPECIFIED_MONITOR_PAGES: [0x40, 'the host allocates the monitor pages'],
  GPA_PINNING: [0x80, 'pages must be pinned before use'],
});
/** The features by name. */
export const VMBUS_FEATURE = featureFlags.values;
