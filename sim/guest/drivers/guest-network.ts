/**
 * The network adapters of a guest, as far as its data exchange daemon knows them: what it answers when the host asks for settings, and what
 * it does when the host gives some.
 *
 * The host asks by the adapter's hardware address, and sets by its VMBus device. After Linux 6.1 `tools/hv/hv_kvp_daemon.c` (kvp_mac_to_ip,
 * kvp_get_if_name, kvp_set_ip_info): the daemon judges the addresses, then leaves the work to a script of the distribution. Here the
 * settings count at once; IPv6 addresses are judged by their letters only.
 */
import { IC_STATUS, KVP_ADDRESS_FAMILY, KVP_OP } from '../../wire/ic-codes.ts';
import type { NetworkSettings } from '../../wire/kvp-network.ts';
import { readAdapter, readNetwork, writeNetwork } from '../../wire/kvp-network.ts';
import type { DaemonReply } from './hv-util-daemon.ts';

/** One adapter. */
export interface GuestAdapter {
  /** "00:15:5D:01:02:03", capital letters as in the host's question. */
  readonly mac: string;
  /** Instance of its VMBus device, in braces or not. */
  readonly device: string;
  settings: NetworkSettings;
}

/** An adapter as a guest has it that asks for its address. The values are made up. */
export const linuxAdapter = (): GuestAdapter => ({
  mac: '00:15:5D:00:02:07',
  device: '8f2a1c5e-3b7d-4e60-9a41-0c5d6e7f8a9b',
  settings: {
    family: KVP_ADDRESS_FAMILY.BOTH,
    dhcp: true,
    addresses: ['192.0.2.7', '2001:db8::7'],
    subnets: ['255.255.255.0', '/64'],
    gateways: ['192.0.2.1'],
    dns: ['192.0.2.53'],
  },
});

/** The adapters, and what the daemon does with a request about them. */
export class GuestNetwork {
  readonly adapters: readonly GuestAdapter[];

  constructor(adapters: readonly GuestAdapter[] = [linuxAdapter()]) {
    this.adapters = adapters;
  }

  /** Answers GET_IP_INFO and SET_IP_INFO. */
  act(request: Uint8Array): DaemonReply {
    const body = request.slice();
    const given = readNetwork(body);
    if (!given) return { status: IC_STATUS.E_FAIL };
    return body[0] === KVP_OP.GET_IP_INFO ? this.get(body, given.family) : this.set(readAdapter(body), given);
  }

  /** The kernel hands back the family that was asked for, whatever the daemon says. */
  private get(body: Uint8Array, family: number): DaemonReply {
    const mac = readAdapter(body);
    const adapter = this.adapters.find((one) => one.mac === mac);
    if (!adapter || !writeNetwork(body, { ...adapter.settings, family })) return { status: IC_STATUS.E_FAIL };
    return { status: IC_STATUS.S_OK, body };
  }

  private set(id: string, settings: NetworkSettings): DaemonReply {
    const device = id.replace(/[{}]/g, '').toLowerCase();
    const adapter = this.adapters.find((one) => one.device === device);
    if (!adapter) return { status: IC_STATUS.GUID_NOTFOUND };
    const { addresses, subnets, gateways, dns } = settings;
    const fine = [...addresses, ...gateways, ...dns].every(isAddress) && subnets.every(isSubnet);
    if (!settings.dhcp && !fine) return { status: IC_STATUS.INVALIDARG };
    adapter.settings = settings;
    return { status: IC_STATUS.S_OK };
  }
}

const isIpv4 = (text: string): boolean =>
  /^(\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split('.').every((part) => Number(part) < 256);
const isAddress = (text: string): boolean => isIpv4(text) || /^[0-9a-f:]*:[0-9a-f:]*$/i.test(text);
const isSubnet = (text: string): boolean => isIpv4(text) || /^\/?\d{1,3}$/.test(text);
