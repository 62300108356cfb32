/**
 * Network settings as the data exchange carries them below version 5: texts with a semicolon between the items of a list, in fields of
 * fixed size. The bytes that follow the message header are `hv_kvp_ip_msg`: its texts begin two bytes earlier than those of the other
 * messages.
 *
 * Source: Linux `include/uapi/linux/hyperv.h`; golden vector `kvp_get_ip_info_response`. Version 5 carries numbers instead (OpenVMM
 * `hyperv_ic_protocol/src/kvp.rs`); Linux does not speak it.
 */
import { hvKvpIpaddrValue, hvKvpIpMsg } from './kvp-messages.ts';

/** Settings of one adapter. */
export interface NetworkSettings {
  /** `KVP_ADDRESS_FAMILY`. */
  readonly family: number;
  readonly dhcp: boolean;
  readonly addresses: readonly string[];
  readonly subnets: readonly string[];
  readonly gateways: readonly string[];
  readonly dns: readonly string[];
}

const BASE = hvKvpIpMsg.offsets.kvp_ip_val;
const AT = hvKvpIpaddrValue.offsets;
const LISTS = {
  addresses: { at: AT.ip_addr, room: 1024 },
  subnets: { at: AT.sub_net, room: 1024 },
  gateways: { at: AT.gate_way, room: 512 },
  dns: { at: AT.dns_addr, room: 1024 },
} as const;
const LIST_NAMES = ['addresses', 'subnets', 'gateways', 'dns'] as const;
const ADAPTER_ROOM = 128;

/** The adapter that a message names. */
export const readAdapter = (body: Uint8Array): string => readText(body, BASE + AT.adapter_id, ADAPTER_ROOM);

/** Writes the adapter's name; false when it does not fit with its terminating zero. */
export const writeAdapter = (body: Uint8Array, id: string): boolean =>
  writeText(body, BASE + AT.adapter_id, ADAPTER_ROOM, id);

/** The settings in a message; `undefined` when it is too short for them. */
export function readNetwork(body: Uint8Array): NetworkSettings | undefined {
  if (body.length < hvKvpIpMsg.size) return undefined;
  const list = (name: keyof typeof LISTS): string[] =>
    readText(body, BASE + LISTS[name].at, LISTS[name].room)
      .split(';')
      .filter((item) => item !== '');
  return {
    family: body[BASE + AT.addr_family],
    dhcp: body[BASE + AT.dhcp_enabled] !== 0,
    addresses: list('addresses'),
    subnets: list('subnets'),
    gateways: list('gateways'),
    dns: list('dns'),
  };
}

/** Writes settings into a message; false when a list does not fit. */
export function writeNetwork(body: Uint8Array, settings: NetworkSettings): boolean {
  body[BASE + AT.addr_family] = settings.family;
  body[BASE + AT.dhcp_enabled] = settings.dhcp ? 1 : 0;
  return LIST_NAMES.every((name) =>
    writeText(body, BASE + LISTS[name].at, LISTS[name].room, settings[name].join(';')),
  );
}

/** UTF-16 up to the first zero, or to the end of its field. */
function readText(body: Uint8Array, at: number, room: number): string {
  let result = '';
  for (let i = at; i + 1 < Math.min(body.length, at + 2 * room); i += 2) {
    const code = body[i] | (body[i + 1] << 8);
    if (code === 0) break;
    result += String.fromCharCode(code);
  }
  return result;
}

function writeText(body: Uint8Array, at: number, room: number, text: string): boolean {
  if (text.length >= room) return false;
  body.fill(0, at, at + 2 * room);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    body[at + 2 * i] = code & 0xff;
    body[at + 2 * i + 1] = code >>> 8;
  }
  return true;
}
