/** The drivers for what VMBus offers: names, ids and files, by release. */
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import type { Evidence } from '../profiles/system.ts';
import type { Driver, DriverRole } from './drivers.ts';
import { vmbusId } from './hardware-ids.ts';
import { PC_ID } from './pc-drivers.ts';

/** Releases of the Windows drivers whose names differ. */
export type WindowsNaming = '2008' | 'r2' | '2012' | 'current';

type ClassName = keyof typeof DEVICE_CLASS;

const ids = (...names: readonly ClassName[]): string[] =>
  names.map((name) => vmbusId(DEVICE_CLASS[name].guid));

/** Instance GUIDs by which Windows' services know theirs: every virtual machine has one of each. Source: calls of wvmic.inf by administrators. */
const SERVICE_INSTANCE = {
  SHUTDOWN: 'b6650ff7-33bc-4840-8048-e0676786f393',
  TS: '2dd1ce17-079e-403c-b352-a1921ee207ee',
  KVP: '242ff919-07db-4180-9c2e-b86cb68c8c55',
  VSS: '2450ee40-33bf-4fbd-892e-9fb06e9214cf',
} as const;

/** Titles by naming; one that nobody could name is left out, and the driver's own name stands there. */
type Titles = Partial<Record<WindowsNaming, string>>;

interface WindowsRow {
  readonly id: string;
  readonly role: DriverRole;
  readonly matches: readonly string[];
  readonly listedIn: string;
  readonly titles: Titles;
  readonly evidence: Evidence;
  readonly source: string;
  /** Releases that have it; all when left out. */
  readonly since?: readonly WindowsNaming[];
}

const SPECS = 'Microsoft, "Virtual Machine Specifications for Hyper-V in Windows Server 2012 R2"';
const STORE = 'driver store of Windows 10 and 11: name of the INF; ids as guests show them';
const LATER: readonly WindowsNaming[] = ['2012', 'current'];

const WINDOWS: readonly WindowsRow[] = [
  {
    id: 'vmbus',
    role: 'bus',
    matches: [PC_ID.VMBUS],
    listedIn: 'wvmbus.inf',
    titles: {
      '2008': 'Virtual Machine Bus',
      r2: 'Virtual Machine Bus',
      '2012': 'Microsoft Hyper-V Virtual Machine Bus',
      current: 'Microsoft Hyper-V Virtual Machine Bus',
    },
    evidence: 'read',
    source: `${STORE}; ${SPECS}; the name before 2012 is recalled`,
  },
  {
    id: 'storvsc',
    role: 'storage',
    matches: ids('SCSI'),
    listedIn: 'wstorvsc.inf',
    titles: {
      '2008': 'Microsoft VMBus Storage Controller',
      r2: 'Microsoft Virtual Machine Bus Storage Controller',
      '2012': 'Microsoft Hyper-V SCSI Controller',
      current: 'Microsoft Hyper-V SCSI Controller',
    },
    evidence: 'read',
    source: `${STORE}; names before 2012 are recalled`,
  },
  {
    id: 'storflt',
    role: 'filter',
    matches: ids('IDE'),
    listedIn: 'wstorflt.inf',
    titles: {
      '2012': 'Microsoft Hyper-V Storage Accelerator',
      current: 'Microsoft Hyper-V Storage Accelerator',
    },
    evidence: 'read',
    source: `${STORE}; the service list names storflt, its file vmstorfl.sys. How it binds the accelerator is inferred.`,
  },
  {
    id: 'netvsc',
    role: 'channel',
    matches: ids('NIC'),
    listedIn: 'wnetvsc.inf',
    titles: {
      '2008': 'Microsoft VMBus Network Adapter',
      r2: 'Microsoft Virtual Machine Bus Network Adapter',
      '2012': 'Microsoft Hyper-V Network Adapter',
      current: 'Microsoft Hyper-V Network Adapter',
    },
    evidence: 'read',
    source: `${STORE}; Microsoft, "Hyper-V FAQ" (2008); ${SPECS}`,
  },
  {
    id: 'HyperVideo',
    role: 'channel',
    matches: ids('SYNTHVID'),
    listedIn: 'wvmbusvideo.inf',
    titles: {
      '2008': 'Microsoft VMBus Video Device',
      r2: 'Microsoft Virtual Machine Bus Video Device',
      '2012': 'Microsoft Hyper-V Video',
      current: 'Microsoft Hyper-V Video',
    },
    evidence: 'read',
    source: `${STORE}; the service calls itself "Microsoft VMBus Video Device Miniport Driver"; ${SPECS}`,
  },
  {
    id: 'VMBusHID',
    role: 'channel',
    matches: ids('MOUSE'),
    listedIn: 'wvmbushid.inf',
    titles: {
      '2008': 'Microsoft VMBus HID Miniport',
      r2: 'Microsoft VMBus HID Miniport',
      '2012': 'Microsoft Hyper-V Input',
      current: 'Microsoft Hyper-V Input',
    },
    evidence: 'read',
    source: `${STORE}; ${SPECS}; names before 2012 are recalled`,
  },
  {
    id: 'hyperkbd',
    role: 'channel',
    matches: ids('KBD'),
    listedIn: 'whyperkbd.inf',
    titles: {
      '2012': 'Microsoft Hyper-V Virtual Keyboard',
      current: 'Microsoft Hyper-V Virtual Keyboard',
    },
    evidence: 'read',
    source: `${STORE}; ${SPECS}; that it came with 2012 R2 is recalled`,
    since: LATER,
  },
  service('vmicheartbeat', 'HEART_BEAT', 'Heartbeat', DEVICE_CLASS.HEART_BEAT.guid),
  service('vmicshutdown', 'SHUTDOWN', 'Guest Shutdown', SERVICE_INSTANCE.SHUTDOWN),
  service('vmictimesync', 'TS', 'Time Synchronization', SERVICE_INSTANCE.TS),
  service('vmickvpexchange', 'KVP', 'Data Exchange', SERVICE_INSTANCE.KVP),
  service('vmicvss', 'VSS', 'Volume Shadow Copy', SERVICE_INSTANCE.VSS),
];

