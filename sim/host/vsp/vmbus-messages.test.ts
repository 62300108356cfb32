import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hexBytes } from '../../wire/layout-values.ts';
import { DEVICE_CLASS, VMBUS_VERSION } from '../../wire/vmbus.ts';
import { type GuestMessage, parseGuestMessage, type UnreadableMessage } from './vmbus-guest-messages.ts';
import { encodeHostMessage, type HostMessage } from './vmbus-host-messages.ts';

interface Vector {
  readonly name: string;
  readonly hex: string;
}

const { vectors } = JSON.parse(
  readFileSync(new URL('../../wire/golden/vectors.json', import.meta.url), 'utf8'),
) as { vectors: readonly Vector[] };

function golden(name: string): string {
  const vector = vectors.find((one) => one.name === name);
  if (!vector) throw new Error(`no vector is called ${name}`);
  return vector.hex;
}

const parsed = (name: string): GuestMessage | UnreadableMessage => parseGuestMessage(hexBytes(golden(name)));
const encoded = (message: HostMessage): string =>
  Array.from(encodeHostMessage(message), (byte) => byte.toString(16).padStart(2, '0')).join('');

describe('messages that Linux writes', () => {
  it('INITIATE_CONTACT of both forms', () => {
    expect(parsed('initiate_contact_v5_3')).toMatchObject({
      kind: 'initiate-contact',
      version: VMBUS_VERSION.WIN10_V5_3,
      sint: 2,
      vtl: 0,
      monitorPage1: 305397760,
      monitorPage2: 305401856,
    });
    expect(parsed('initiate_contact_v3_0')).toMatchObject({
      version: VMBUS_VERSION.WIN8_1,
      interruptPage: 180146176,
    });
  });

  it('page lists', () => {
    const header = parsed('gpadl_header_26_pages_max_without_body');
    expect(header).toMatchObject({
      kind: 'gpadl-header',
      relid: 11,
      gpadl: 925201,
      listBytes: 216,
      rangeCount: 1,
    });
    expect(header.kind === 'gpadl-header' && header.first.length).toBe(216);
    expect(parsed('gpadl_teardown')).toMatchObject({ kind: 'gpadl-teardown', relid: 11, gpadl: 925202 });
  });

  it('open, close, release, unload, socket', () => {
    const open = parsed('open_channel_from_ring_setup');
    expect(open).toMatchObject({
      kind: 'open',
      relid: 11,
      openId: 11,
      gpadl: 925203,
      targetVp: 6,
      splitPage: 8,
    });
    expect(open.kind === 'open' && open.userData.slice(0, 5)).toEqual(
      Uint8Array.of(0x76, 0x6d, 0x62, 0x75, 0x73),
    );
    expect(parsed('close_channel')).toMatchObject({ kind: 'close', relid: 11 });
    expect(parsed('relid_released')).toMatchObject({ kind: 'release', relid: 31 });
    expect(parsed('unload')).toMatchObject({ kind: 'unload' });
    const socket = parsed('tl_connect_request');
    expect(socket.kind === 'tl-connect' && socket.serviceId.slice(0, 4)).toEqual(
      Uint8Array.of(0xec, 0x13, 0, 0),
    );
  });
});

describe('messages of the host', () => {
  it('are the golden bytes', () => {
    const cases: readonly [string, HostMessage][] = [
      ['rescind_offer', { kind: 'rescind', relid: 31 }],
      ['all_offers_delivered', { kind: 'all-offers-delivered' }],
      ['unload_response', { kind: 'unload-response' }],
      ['open_result_fail', { kind: 'open-result', relid: 31, openId: 119, status: 0xc000000d }],
      ['gpadl_torndown', { kind: 'gpadl-torndown', gpadl: 925202 }],
      [
        'version_response_rejected',
        { kind: 'version-response', supported: false, state: 2, connectionOrVersion: 0 },
      ],
    ];
    for (const [name, message] of cases) expect(encoded(message), name).toBe(golden(name));
  });

  it('offer devices in the golden layout: monitor id, connection, the device’s own bytes', () => {
    const scsi = { interfaceId: DEVICE_CLASS.SCSI.guid, instanceId: 'f8b3781a-1e82-4818-a1c3-63d806ec15bb' };
    const common = { kind: 'offer', subChannelIndex: 0, dedicated: true } as const;
    expect(
      encoded({
        ...common,
        offer: { ...scsi, userDefined: Uint8Array.of(90) },
        relid: 11,
        monitorId: 7,
        connectionId: 8203,
      }),
    ).toBe(golden('offer_scsi_primary'));
    const ide = {
      interfaceId: DEVICE_CLASS.IDE.guid,
      instanceId: '00000001-0000-8899-0000-000000000000',
      userDefined: Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0),
    };
    expect(encoded({ ...common, offer: ide, relid: 4, monitorId: 3, connectionId: 8196 })).toBe(
      golden('offer_ide_path1_target0'),
    );
    const video = {
      interfaceId: DEVICE_CLASS.SYNTHVID.guid,
      instanceId: '5620e0c7-8062-4dce-aeb7-520c7ef76171',
      flags: 17,
      mmioMegabytes: 128,
      userDefined: Uint8Array.of(4, 0, 0, 0, 0xa7),
    };
    expect(encoded({ ...common, offer: video, relid: 13, monitorId: -1, connectionId: 8205 })).toBe(
      golden('offer_synthvid_pipe_mmio128'),
    );
  });
});
