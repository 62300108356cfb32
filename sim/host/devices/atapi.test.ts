/** A CD drive on the secondary cable, by its registers alone. */
import { describe, expect, it } from 'vitest';
import { ATA_CMD, ATA_REG, ATA_STATUS } from '../../wire/ata.ts';
import { ATAPI_REASON, parsePacketIdentify } from '../../wire/atapi.ts';
import { INT13, writeInt13 } from '../../wire/int13.ts';
import {
  getConfigurationCdb,
  getEventStatusCdb,
  leadOutOf,
  MEDIA_EVENT,
  parseEventStatus,
  preventRemovalCdb,
  readTocCdb,
  trayCdb,
} from '../../wire/mmc.ts';
import { ASC, SENSE_KEY } from '../../wire/scsi.ts';
import {
  blockCdb,
  inquiryCdb,
  modeSense6Cdb,
  modeSense10Cdb,
  readCapacity10Cdb,
  requestSenseCdb,
  testUnitReadyCdb,
} from '../../wire/scsi-cdb.ts';
import { parseSense } from '../../wire/scsi-data.ts';
import type { Disk } from '../backends/disk.ts';
import type { DiskService } from '../backends/service.ts';
import type { AtapiDrive } from './atapi-drive.ts';
import { benchDisk, DeviceBench } from './testing.ts';

const BASE = 0x170;
const SERVICE = {} as DiskService;
const { BUSY, DRQ, ERR, DRDY } = ATA_STATUS;

/** A drive at a place of the secondary cable; the disc has known bytes. */
class CdBench extends DeviceBench {
  readonly drive: AtapiDrive;

  constructor(disc: Disk | undefined, slave = false) {
    const options = { packet: true, ...(disc && { disc }), service: SERVICE } as const;
    super({ secondary: slave ? [undefined, options] : [options] });
    this.drive = this.ide.channels[1].packetDrive(slave ? 1 : 0) as AtapiDrive;
    this.out(BASE + ATA_REG.DEVICE, slave ? 0xb0 : 0xa0);
  }

  reg(register: number): number {
    return this.in(BASE + register);
  }

  get alternate(): number {
    return this.in(0x376);
  }

  /** PACKET with a limit, and the twelve bytes. */
  give(cdb: Uint8Array, limit = 0xfffe, features = 0): void {
    this.out(BASE + ATA_REG.FEATURE, features);
    this.out(BASE + ATA_REG.LBAM, limit & 0xff);
    this.out(BASE + ATA_REG.LBAH, limit >> 8);
    this.out(BASE + ATA_REG.CMD, ATA_CMD.PACKET);
    const packet = new Uint8Array(12);
    packet.set(cdb);
    this.memory.write(0x500, packet);
    this.outs(BASE, 2, 0x500, 6);
  }

  /** Takes blocks until there are none; the lengths of all blocks, and the bytes. */
  take(): { blocks: number[]; bytes: Uint8Array } {
    const blocks: number[] = [];
    let at = 0x1000;
    while (this.alternate & DRQ) {
      expect(this.reg(ATA_REG.NSECT) & 3).toBe(ATAPI_REASON.DATA_IN);
      const length = this.reg(ATA_REG.LBAM) | (this.reg(ATA_REG.LBAH) << 8);
      this.reg(ATA_REG.STATUS);
      this.ins(BASE, 2, at, Math.ceil(length / 2));
      at += length;
      blocks.push(length);
      while (this.alternate & BUSY) this.answer();
    }
    return { blocks, bytes: this.memory.read(0x1000, at - 0x1000) };
  }

  /** A whole command: its data, or its sense. */
  run(cdb: Uint8Array, limit?: number) {
    this.give(cdb, limit);
    while (this.alternate & BUSY) this.answer();
    const data = this.take();
    const status = this.reg(ATA_REG.STATUS);
    if (!(status & ERR)) return { ...data, sense: undefined };
    const key = this.reg(ATA_REG.ERR) >> 4;
    this.give(requestSenseCdb(18));
    const sense = parseSense(this.take().bytes);
    expect(sense?.key).toBe(key);
    return { ...data, sense };
  }
}

