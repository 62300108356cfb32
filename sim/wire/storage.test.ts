import { describe, expect, it } from 'vitest';
import { ATA_CMD, ataDataPhase, readPrd, writePrd } from './ata.ts';
import { type AtaIdentity, ataGeometry, buildIdentify, parseIdentify } from './ata-identify.ts';
import { ASC, SCSI_OP, SENSE_KEY, VPD } from './scsi.ts';
import * as cdb from './scsi-cdb.ts';
import * as data from './scsi-data.ts';
import {
  buildVhdDynamicHeader,
  buildVhdFooter,
  parseVhdDynamicHeader,
  parseVhdFooter,
  type VhdFooter,
  vhdBitmapSize,
  vhdGeometry,
  vhdTableSize,
} from './vhd.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('CDBs', () => {
  it.each([
    [6, 0x12345, 256, '080123450000'],
    [10, 0x1000, 17, '28000000100000001100'],
    [12, 0x1000, 0x12345, 'a80000001000000123450000'],
    [16, 0x12_3456_789a, 5, '8800000000123456789a000000050000'],
  ] as const)('READ (%i)', (size, lba, blocks, wire) => {
    const bytes = cdb.blockCdb('read', lba, blocks, size);
    expect(hex(bytes)).toBe(wire);
    expect(cdb.parseCdb(bytes)).toMatchObject({ kind: 'read', lba, blocks });
    expect(cdb.cdbLength(bytes[0])).toBe(size);
  });

  it('the shortest that Linux would use', () => {
    expect(cdb.shortestBlockCdb('write', 0, 8).length).toBe(10);
    expect(cdb.shortestBlockCdb('write', 0xffff_ffff, 8).length).toBe(16);
    expect(cdb.shortestBlockCdb('write', 0, 65536).length).toBe(16);
  });

  it('every builder is understood by the parser', () => {
    const kinds = [
      cdb.testUnitReadyCdb(),
      cdb.inquiryCdb(36),
      cdb.inquiryCdb(255, VPD.BLOCK_LIMITS),
      cdb.reportLunsCdb(4096),
      cdb.readCapacity10Cdb(),
      cdb.readCapacity16Cdb(),
      cdb.modeSense6Cdb(8, 192),
      cdb.modeSense10Cdb(8, 512),
      cdb.requestSenseCdb(252),
      cdb.synchronizeCacheCdb(),
      cdb.unmapCdb(24),
      cdb.blockCdb('write', 7, 1, 10, true),
    ].map((bytes) => cdb.parseCdb(bytes));
    expect(kinds.map((command) => command.kind)).toEqual([
      'test-unit-ready',
      'inquiry',
      'inquiry',
      'report-luns',
      'read-capacity-10',
      'read-capacity-16',
      'mode-sense',
      'mode-sense',
      'request-sense',
      'synchronize-cache',
      'unmap',
      'write',
    ]);
    expect(kinds[2]).toMatchObject({ vpdPage: 0xb0, allocation: 255 });
    expect(kinds[11]).toMatchObject({ lba: 7, blocks: 1, fua: true });
  });

  it('an unknown opcode and a wrong field are said, not thrown', () => {
    expect(cdb.parseCdb(Uint8Array.of(0xc1, 0, 0, 0, 0, 0))).toEqual({ kind: 'unknown', opcode: 0xc1 });
    expect(cdb.parseCdb(Uint8Array.of(SCSI_OP.INQUIRY, 0, 0x80, 0, 36, 0))).toEqual({
      kind: 'invalid-field',
      opcode: 0x12,
    });
    for (let opcode = 0; opcode < 256; opcode++) cdb.parseCdb(new Uint8Array(16).fill(opcode));
  });

  it('a 64-bit address beyond exactness is still beyond any disk', () => {
    const bytes = new Uint8Array(16).fill(0xff);
    bytes[0] = SCSI_OP.READ_16;
    const command = cdb.parseCdb(bytes);
    expect(command.kind === 'read' && command.lba).toBeGreaterThan(2 ** 63);
  });
});

