import { describe, expect, it } from 'vitest';
import { ASC, SAM_STAT, SCSI_OP, SENSE_KEY } from '../../wire/scsi.ts';
import * as cdbs from '../../wire/scsi-cdb.ts';
import { buildUnmapList, parseCapacity, parseReportLuns, parseSense } from '../../wire/scsi-data.ts';
import { MemoryFile } from '../backends/byte-file.ts';
import { type Disk, MemoryDisk } from '../backends/disk.ts';
import { contents, firstDifference, opened, pattern, random } from '../backends/testing.ts';
import { createFixedVhd } from '../backends/vhd.ts';
import { ScsiDisk } from './scsi-disk.ts';
import { absentLun, reportLuns } from './scsi-lun.ts';
import { NO_BUFFER, type ScsiBuffer, type ScsiPlan } from './scsi-plan.ts';

const SECTORS = 1000;
const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const into = (length: number): ScsiBuffer => ({ direction: 'in', length, bytes: () => new Uint8Array(0) });
const out = (bytes: Uint8Array): ScsiBuffer => ({
  direction: 'out',
  length: bytes.length,
  bytes: (length) => bytes.subarray(0, length),
});

const make = (disk: Disk = new MemoryDisk(SECTORS)) => new ScsiDisk(disk);

/** The data of an answer that must be GOOD. */
function dataOf(plan: ScsiPlan | { kind: 'no-lun' }): Uint8Array {
  if (plan.kind !== 'done' || plan.status !== SAM_STAT.GOOD) throw new Error(JSON.stringify(plan));
  return plan.data ?? new Uint8Array(0);
}

const ILLEGAL = (code: number) => ({
  kind: 'done',
  status: SAM_STAT.CHECK_CONDITION,
  sense: { key: SENSE_KEY.ILLEGAL_REQUEST, code },
});

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** Does what a plan says to the disk, as storvsp would, with the guest's buffer `data`. */
function carryOut(target: ScsiDisk, plan: ScsiPlan, data: Uint8Array): ScsiPlan {
  if (plan.kind === 'read') target.disk.read(plan.lba, plan.sectors, data);
  if (plan.kind === 'write' && !target.disk.write(plan.lba, plan.sectors, data)) return target.fault();
  if (plan.kind === 'unmap') for (const range of plan.ranges) target.disk.unmap(range.lba, range.sectors);
  return plan;
}

describe('what Linux 6.1 sends to its disk (from the recordings)', () => {
  it.each([
    ['000000000000', 0, 0],
    ['120000002400', 36, 36],
    ['120100000400', 4, 4],
    ['120100000700', 7, 7],
    ['120100002400', 36, 10],
    ['120180000400', 4, 4],
    ['120180000800', 8, 8],
    ['120183000400', 4, 4],
    ['120183001000', 16, 16],
    ['1a0008000400', 4, 4],
    ['1a003f000400', 4, 4],
    ['9e100000000000000000000000200000', 32, 32],
    ['a00000000000000010000000', 4096, 16],
  ])('%s with a buffer of %i is GOOD with %i bytes', (cdb, length, bytes) => {
    expect(dataOf(make().plan(hex(cdb), length === 0 ? NO_BUFFER : into(length))).length).toBe(bytes);
  });

  it('reads and writes are work', () => {
    expect(make().plan(hex('28000000000800000800'), into(4096))).toEqual({
      kind: 'read',
      lba: 8,
      sectors: 8,
      fua: false,
    });
    expect(make().plan(hex('2a000000000800000800'), out(new Uint8Array(4096)))).toEqual({
      kind: 'write',
      lba: 8,
      sectors: 8,
      fua: false,
    });
  });
});