const disc = () => benchDisk(400);
/** A drive whose guest has heard of the power-on already. */
function ready(media: Disk | 'empty' = disc()): CdBench {
  const at = new CdBench(media === 'empty' ? undefined : media);
  at.run(testUnitReadyCdb());
  return at;
}

describe('a packet device', () => {
  it('signs with EB14h after a reset, and when it is asked as a disk', () => {
    const at = new CdBench(disc());
    const signature = () => [at.reg(ATA_REG.LBAM), at.reg(ATA_REG.LBAH), at.reg(ATA_REG.NSECT)];
    expect(signature()).toEqual([0x14, 0xeb, 1]);
    at.out(BASE + ATA_REG.LBAM, 0);
    at.out(BASE + ATA_REG.CMD, ATA_CMD.ID_ATA);
    expect(at.reg(ATA_REG.STATUS) & ERR).toBe(ERR);
    expect(at.reg(ATA_REG.ERR)).toBe(0x04);
    expect(signature()).toEqual([0x14, 0xeb, 1]);
    at.out(BASE + ATA_REG.LBAM, 0);
    at.out(0x376, 4);
    at.out(0x376, 0);
    expect(signature()).toEqual([0x14, 0xeb, 1]);
  });

  it('describes itself by IDENTIFY PACKET DEVICE, with an interrupt', () => {
    const at = new CdBench(disc());
    at.out(BASE + ATA_REG.CMD, ATA_CMD.ID_ATAPI);
    expect(at.interrupts.get(15)).toBe(1);
    at.ins(BASE, 2, 0x1000, 256);
    expect(parsePacketIdentify(at.memory.u8, 0x1000)).toEqual({
      model: 'Virtual CD',
      type: 5,
      removable: true,
      packetBytes: 12,
      packetInterrupt: false,
      dma: true,
    });
    expect(at.reg(ATA_REG.STATUS) & (BUSY | DRQ | ERR | DRDY)).toBe(DRDY);
  });

  it('answers zeros for a drive that is not there', () => {
    const at = new CdBench(disc());
    at.out(BASE + ATA_REG.DEVICE, 0xb0);
    expect([1, 2, 3, 4, 5, 6, 7].map((register) => at.reg(register))).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('lives as the second drive of its cable, too', () => {
    const at = new CdBench(disc(), true);
    expect(at.reg(ATA_REG.LBAH)).toBe(0xeb);
    expect(at.run(testUnitReadyCdb()).sense?.key).toBe(SENSE_KEY.UNIT_ATTENTION);
    expect(at.run(readCapacity10Cdb()).bytes).toEqual(Uint8Array.of(0, 0, 0, 99, 0, 0, 8, 0));
  });
});

describe('a packet', () => {
  it('is asked for without an interrupt, and ended with one', () => {
    const at = ready();
    const before = at.interrupts.get(15) ?? 0;
    at.out(BASE + ATA_REG.CMD, ATA_CMD.PACKET);
    expect([at.reg(ATA_REG.NSECT), at.alternate & (DRQ | BUSY)]).toEqual([ATAPI_REASON.AWAIT_PACKET, DRQ]);
    expect(at.interrupts.get(15) ?? 0).toBe(before);
    at.outs(BASE, 2, 0x8000, 6);
    expect([at.reg(ATA_REG.NSECT), at.interrupts.get(15)]).toEqual([ATAPI_REASON.COMPLETE, before + 1]);
  });

  it('gets its data in blocks no longer than the limit, even ones but for the last', () => {
    const media = disc();
    for (const [limit, first] of [
      [2048, 2048],
      [3001, 3000],
      [0xffff, 8192],
      [512, 512],
    ]) {
      const at = ready(media);
      const { blocks, bytes } = at.run(blockCdb('read', 10, 4), limit);
      expect(blocks[0]).toBe(first);
      expect(Math.max(...blocks)).toBeLessThanOrEqual(limit);
      expect(bytes).toEqual(media.bytes.slice(10 * 2048, 14 * 2048));
    }
  });

  it('reads more than the buffer holds, one file I/O after the other', () => {
    const media = disc();
    const at = ready(media);
    const { bytes } = at.run(blockCdb('read', 0, 70, 12), 0x8000);
    expect(bytes).toEqual(media.bytes.slice(0, 70 * 2048));
    expect(at.files.map(({ lba, sectors }) => [lba, sectors])).toEqual([
      [0, 128],
      [128, 128],
      [256, 24],
    ]);
  });

  it('moves by bus master in one piece, with one interrupt', () => {
    const media = disc();
    const at = ready(media);
    const before = at.interrupts.get(15) ?? 0;
    at.table(0x600, [[0x1_0000, 0x4000]]);
    at.ide.pci.writeConfig(0x20, 0xffa0, 0xffff_ffff);
    at.ide.pci.writeConfig(0x04, 5, 0xffff);
    at.out(0xffac, 0x600, 4);
    at.out(0xffa8, 8);
    at.give(blockCdb('read', 3, 8), 0, 1);
    at.out(0xffa8, 9);
    at.answer();
    expect(at.interrupts.get(15)).toBe(before + 1);
    expect(at.memory.read(0x1_0000, 0x4000)).toEqual(media.bytes.slice(3 * 2048, 11 * 2048));
    expect([at.reg(ATA_REG.NSECT), at.reg(ATA_REG.STATUS) & (DRQ | ERR)]).toEqual([3, 0]);
  });

  it('is aborted when memory does not answer the bus master', () => {
    const at = ready();
    at.table(0x600, [[0xf000_0000, 0x800]]);
    at.ide.pci.writeConfig(0x20, 0xffa0, 0xffff_ffff);
    at.ide.pci.writeConfig(0x04, 5, 0xffff);
    at.out(0xffac, 0x600, 4);
    at.out(0xffa8, 9);
    at.give(blockCdb('read', 3, 1), 0, 1);
    at.answer();
    expect(at.reg(ATA_REG.STATUS) & (ERR | DRQ | BUSY)).toBe(ERR);
    expect(at.in(0xffaa) & 2).toBe(2);
  });

  it('that moves data by ports without a limit is aborted', () => {
    expect(ready().run(inquiryCdb(36), 0).sense?.key).toBe(SENSE_KEY.ABORTED_COMMAND);
    expect(ready().run(testUnitReadyCdb(), 0).sense).toBeUndefined();
  });

  it('is ignored while another one is under way, but for DEVICE RESET', () => {
    const at = ready();
    at.give(blockCdb('read', 0, 1));
    at.out(BASE + ATA_REG.CMD, ATA_CMD.PACKET);
    expect(at.alternate & (BUSY | DRQ)).toBe(BUSY);
    expect(at.notes.at(-1)?.[0]).toBe('ide.ignored');
    at.out(BASE + ATA_REG.CMD, ATA_CMD.DEV_RESET);
    expect(at.alternate & BUSY).toBe(BUSY);
    at.answer();
    expect([at.alternate & (BUSY | DRQ), at.reg(ATA_REG.LBAH)]).toEqual([0, 0xeb]);
  });
});

describe('the commands of the drive', () => {
  it('say who it is, how large the disc is, and where its track ends', () => {
    const at = ready();
    const inquiry = at.run(inquiryCdb(36)).bytes;
    expect([inquiry[0], inquiry[1]]).toEqual([5, 0x80]);
    expect(String.fromCharCode(...inquiry.subarray(8, 30))).toBe('Msft    Virtual CD/ROM');
    expect(at.run(readCapacity10Cdb()).bytes).toEqual(Uint8Array.of(0, 0, 0, 99, 0, 0, 8, 0));
    expect(leadOutOf(at.run(readTocCdb(20)).bytes)).toBe(100);
    // 100 blocks and 150 of lead-in are 3 seconds and 25 frames.
    expect([...at.run(readTocCdb(20, 0, true)).bytes.subarray(16)]).toEqual([0, 0, 3, 25]);
    expect([...at.run(readTocCdb(12, 1)).bytes.subarray(0, 4)]).toEqual([0, 10, 1, 1]);
    expect(at.run(inquiryCdb(5)).bytes).toHaveLength(5);
  });

  it('tell features, pages and events', () => {
    const at = ready();
    const configuration = at.run(getConfigurationCdb(8)).bytes;
    expect([configuration[6], configuration[7]]).toEqual([0, 0x10]);
    expect(at.run(modeSense10Cdb(0x2a, 64)).bytes[8]).toBe(0x2a);
    expect(at.run(modeSense6Cdb(0x01, 64)).bytes[4]).toBe(0x01);
    expect(at.run(modeSense10Cdb(0x05, 64)).sense?.code).toBe(ASC.INVALID_FIELD_IN_CDB);
    expect(parseEventStatus(at.run(getEventStatusCdb(8)).bytes)).toEqual({
      event: MEDIA_EVENT.NEW_MEDIA,
      present: true,
      open: false,
    });
    expect(parseEventStatus(at.run(getEventStatusCdb(8)).bytes)?.event).toBe(MEDIA_EVENT.NONE);
    expect(parseEventStatus(at.run(getEventStatusCdb(8, 2)).bytes)).toBeUndefined();
  });

  it('report what cannot be as sense', () => {
    const at = ready();
    expect(at.run(blockCdb('read', 99, 2)).sense?.code).toBe(ASC.LBA_OUT_OF_RANGE);
    expect(at.run(blockCdb('read', 0xffff_ffff, 0xffff_ffff, 12)).sense?.code).toBe(ASC.LBA_OUT_OF_RANGE);
    expect(at.run(blockCdb('write', 0, 1)).sense?.code).toBe(ASC.INVALID_COMMAND_OPERATION_CODE);
    expect(at.run(requestSenseCdb(18)).bytes[2]).toBe(SENSE_KEY.NO_SENSE);
    const empty = ready('empty');
    expect(empty.run(testUnitReadyCdb()).sense?.code).toBe(ASC.MEDIUM_NOT_PRESENT_TRAY_CLOSED);
    expect(empty.run(blockCdb('read', 0, 1)).sense?.key).toBe(SENSE_KEY.NOT_READY);
    expect(empty.run(getConfigurationCdb(8)).bytes[7]).toBe(0);
  });
});

describe('another disc', () => {
  it('is told once by UNIT ATTENTION and once by event; questions about the drive do not use it up', () => {
    const at = ready();
    at.run(getEventStatusCdb(8));
    const other = benchDisk(80);
    at.drive.medium.insert(other);
    expect(at.run(inquiryCdb(36)).sense).toBeUndefined();
    expect(at.run(readCapacity10Cdb()).sense).toEqual({
      key: SENSE_KEY.UNIT_ATTENTION,
      code: ASC.NOT_READY_TO_READY_CHANGE,
    });
    expect(at.run(readCapacity10Cdb()).bytes[3]).toBe(19);
    expect(parseEventStatus(at.run(getEventStatusCdb(8)).bytes)?.event).toBe(MEDIA_EVENT.NEW_MEDIA);
  });

  it('is taken by REQUEST SENSE where nothing else has failed', () => {
    const at = ready();
    at.drive.medium.insert(benchDisk(80));
    expect(parseSense(at.run(requestSenseCdb(18)).bytes)?.code).toBe(ASC.NOT_READY_TO_READY_CHANGE);
    expect(at.run(testUnitReadyCdb()).sense).toBeUndefined();
  });

  it('is not let out while the guest has locked the tray, but the host may take it', () => {
    const at = ready();
    at.run(preventRemovalCdb(true));
    expect(at.run(trayCdb(true)).sense?.code).toBe(ASC.MEDIUM_REMOVAL_PREVENTED);
    at.run(preventRemovalCdb(false));
    expect(at.run(trayCdb(true)).sense).toBeUndefined();
    expect(at.run(testUnitReadyCdb()).sense?.code).toBe(ASC.MEDIUM_NOT_PRESENT_TRAY_OPEN);
    expect(parseEventStatus(at.run(getEventStatusCdb(8)).bytes)).toEqual({
      event: MEDIA_EVENT.MEDIA_REMOVAL,
      present: false,
      open: true,
    });
    at.run(trayCdb(false));
    expect(at.run(testUnitReadyCdb()).sense?.code).toBe(ASC.MEDIUM_NOT_PRESENT_TRAY_CLOSED);
  });

  it('that is gone while the host reads it ends the read as not ready', () => {
    const at = ready();
    at.give(blockCdb('read', 0, 1));
    at.drive.medium.remove();
    at.answer();
    expect(at.reg(ATA_REG.STATUS) & ERR).toBe(ERR);
    expect(at.reg(ATA_REG.ERR) >> 4).toBe(SENSE_KEY.NOT_READY);
  });
});

describe('the enlightened port of the cable', () => {
  it('refuses what it is asked of a CD drive, and leaves the drive as it was', () => {
    for (const command of [ATA_CMD.PACKET, ATA_CMD.READ, ATA_CMD.READ_EXT]) {
      const at = ready();
      const fields = { lba: 0, sectors: 1, bytes: 2048, table: 0x600, skipHead: 0, skipTail: 0 };
      writeInt13(at.memory.view, 0x700, { command, device: 0xa0, ...fields });
      at.out(0x160, 0x700, 4);
      expect(at.memory.u8[0x700 + INT13.RESULT] & ERR, command.toString(16)).toBe(ERR);
      expect(at.deferred).toBe(0);
      expect(at.run(testUnitReadyCdb()).sense).toBeUndefined();
    }
  });
});

describe('a guest that does not know what it does', () => {
  it('never makes the drive throw, and leaves it usable', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const at = new CdBench(seed % 3 ? disc() : undefined);
      let state = seed * 0x9e37_79b9;
      const random = (n: number): number => {
        state = Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + 1;
        return (state >>> 8) % n;
      };
      for (let i = 0; i < 300; i++) {
        const what = random(10);
        if (what === 0)
          at.give(
            Uint8Array.from({ length: 12 }, () => random(256)),
            random(0x1_0000),
          );
        else if (what === 1) at.answer();
        else if (what === 2) at.ins(BASE, 2, 0x2000, random(5000));
        else if (what === 3) at.outs(BASE, 2, 0x2000, random(20));
        else if (what === 4) at.in(BASE + random(8));
        else if (what === 5 && seed % 2) at.drive.medium.insert(disc());
        else if (what === 6) at.out(0x376, random(4) === 0 ? 4 : 0);
        else at.out(BASE + random(8), random(3) ? random(256) : ATA_CMD.PACKET);
      }
      at.out(0x376, 4);
      at.out(0x376, 0);
      for (let i = 0; i < 400; i++) at.answer();
      at.out(BASE + ATA_REG.DEVICE, 0xa0);
      at.drive.medium.insert(disc());
      at.run(testUnitReadyCdb());
      expect(at.run(readCapacity10Cdb()).bytes, `seed ${seed}`).toEqual(
        Uint8Array.of(0, 0, 0, 99, 0, 0, 8, 0),
      );
    }
  });
});