function service(id: string, _class: ClassName, title: string, guid: string): WindowsRow {
  const name = `Microsoft Hyper-V ${title}`;
  return {
    id,
    role: 'service',
    matches: [vmbusId(guid)],
    listedIn: 'wvmic.inf',
    titles: { '2008': `Hyper-V ${title}`, r2: name, '2012': name, current: name },
    evidence: 'read',
    source: 'administrators bind wvmic.inf to these ids; names before 2012 are recalled',
  };
}

/** The drivers of a Windows package. */
export function windowsVmbusDrivers(naming: WindowsNaming): Driver[] {
  return WINDOWS.filter(({ since }) => !since || since.includes(naming)).map(
    ({ titles, since: _since, ...driver }) => ({
      ...driver,
      ...(titles[naming] === undefined ? {} : { title: titles[naming] }),
    }),
  );
}

type UnixRow = readonly [id: string, role: DriverRole, matches: readonly string[], listedIn: string];

const unix = (evidence: Evidence, source: string, list: readonly UnixRow[]): Driver[] =>
  list.map(([id, role, matches, listedIn]) => ({ id, role, matches, title: id, listedIn, evidence, source }));

const UTIL = ids('SHUTDOWN', 'TS', 'HEART_BEAT', 'KVP', 'VSS');

/** Drivers of Linux, by module. */
export const LINUX_VMBUS_DRIVERS: readonly Driver[] = unix('read', 'Linux, MODULE_DEVICE_TABLE(vmbus, …)', [
  ['hv_vmbus', 'bus', [PC_ID.VMBUS], 'drivers/hv/vmbus_drv.c'],
  ['hv_storvsc', 'storage', ids('SCSI', 'IDE', 'SYNTHFC'), 'drivers/scsi/storvsc_drv.c'],
  ['hv_netvsc', 'channel', ids('NIC'), 'drivers/net/hyperv/netvsc_drv.c'],
  ['hyperv_drm', 'channel', ids('SYNTHVID'), 'drivers/gpu/drm/hyperv/hyperv_drm_drv.c'],
  ['hid_hyperv', 'channel', ids('MOUSE'), 'drivers/hid/hid-hyperv.c'],
  ['hyperv_keyboard', 'channel', ids('KBD'), 'drivers/input/serio/hyperv-keyboard.c'],
  ['hv_utils', 'service', UTIL, 'drivers/hv/hv_util.c'],
]);

/** Drivers of FreeBSD. */
export const FREEBSD_VMBUS_DRIVERS: readonly Driver[] = unix('recalled', 'FreeBSD sys/dev/hyperv', [
  ['vmbus', 'bus', [PC_ID.VMBUS], 'sys/dev/hyperv/vmbus/vmbus.c'],
  ['storvsc', 'storage', ids('SCSI', 'IDE'), 'sys/dev/hyperv/storvsc/hv_storvsc_drv_freebsd.c'],
  ['hn', 'channel', ids('NIC'), 'sys/dev/hyperv/netvsc/if_hn.c'],
  ['hvkbd', 'channel', ids('KBD'), 'sys/dev/hyperv/input/hv_kbd.c'],
  ['hvhid', 'channel', ids('MOUSE'), 'sys/dev/hyperv/input/hv_hid.c'],
  ['hv_utils', 'service', UTIL, 'sys/dev/hyperv/utilities'],
]);