describe('absent units', () => {
  it('INQUIRY succeeds with type 7Fh', () => {
    const data = dataOf(absentLun(hex('120000002400'), into(36)));
    expect([data.length, data[0]]).toEqual([36, 0x7f]);
    expect(dataOf(absentLun(cdbs.inquiryCdb(255, 0x83), into(255)))).toEqual(Uint8Array.of(0x7f, 0x83, 0, 0));
  });

  it('REPORT LUNS succeeds: empty for an absent target, the others for an absent unit', () => {
    expect(parseReportLuns(dataOf(absentLun(cdbs.reportLunsCdb(4096), into(4096))))).toEqual([]);
    expect(parseReportLuns(dataOf(absentLun(cdbs.reportLunsCdb(4096), into(4096), [0, 3])))).toEqual([0, 3]);
  });

  it('REQUEST SENSE names the reason, all else is for the transport to refuse', () => {
    const sense = parseSense(dataOf(absentLun(cdbs.requestSenseCdb(18), into(18))));
    expect(sense).toEqual({ key: SENSE_KEY.ILLEGAL_REQUEST, code: ASC.LOGICAL_UNIT_NOT_SUPPORTED });
    for (const cdb of [
      cdbs.testUnitReadyCdb(),
      cdbs.blockCdb('read', 0, 1),
      cdbs.readCapacity10Cdb(),
      hex('12'),
      hex('ff'),
    ]) {
      expect(absentLun(cdb, into(512))).toEqual({ kind: 'no-lun' });
    }
  });
});

describe('identity', () => {
  const vhd = () =>
    opened(createFixedVhd(new MemoryFile(), SECTORS * 512, { uniqueId: pattern(1, 1).slice(0, 16) }));

  it('is Msft Virtual Disk 1.0', () => {
    const data = dataOf(make().plan(cdbs.inquiryCdb(36), into(36)));
    expect(text(data.subarray(8, 36))).toBe('Msft    Virtual Disk    1.0 ');
    expect(data[0]).toBe(0);
  });

  it('has a serial number and an NAA identifier of its own, taken from the VHD', () => {
    const serial = dataOf(make(vhd()).plan(cdbs.inquiryCdb(255, 0x80), into(255)));
    expect(text(serial.subarray(4))).toMatch(/^[0-9a-f]{32}$/);
    const id = dataOf(make(vhd()).plan(cdbs.inquiryCdb(255, 0x83), into(255)));
    expect([...id.subarray(4, 8)]).toEqual([1, 3, 0, 8]);
    expect([...id.subarray(8, 12)].map((b) => b & (b === id[11] ? 0xf0 : 0xff))).toEqual([
      0x50, 0x02, 0x24, 0x80,
    ]);
    expect(id).not.toEqual(dataOf(make().plan(cdbs.inquiryCdb(255, 0x83), into(255))));
  });

  it('lists only pages that exist', () => {
    const target = make();
    const pages = dataOf(target.plan(cdbs.inquiryCdb(255, 0), into(255))).subarray(4);
    expect([...pages]).toEqual([0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2]);
    for (let page = 0; page < 256; page++) {
      const plan = target.plan(cdbs.inquiryCdb(255, page), into(255));
      if (pages.includes(page)) expect(dataOf(plan)[1]).toBe(page);
      else expect(plan).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
    }
  });

  it('says whether it turns, how much it takes at once and whether it is thin', () => {
    const page = (target: ScsiDisk, n: number) => dataOf(target.plan(cdbs.inquiryCdb(255, n), into(255)));
    const turning = new ScsiDisk(vhd(), { rotationRate: 15_000, maxTransferBytes: 262_144 });
    expect(cdbs.bigEndian(page(turning, 0xb1), 4, 2)).toBe(15_000);
    expect(cdbs.bigEndian(page(make(), 0xb1), 4, 2)).toBe(1);
    expect(cdbs.bigEndian(page(turning, 0xb0), 8, 4)).toBe(512);
    expect(cdbs.bigEndian(page(turning, 0xb0), 20, 4)).toBe(0);
    expect(cdbs.bigEndian(page(make(), 0xb0), 24, 4)).toBe(256);
    expect([page(turning, 0xb2)[5], page(make(), 0xb2)[5]]).toEqual([0, 0x80]);
  });
});