describe('data that SCSI commands return', () => {
  const identity: data.ScsiIdentity = {
    vendor: 'Msft',
    product: 'Virtual Disk',
    revision: '1.0',
    serial: 'RS0001',
    naa: Uint8Array.of(0x60, 2, 3, 4, 5, 6, 7, 8),
    readOnly: false,
    thin: true,
    maxTransferBlocks: 512,
  };

  it('INQUIRY names the disk; an absent unit is type 7Fh', () => {
    const inquiry = data.buildInquiry(identity);
    expect(String.fromCharCode(...inquiry.subarray(8, 36))).toBe('Msft    Virtual Disk    1.0 ');
    expect(inquiry[4]).toBe(inquiry.length - 5);
    expect(data.buildAbsentInquiry()[0]).toBe(0x7f);
  });

  it('every listed VPD page exists and says its length', () => {
    const listed = data.buildVpd(VPD.SUPPORTED_PAGES, identity)?.subarray(4) ?? [];
    expect(listed.length).toBe(6);
    for (const page of listed) {
      const bytes = data.buildVpd(page, identity) as Uint8Array;
      expect(cdb.bigEndian(bytes, 2, 2)).toBe(bytes.length - 4);
      expect(bytes[1]).toBe(page);
    }
    expect(data.buildVpd(0x99, identity)).toBeUndefined();
  });

  it('capacities and LUN lists read back', () => {
    expect(data.parseCapacity(data.buildCapacity10(2 ** 24, 512), 10)).toEqual({
      blocks: 2 ** 24,
      blockBytes: 512,
    });
    expect(data.parseCapacity(data.buildCapacity16(2 ** 40, 512), 16)).toEqual({
      blocks: 2 ** 40,
      blockBytes: 512,
    });
    expect(hex(data.buildCapacity10(2 ** 40, 512))).toBe('ffffffff00000200');
    expect(data.parseReportLuns(data.buildReportLuns([0, 3, 255]))).toEqual([0, 3, 255]);
    expect(data.parseReportLuns(data.buildReportLuns([]))).toEqual([]);
  });

  it('sense data reads back', () => {
    const sense = { key: SENSE_KEY.ILLEGAL_REQUEST, code: ASC.LBA_OUT_OF_RANGE };
    expect(data.parseSense(data.buildSense(sense))).toEqual(sense);
    expect(hex(data.buildSense(sense))).toBe('700005000000000a00000000210000000000');
    expect(data.parseSense(new Uint8Array(18))).toBeUndefined();
  });

  it('an UNMAP list reads back, and a lying length does not lead outside', () => {
    const extents = [
      { lba: 2 ** 33, blocks: 8 },
      { lba: 5, blocks: 1 },
    ];
    const list = data.buildUnmapList(extents);
    expect(data.parseUnmapList(list)).toEqual(extents);
    list[2] = 0xff;
    expect(data.parseUnmapList(list)).toEqual(extents);
  });

  it('mode pages exist in both forms', () => {
    for (const form of [6, 10] as const) {
      const bytes = data.buildModeSense(8, form, { readOnly: true, writeCache: true }) as Uint8Array;
      expect(form === 6 ? bytes[0] + 1 : cdb.bigEndian(bytes, 0, 2) + 2).toBe(bytes.length);
      expect(bytes[form === 6 ? 2 : 3] & 0x80).toBe(0x80);
    }
  });
});

describe('ATA', () => {
  it('IDENTIFY data reads back', () => {
    const identity: AtaIdentity = {
      model: 'Virtual HD',
      serial: '00000000000000000001',
      firmware: '1.1.0',
      sectors: 2 ** 33,
      ...ataGeometry(2 ** 33),
      maxMultiple: 128,
      multiple: 16,
      mwdmaMode: 2,
      udmaMode: 5,
      udmaSelected: 5,
      lba48: true,
      writeCache: true,
    };
    const bytes = buildIdentify(identity);
    expect(bytes.length).toBe(512);
    expect(String.fromCharCode(...bytes.subarray(54, 64))).toBe('iVtrau lDH');
    expect(parseIdentify(bytes)).toEqual(identity);
    const small = { ...identity, sectors: 20480, ...ataGeometry(20480), lba48: false, multiple: 0 };
    expect(parseIdentify(buildIdentify(small))).toEqual(small);
  });

  it('PRD entries store 64 KiB as 0', () => {
    const view = new DataView(new ArrayBuffer(8));
    const entry = { base: 0xfffe_0000, bytes: 65536, endOfTable: true };
    writePrd(view, 0, entry);
    expect(view.getUint32(4, true)).toBe(0x8000_0000);
    expect(readPrd(view, 0)).toEqual(entry);
  });

  it('knows how commands move data', () => {
    expect(ataDataPhase(ATA_CMD.WRITE_MULTI_EXT)).toEqual({
      protocol: 'pio-out',
      lba48: true,
      multiple: true,
    });
    expect(ataDataPhase(0x77).protocol).toBe('none');
  });
});

describe('VHD', () => {
  const footer: VhdFooter = {
    type: 3,
    currentSize: 10 * 2 ** 30,
    originalSize: 10 * 2 ** 30,
    dataOffset: 512,
    timeStamp: 1,
    geometry: vhdGeometry((10 * 2 ** 30) / 512),
    uniqueId: Uint8Array.from({ length: 16 }, (_, i) => i),
    savedState: false,
  };

  it('footer and header read back, and any flipped bit is noticed', () => {
    const wire = buildVhdFooter(footer);
    expect(parseVhdFooter(wire)).toEqual(footer);
    const header = { tableOffset: 1536, maxTableEntries: 5120, blockSize: 2 ** 21 };
    expect(parseVhdDynamicHeader(buildVhdDynamicHeader(header))).toEqual(header);
    for (let at = 0; at < 512; at++) {
      const bad = wire.slice();
      bad[at] ^= 1;
      expect(parseVhdFooter(bad), `byte ${at}`).toBeUndefined();
    }
  });

  it('a fixed image has no header', () => {
    expect(
      parseVhdFooter(buildVhdFooter({ ...footer, type: 2, dataOffset: undefined }))?.dataOffset,
    ).toBeUndefined();
  });

  it('geometry follows the specification', () => {
    expect(vhdGeometry(8 * 2048)).toEqual({ cylinders: 240, heads: 4, sectorsPerTrack: 17 });
    expect(vhdGeometry(2 ** 40)).toEqual({ cylinders: 65535, heads: 16, sectorsPerTrack: 255 });
    for (const sectors of [100_000, 1_000_000, 20_000_000, 60_000_000]) {
      const { cylinders, heads, sectorsPerTrack } = vhdGeometry(sectors);
      expect(cylinders * heads * sectorsPerTrack).toBeLessThanOrEqual(sectors);
      expect(cylinders).toBeLessThanOrEqual(65535);
    }
  });

  it('bitmaps and tables fill whole sectors', () => {
    expect(vhdBitmapSize(2 ** 21)).toBe(512);
    expect(vhdTableSize(5120)).toBe(20480);
    expect(vhdTableSize(1)).toBe(512);
  });
});
