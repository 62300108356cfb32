/** Messages of netvsc against bytes that the kernel’s own structures made. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  nvspInit,
  nvspNdisConfig,
  nvspNdisVersion,
  nvspReceiveBuffer,
  nvspRevokeReceiveBuffer,
  nvspRndis,
  nvspSendBuffer,
  nvspSubChannels,
  rndisFrame,
  rndisHalt,
  rndisQuery,
} from './netvsc-messages.ts';

const { vectors } = JSON.parse(
  readFileSync(new URL('../../wire/golden/vectors.json', import.meta.url), 'utf8'),
) as { vectors: { name: string; hex: string }[] };
const golden = (name: string): string => vectors.find((vector) => vector.name === name)?.hex ?? '';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const CAPABILITY = 'msg.v2_msg.send_ndis_config.capability.';

it.each([
  [
    'nvsp_send_ndis_config_mtu1514',
    nvspNdisConfig(1514, {
      [`${CAPABILITY}ieee8021q`]: 1,
      [`${CAPABILITY}sriov`]: 1,
      [`${CAPABILITY}teaming`]: 1,
      [`${CAPABILITY}rsc`]: 1,
    }),
  ],
  ['nvsp_send_ndis_version_6_30', nvspNdisVersion(6, 30)],
  ['nvsp_send_receive_buffer', nvspReceiveBuffer(925_217, 0xcafe)],
  ['nvsp_revoke_receive_buffer', nvspRevokeReceiveBuffer(0xcafe)],
  ['nvsp_send_send_buffer', nvspSendBuffer(925_218)],
  ['nvsp_subchannel_allocate_5', nvspSubChannels(5)],
  ['rndis_halt', rndisHalt(0x55)],
])('%s', (name, bytes) => {
  expect(hex(bytes)).toBe(golden(name));
});

it('a frame goes out as the golden packet without further information does', () => {
  const packet = Uint8Array.from(golden('rndis_packet_no_ppi_arp').match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );
  expect(rndisFrame(packet.slice(44))).toEqual(packet);
});

it('what recorded guests sent is what this driver sends', () => {
  const recording = JSON.parse(
    readFileSync(
      new URL('../../test/recordings/linux-6.1-i386-v86-all-devices.json', import.meta.url),
      'utf8',
    ),
  ) as { events: { k: string; relid: number; bytes: string }[] };
  const sent = recording.events
    .filter(({ k, relid }) => k === 'ring_out' && relid === 2)
    .map(({ bytes }) => bytes);
  for (const bytes of [nvspInit(0x6_0001), nvspNdisVersion(6, 30), nvspRndis(0, 0, 0x86)])
    expect(sent.some((packet) => packet.endsWith(hex(bytes)))).toBe(true);
  const asked = recording.events.filter(({ k }) => k === 'rndis_out').map(({ bytes }) => bytes);
  expect(asked).toContain(hex(rndisQuery(3, 0x0101_0101)));
});