describe('capacity', () => {
  it('is the last address, in both sizes', () => {
    const target = make();
    expect(parseCapacity(dataOf(target.plan(cdbs.readCapacity10Cdb(), into(8))), 10)).toEqual({
      blocks: 1000,
      blockBytes: 512,
    });
    expect(parseCapacity(dataOf(target.plan(cdbs.readCapacity16Cdb(), into(32))), 16)).toEqual({
      blocks: 1000,
      blockBytes: 512,
    });
  });

  it('of more than 2 TiB is all ones in the small form', () => {
    const target = make(new MemoryDisk(2 ** 33));
    expect([...dataOf(target.plan(cdbs.readCapacity10Cdb(), into(8))).subarray(0, 4)]).toEqual([
      255, 255, 255, 255,
    ]);
    expect(parseCapacity(dataOf(target.plan(cdbs.readCapacity16Cdb(), into(32))), 16).blocks).toBe(2 ** 33);
  });

  it('has no partial medium indicator', () => {
    expect(make().plan(hex('25000000000100000000'), into(8))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
    expect(make().plan(hex('25000000000000000100'), into(8))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
  });
});

describe('mode sense', () => {
  const readOnly = () => make(new MemoryDisk(SECTORS, { readOnly: true }));

  it('shows the write cache, and the write-protect bit of a read-only disk, in both forms', () => {
    for (const [cdb, specific, page] of [
      [cdbs.modeSense6Cdb(8, 255), 2, 4],
      [cdbs.modeSense10Cdb(0x3f, 255), 3, 8],
    ] as const) {
      const data = dataOf(make().plan(cdb, into(255)));
      expect([data[specific], data[page], data[page + 2]]).toEqual([0x10, 8, 4]);
      expect(dataOf(readOnly().plan(cdb, into(255)))[specific]).toBe(0x90);
    }
  });

  it('shows that nothing can be changed, and has no saved values, subpages or other pages', () => {
    expect(dataOf(make().plan(hex('1a004800ff00'), into(255)))[6]).toBe(0);
    expect(dataOf(make().plan(hex('1a003fffff00'), into(255))).length).toBe(24);
    for (const cdb of ['1a00c800ff00', '1a000801ff00', '1a000a00ff00']) {
      expect(make().plan(hex(cdb), into(255))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
    }
  });
});

describe('request sense', () => {
  it('returns the sense of the last command once', () => {
    const target = make();
    target.plan(cdbs.blockCdb('read', SECTORS, 1), into(512));
    const ask = () => parseSense(dataOf(target.plan(cdbs.requestSenseCdb(18), into(18))));
    expect(ask()).toEqual({ key: SENSE_KEY.ILLEGAL_REQUEST, code: ASC.LBA_OUT_OF_RANGE });
    expect(ask()).toEqual({ key: SENSE_KEY.NO_SENSE, code: 0 });
    target.fault();
    expect(ask()).toEqual({ key: SENSE_KEY.MEDIUM_ERROR, code: ASC.WRITE_ERROR });
    expect(target.plan(hex('030100001200'), into(18))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
  });
});

describe('reading and writing', () => {
  it.each([6, 10, 12, 16] as const)('READ and WRITE (%i) move the same bytes as a flat disk', (size) => {
    const target = make();
    const flat = new MemoryDisk(SECTORS);
    const next = random(size);
    for (let round = 0; round < 200; round++) {
      const lba = next(SECTORS);
      const count = Math.min(SECTORS - lba, 1 + next(size === 6 ? 256 : 300));
      const data = pattern(round, count);
      flat.write(lba, count, data);
      const plan = target.plan(cdbs.blockCdb('write', lba, count, size, round % 2 === 0), out(data));
      expect(plan).toEqual({ kind: 'write', lba, sectors: count, fua: size !== 6 && round % 2 === 0 });
      carryOut(target, plan, data);
      const back = new Uint8Array(data.length);
      carryOut(target, target.plan(cdbs.blockCdb('read', lba, count, size), into(back.length)), back);
      expect(firstDifference(back, data)).toBe(-1);
    }
    expect(firstDifference(contents(target.disk), contents(flat))).toBe(-1);
  });

  it('the short way decides as the long one and leaves to it all but a READ or WRITE (10) that can be done', () => {
    const next = random(4);
    const disks = [make(), make(new MemoryDisk(SECTORS, { readOnly: true }))];
    let taken = 0;
    for (let round = 0; round < 2000; round++) {
      const size = ([10, 10, 10, 6, 16] as const)[next(5)];
      const kind = next(2) === 0 ? 'read' : 'write';
      const cdb = cdbs.blockCdb(kind, next(SECTORS + 100), next(40), size, next(2) === 0);
      if (next(10) === 0) cdb[1] |= 1 << next(8);
      const given = next(20) === 0 ? cdb.subarray(0, size - 1) : cdb;
      const bytes = next(40) * 512;
      const buffer = [NO_BUFFER, into(bytes), out(new Uint8Array(bytes))][next(3)];
      for (const disk of disks) {
        const plan = disk.plan(given, buffer);
        const short = disk.transfer(given, buffer);
        const common = size === 10 && (plan.kind === 'read' || plan.kind === 'write');
        expect(short).toEqual(common ? plan : undefined);
        if (short) taken++;
      }
    }
    expect(taken).toBeGreaterThan(200);
  });

  it('a count of 0 means 256 in the 6-byte form and nothing in the others', () => {
    expect(make().plan(hex('080000000000'), into(256 * 512))).toMatchObject({ kind: 'read', sectors: 256 });
    expect(make().plan(cdbs.blockCdb('read', 0, 0), NO_BUFFER)).toEqual({
      kind: 'done',
      status: SAM_STAT.GOOD,
    });
    expect(make().plan(cdbs.blockCdb('read', SECTORS, 0), NO_BUFFER)).toEqual({
      kind: 'done',
      status: SAM_STAT.GOOD,
    });
    expect(make().plan(cdbs.blockCdb('read', SECTORS + 1, 0), NO_BUFFER)).toEqual(
      ILLEGAL(ASC.LBA_OUT_OF_RANGE),
    );
  });

  it('beyond the capacity is LBA OUT OF RANGE, also where the sum overflows', () => {
    const big = (lba: string, count: string) => hex(`8800${lba}${count}0000`);
    for (const cdb of [
      cdbs.blockCdb('read', SECTORS, 1),
      cdbs.blockCdb('read', SECTORS - 1, 2),
      cdbs.blockCdb('write', 0xffff_ffff, 1),
      cdbs.blockCdb('read', 0xffff_ffff, 0xffff_ffff, 12),
      big('ffffffffffffffff', '00000001'),
      big('ffffffffffffffff', 'ffffffff'),
      big('fffffffffffffc19', '000003e8'),
      big('0000000000000001', 'ffffffff'),
    ]) {
      const buffer = cdb[0] === SCSI_OP.WRITE_10 ? out(new Uint8Array(4096)) : into(4096);
      expect(make().plan(cdb, buffer)).toEqual(ILLEGAL(ASC.LBA_OUT_OF_RANGE));
    }
  });

  it('needs a buffer that holds it, in the right direction; a larger one is filled in part', () => {
    const read = cdbs.blockCdb('read', 0, 8);
    for (const buffer of [into(4095), into(0), NO_BUFFER, out(new Uint8Array(4096))]) {
      expect(make().plan(read, buffer)).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
    }
    expect(make().plan(cdbs.blockCdb('write', 0, 8), into(4096))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
    expect(make().plan(read, into(8192))).toMatchObject({ kind: 'read', sectors: 8 });
  });

  it('to a read-only disk is DATA PROTECT, reading is not', () => {
    const target = make(new MemoryDisk(SECTORS, { readOnly: true }));
    const protect = {
      kind: 'done',
      status: SAM_STAT.CHECK_CONDITION,
      sense: { key: SENSE_KEY.DATA_PROTECT, code: 0x2700 },
    };
    expect(target.plan(cdbs.blockCdb('write', 0, 1), out(new Uint8Array(512)))).toEqual(protect);
    expect(target.plan(cdbs.unmapCdb(24), out(buildUnmapList([{ lba: 0, blocks: 1 }])))).toEqual(protect);
    expect(target.plan(cdbs.blockCdb('read', 0, 1), into(512)).kind).toBe('read');
  });

  it('refuses protection information and relative addresses', () => {
    expect(make().plan(hex('28200000000000000100'), into(512))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
    expect(make().plan(hex('28010000000000000100'), into(512))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
  });

  it('that the host cannot take is a medium error', () => {
    const file = new MemoryFile();
    const disk = opened(createFixedVhd(file, SECTORS * 512));
    const target = make({
      ...disk,
      write: () => false,
      sectors: SECTORS,
      sectorBytes: 512,
      readOnly: false,
    } as Disk);
    const plan = target.plan(cdbs.blockCdb('write', 0, 1), out(new Uint8Array(512)));
    expect(carryOut(target, plan, new Uint8Array(512))).toMatchObject({
      sense: { key: SENSE_KEY.MEDIUM_ERROR },
    });
  });
});

describe('the rest', () => {
  it('flushes on SYNCHRONIZE CACHE and before a stop', () => {
    expect(make().plan(cdbs.synchronizeCacheCdb(), NO_BUFFER)).toEqual({ kind: 'flush' });
    expect(make().plan(hex('91000000000000000000000003e80000'), NO_BUFFER)).toEqual({ kind: 'flush' });
    expect(make().plan(cdbs.synchronizeCacheCdb(999, 2), NO_BUFFER)).toEqual(ILLEGAL(ASC.LBA_OUT_OF_RANGE));
    expect(make().plan(hex('1b0000000000'), NO_BUFFER)).toEqual({ kind: 'flush' });
    expect(make().plan(hex('1b0000000100'), NO_BUFFER)).toEqual({ kind: 'done', status: SAM_STAT.GOOD });
  });

  it('verifies ranges without comparing data', () => {
    const done = { kind: 'done', status: SAM_STAT.GOOD };
    expect(make().plan(hex('2f000000000000000100'), NO_BUFFER)).toEqual(done);
    expect(make().plan(hex('8f0000000000000003e7000000010000'), NO_BUFFER)).toEqual(done);
    expect(make().plan(hex('8f0000000000000003e7000000020000'), NO_BUFFER)).toEqual(
      ILLEGAL(ASC.LBA_OUT_OF_RANGE),
    );
    expect(make().plan(hex('2f020000000000000100'), NO_BUFFER)).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
  });

  it('reports LUNs by selection, and refuses too short an answer', () => {
    const plan = (cdb: string) => reportLuns(hex(cdb), into(4096), [0, 1, 63]);
    expect(parseReportLuns(dataOf(plan('a00000000000000010000000')))).toEqual([0, 1, 63]);
    expect(parseReportLuns(dataOf(plan('a00001000000000010000000')))).toEqual([]);
    expect(plan('a00003000000000010000000')).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
    expect(plan('a000000000000000000f0000')).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
  });

  it('cuts every answer to the allocation length and to the buffer', () => {
    expect(dataOf(make().plan(cdbs.inquiryCdb(5), into(36))).length).toBe(5);
    expect(dataOf(make().plan(cdbs.inquiryCdb(36), into(5))).length).toBe(5);
    expect(dataOf(make().plan(cdbs.inquiryCdb(36), NO_BUFFER)).length).toBe(0);
    expect(dataOf(make().plan(cdbs.inquiryCdb(36), out(new Uint8Array(36)))).length).toBe(0);
  });

  it('knows no other opcode, and no service action but READ CAPACITY (16)', () => {
    for (const opcode of ['4d', '5e', 'a3', '41', '93', '04', 'ff', '7f']) {
      expect(make().plan(hex(opcode.padEnd(32, '0')), NO_BUFFER)).toEqual(
        ILLEGAL(ASC.INVALID_COMMAND_OPERATION_CODE),
      );
    }
    expect(make().plan(hex('9e12'.padEnd(32, '0')), into(32))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
    expect(make().plan(hex('120080002400'), into(36))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
  });

  it('a CDB shorter than its opcode needs is INVALID FIELD', () => {
    expect(make().plan(new Uint8Array(0), NO_BUFFER)).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
    for (const full of [
      cdbs.blockCdb('read', 0, 1),
      cdbs.blockCdb('read', 0, 1, 16),
      cdbs.inquiryCdb(36),
      cdbs.reportLunsCdb(64),
    ]) {
      for (let length = 1; length < full.length; length++) {
        expect(make().plan(full.subarray(0, length), into(4096))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
      }
    }
  });
});

describe('unmap', () => {
  const list = (...extents: [number, number][]) =>
    buildUnmapList(extents.map(([lba, blocks]) => ({ lba, blocks })));
  const unmap = (bytes: Uint8Array, length = bytes.length) => make().plan(cdbs.unmapCdb(length), out(bytes));

  it('gives up ranges, and skips empty ones', () => {
    expect(unmap(list([0, 8], [50, 0], [999, 1]))).toEqual({
      kind: 'unmap',
      ranges: [
        { lba: 0, sectors: 8 },
        { lba: 999, sectors: 1 },
      ],
    });
    expect(unmap(list())).toEqual({ kind: 'done', status: SAM_STAT.GOOD });
    expect(make().plan(cdbs.unmapCdb(0), NO_BUFFER)).toEqual({ kind: 'done', status: SAM_STAT.GOOD });
  });

  it('checks the whole list before it gives up anything', () => {
    expect(unmap(list([0, 8], [1000, 1]))).toEqual(ILLEGAL(ASC.LBA_OUT_OF_RANGE));
    expect(unmap(list([2 ** 64 - 2048, 0xffff_ffff]))).toEqual(ILLEGAL(ASC.LBA_OUT_OF_RANGE));
  });

  it('refuses lists that are cut, lie about their length or are too long', () => {
    const whole = list([0, 8]);
    expect(unmap(whole, 7)).toEqual(ILLEGAL(ASC.PARAMETER_LIST_LENGTH_ERROR));
    expect(unmap(whole, 25)).toEqual(ILLEGAL(ASC.PARAMETER_LIST_LENGTH_ERROR));
    expect(unmap(whole, 20)).toEqual(ILLEGAL(ASC.PARAMETER_LIST_LENGTH_ERROR));
    expect(make().plan(cdbs.unmapCdb(24), into(24))).toEqual(ILLEGAL(ASC.PARAMETER_LIST_LENGTH_ERROR));
    const many = list(...Array.from({ length: 257 }, (): [number, number] => [0, 1]));
    expect(unmap(many)).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_PARAMETER_LIST));
    const anchored = cdbs.unmapCdb(24);
    anchored[1] = 1;
    expect(make().plan(anchored, out(whole))).toEqual(ILLEGAL(ASC.INVALID_FIELD_IN_CDB));
  });

  it('is unknown to a disk that cannot give sectors back', () => {
    const fixed = make(opened(createFixedVhd(new MemoryFile(), SECTORS * 512)));
    expect(fixed.plan(cdbs.unmapCdb(24), out(list([0, 1])))).toEqual(
      ILLEGAL(ASC.INVALID_COMMAND_OPERATION_CODE),
    );
  });
});

describe('any bytes', () => {
  it('get an answer of the standard, and work stays inside disk and buffer', () => {
    const next = random(21);
    const target = make();
    const opcodes = Object.values(SCSI_OP);
    const anyCdb = (): Uint8Array => {
      const cdb = Uint8Array.from({ length: next(17) }, () => (next(3) === 0 ? 0 : next(256)));
      if (cdb.length > 0 && next(4) > 0) cdb[0] = opcodes[next(opcodes.length)];
      if (next(2) === 0) cdb.fill(0, 1, 8);
      return cdb;
    };
    const seen = new Set<string>();
    for (let round = 0; round < 40_000; round++) {
      const direction = (['in', 'out', 'none'] as const)[next(3)];
      const list = buildUnmapList([{ lba: next(1200), blocks: next(300) }]);
      const unmaps = next(50) === 0;
      const length = unmaps ? next(40) : next(300) * 512;
      const cdb = unmaps ? cdbs.unmapCdb(next(40)) : anyCdb();
      const bytes = (wanted: number): Uint8Array => {
        expect(wanted).toBeLessThanOrEqual(length);
        const sent = new Uint8Array(wanted);
        sent.set(list.subarray(0, wanted));
        return sent;
      };
      const buffer: ScsiBuffer = { direction, length, bytes };
      const plan = target.plan(cdb, buffer);
      seen.add(plan.kind);
      expectSound(plan, buffer);
      absentLun(cdb, buffer);
    }
    expect([...seen].sort()).toEqual(['done', 'flush', 'read', 'unmap', 'write']);
  });

  function expectSound(plan: ScsiPlan, buffer: ScsiBuffer): void {
    if (plan.kind === 'read' || plan.kind === 'write') {
      expect(plan.sectors * 512).toBeLessThanOrEqual(buffer.length);
      expect(plan.lba + plan.sectors).toBeLessThanOrEqual(SECTORS);
      expect(buffer.direction).toBe(plan.kind === 'read' ? 'in' : 'out');
    }
    if (plan.kind === 'unmap')
      for (const r of plan.ranges) expect(r.lba + r.sectors).toBeLessThanOrEqual(SECTORS);
    if (plan.kind === 'done') expect(plan.data?.length ?? 0).toBeLessThanOrEqual(buffer.length);
  }
});
