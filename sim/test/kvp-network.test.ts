/** Network settings over the data exchange: asked for, set, refused. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GuestNetwork, linuxAdapter } from '../guest/drivers/guest-network.ts';
import type { DaemonConduct } from '../guest/drivers/hv-util-daemon.ts';
import type { NetworkResult } from '../host/vsp/kvp.ts';
import { ServicedMachine } from '../lab/integration.ts';
import { Lab } from '../lab/lab.ts';
import { IC_OFFSET, IC_STATUS, KVP_ADDRESS_FAMILY, KVP_OP } from '../wire/ic-codes.ts';
import { hvKvpIpMsg } from '../wire/kvp-messages.ts';
import type { NetworkSettings } from '../wire/kvp-network.ts';
import { readAdapter, readNetwork, writeAdapter, writeNetwork } from '../wire/kvp-network.ts';

const { mac, device, settings: own } = linuxAdapter();
const STATIC: NetworkSettings = {
  family: KVP_ADDRESS_FAMILY.IPV4,
  dhcp: false,
  addresses: ['198.51.100.9', '198.51.100.10'],
  subnets: ['255.255.255.0', '255.255.255.0'],
  gateways: ['198.51.100.1'],
  dns: ['198.51.100.53', '2001:db8::53'],
};

function machine(kvp?: DaemonConduct): ServicedMachine {
  const one = new ServicedMachine(new Lab(1).machine({ era: '2020' }), { kvp: {}, heartbeat: {} });
  expect(one.boot({ kvp })).toBe('ready');
  one.live();
  one.runFor(1);
  return one;
}

function get(one: ServicedMachine, address = mac, seconds = 1): NetworkResult | undefined {
  let result: NetworkResult | undefined;
  one.kvp?.network(address, KVP_ADDRESS_FAMILY.IPV4, (given) => {
    result = given;
  });
  one.runFor(seconds);
  return result;
}

function set(
  one: ServicedMachine,
  id = `{${device}}`,
  change: Partial<NetworkSettings> = {},
): NetworkResult | undefined {
  let result: NetworkResult | undefined;
  one.kvp?.setNetwork(id, { ...STATIC, ...change }, (given) => {
    result = given;
  });
  one.runFor(1);
  return result;
}

describe('the host', () => {
  it('learns the settings of an adapter by its hardware address', () => {
    expect(get(machine())).toEqual({
      kind: 'done',
      settings: { ...own, family: KVP_ADDRESS_FAMILY.IPV4 },
    });
  });

  it('sets them by its device, and reads them back', () => {
    const one = machine();
    expect(set(one)).toEqual({ kind: 'done', settings: STATIC });
    expect(get(one)).toEqual({ kind: 'done', settings: STATIC });
  });

  it('is told which adapter is not there, and which address is none', () => {
    const one = machine();
    expect(get(one, '00:00:00:00:00:00')).toEqual({ kind: 'failed', status: IC_STATUS.E_FAIL });
    expect(set(one, '{00000000-0000-0000-0000-000000000000}')).toEqual({
      kind: 'failed',
      status: IC_STATUS.GUID_NOTFOUND,
    });
    for (const addresses of [['300.1.1.1'], ['eth0'], ['1.2.3']])
      expect(set(one, device, { addresses })).toEqual({ kind: 'failed', status: IC_STATUS.INVALIDARG });
    expect(one.services.kvp?.network.adapters[0].settings).toEqual(own);
  });

  it('sends nothing that does not fit', () => {
    const one = machine();
    const before = one.kvp?.counts.sent;
    expect(get(one, 'x'.repeat(128))).toEqual({ kind: 'too-long' });
    expect(set(one, device, { gateways: Array(100).fill('198.51.100.1') })).toEqual({ kind: 'too-long' });
    expect(one.kvp?.counts.sent).toBe(before);
  });

  it('waits thirty seconds when the daemon hangs, until its patience ends when it is dead', () => {
    expect(get(machine({ seconds: 0.01, trouble: 'hung' }), mac, 31)).toEqual({
      kind: 'failed',
      status: IC_STATUS.E_FAIL,
    });
    const dead = machine({ seconds: 0.01, trouble: 'gone', after: 1 });
    get(dead);
    expect(get(dead, mac, 36)).toEqual({ kind: 'time-out' });
  });
});

describe('the texts', () => {
  const { vectors } = JSON.parse(
    readFileSync(new URL('../wire/golden/vectors.json', import.meta.url), 'utf8'),
  ) as { vectors: { name: string; hex: string }[] };
  const { hex } = vectors.find(({ name }) => name === 'kvp_get_ip_info_response') ?? { hex: '' };
  const golden = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).slice(
    IC_OFFSET.BODY,
  );

  it('of the golden answer are read, and written to the same bytes', () => {
    const settings = readNetwork(golden);
    expect(settings).toMatchObject({ family: 3, dhcp: true, addresses: ['10.0.0.5'] });
    const again = new Uint8Array(hvKvpIpMsg.size);
    again.set(golden.subarray(0, 2));
    expect(writeAdapter(again, readAdapter(golden)) && settings && writeNetwork(again, settings)).toBe(true);
    expect(again).toEqual(golden);
  });

  it('that do not end are cut at the end of their field', () => {
    const body = new Uint8Array(hvKvpIpMsg.size).fill(0x41);
    expect(readAdapter(body)).toHaveLength(128);
    expect(readNetwork(body)?.gateways[0]).toHaveLength(512);
    expect(readNetwork(body.slice(0, 100))).toBeUndefined();
  });

  it('of a message that is too short are refused by the daemon', () => {
    expect(new GuestNetwork().act(Uint8Array.of(KVP_OP.SET_IP_INFO, 0, 0, 0)).status).toBe(IC_STATUS.E_FAIL);
  });
});
