import { describe, expect, it } from 'vitest';
import { GuestMemory } from '../../machine/memory.ts';
import { shortestBlockCdb } from '../../wire/scsi-cdb.ts';
import { SRB_FLAGS, VSTOR_DATA } from '../../wire/storvsp.ts';
import { LINUX_6_1 } from '../profiles/linux.ts';
import { GpaHeaders } from './storvsc-gpa.ts';
import { BlockPacket, putBlockCdb, SrbBuilder, srbFlags } from './storvsc-srb.ts';
import {
  closeChannel,
  gpadlBody,
  gpadlHeader,
  gpadlTeardown,
  initiateContact,
  openChannel,
  readOffer,
  relidReleased,
  requestOffers,
  unload,
} from './vmbus-requests.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const zeros = (bytes: number): string => '00'.repeat(bytes);

// Bytes that the functions of Linux 6.1.192 produced, and that stock kernels sent.
describe('channel messages', () => {
  const monitorPages = [0x1234_0000, 0x1234_1000] as const;

  it('make contact as Linux does from version 5.0, with the SINT', () => {
    const request = { version: 0x5_0003, targetVp: 0, interruptPage: 0x0abc_d000, monitorPages };
    expect(hex(initiateContact(request))).toBe(
      '0e000000000000000300050000000000020000000000000000003412000000000010341200000000',
    );
  });

  it('make contact as Linux does before 5.0, with an interrupt page', () => {
    const request = { version: 0x3_0000, targetVp: 0, interruptPage: 0x0abc_d000, monitorPages };
    expect(hex(initiateContact(request))).toBe(
      '0e00000000000000000003000000000000d0bc0a0000000000003412000000000010341200000000',
    );
  });

  it('name pages as Linux does', () => {
    const pfns = Array.from({ length: 12 }, (_, i) => 0x1_a2b0 + i);
    const list = pfns.map((pfn) => `${(pfn & 0xff).toString(16)}a2010000000000`).join('');
    expect(hex(gpadlHeader(11, 0xe1e13, 12, pfns))).toBe(
      `08000000000000000b000000131e0e006800010000c0000000000000${list}`,
    );
    expect(hex(gpadlBody(0xe1e10, [0x2d9a]))).toBe('090000000000000000000000101e0e009a2d000000000000');
  });

  it('open, close, tear down, release and leave as Linux does', () => {
    const userData = unhex('766d6275732d75736572646174612d3031');
    const open = openChannel({ relid: 11, openId: 11, gpadl: 0xe1e13, targetVp: 6, splitPage: 8, userData });
    expect(hex(open)).toBe(
      `05000000000000000b0000000b000000131e0e000600000008000000${hex(userData)}${zeros(120 - userData.length)}`,
    );
    expect(hex(closeChannel(11))).toBe('07000000000000000b000000');
    expect(hex(gpadlTeardown(11, 0xe1e13))).toBe('0b000000000000000b000000131e0e00');
    expect(hex(relidReleased(31))).toBe('0d000000000000001f000000');
    expect(hex(requestOffers())).toBe('0300000000000000');
    expect(hex(unload())).toBe('1000000000000000');
  });

  it('read an offer', () => {
    const bytes = new Uint8Array(196);
    bytes.set(unhex('010000000000000032264132cb86a2449b5c50d1417354f50100000000009988'), 0);
    bytes.set([4, 0, 0, 0, 3, 1, 1, 0, 4, 0x20, 0, 0], 184);
    expect(readOffer(bytes)).toMatchObject({
      relid: 4,
      classGuid: '32412632-86cb-44a2-9b5c-50d1417354f5',
      instanceGuid: '00000001-0000-8899-0000-000000000000',
      subChannelIndex: 0,
      monitorId: 3,
      connectionId: 0x2004,
    });
  });
});

describe('requests of storvsc', () => {
  const address = { path: 0, target: 0, lun: 0 };

  it('read 4 KiB as a stock kernel does', () => {
    const memory = new GuestMemory(0x1000);
    const srb = new SrbBuilder(memory, 0);
    const length = putBlockCdb(memory.u8, srb.cdbGpa, true, 0, 8);
    srb.begin(address, length);
    srb.finish(VSTOR_DATA.IN, 4096, SRB_FLAGS.DATA_IN | SRB_FLAGS.DISABLE_SYNCH_TRANSFER);
    expect(hex(memory.read(0, 64))).toBe(
      '03000000010000000000000034000000000000000a1401000010000028000000000000000800000000000000' +
        '0000000000000000480000003c00000000000000',
    );
  });

  it('are the same whether the packet before them left most of its words or not', () => {
    const memory = new GuestMemory(0x1000);
    const srb = new SrbBuilder(memory, 0);
    const others = [address, { path: 0, target: 1, lun: 3 }];
    for (const read of [true, false]) {
      const packet = new BlockPacket(memory, 128, read);
      const direction = read ? VSTOR_DATA.IN : VSTOR_DATA.OUT;
      for (let round = 0; round < 400; round++) {
        const to = others[(round >> 4) & 1];
        const sectors = [1, 1, 1, 0x123, 1, 0x1_0000][(round >> 2) % 6];
        const lba = round % 7 === 0 ? 0xffff_fff0 + round : Math.imul(round, 0x9e37_79b1) >>> 0;
        srb.begin(to, putBlockCdb(memory.u8, srb.cdbGpa, read, lba, sectors));
        srb.finish(direction, sectors * 512, srbFlags(direction));
        expect(packet.fill(to, lba, sectors)).toBe(128);
        expect(hex(memory.read(128, 64))).toBe(hex(memory.read(0, 64)));
      }
    }
  });

  it('name one range of pages, each with its own number', () => {
    const headers = new GpaHeaders();
    expect(hex(headers.range(0x2e6b000, 4096))).toBe('00000000010000000010000000000000' + '6b2e000000000000');
    const three = headers.range(0x3_e00, 8704);
    expect(hex(three)).toBe(
      '0000000001000000' + '00220000000e0000' + '0300000000000000' + '0400000000000000' + '0500000000000000',
    );
    expect(headers.range(0x9_e00, 8704)).toBe(three);
  });

  it.each([
    [0, 8],
    [0xffff_fff0, 8],
    [0xffff_fff8, 8],
    [0x11_2233_4455_66, 2048],
    [5, 0x1_0000],
  ])('build the CDB for sector %i, %i sectors', (lba, sectors) => {
    const cdb = new Uint8Array(16).fill(0xcc);
    for (const kind of ['read', 'write'] as const) {
      const length = putBlockCdb(cdb, 0, kind === 'read', lba, sectors);
      expect(cdb.slice(0, length)).toEqual(shortestBlockCdb(kind, lba, sectors));
      expect([...cdb.slice(length)]).toEqual(new Array(16 - length).fill(0));
    }
  });
});

describe('the Linux profile', () => {
  it('identifies itself as the recorded kernel does', () => {
    expect(LINUX_6_1.guestOsId).toBe(0x8100_0006_01c0_0000n);
  });
});
