/**
 * What rings and storvsp do with wrong input, by the row number of the project's table of malformed inputs (facts, §10.4). Each row
 * also asserts that a second controller in the same machine is served as fast as before.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { gpaRange } from '../../wire/gpa-direct.ts';
import { RING_CONTROL } from '../../wire/ring.ts';
import { blockCdb, inquiryCdb, testUnitReadyCdb } from '../../wire/scsi-cdb.ts';
import { NT_STATUS, SRB_STATUS, VSTOR_DATA, VSTOR_OPERATION } from '../../wire/storvsp.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { MemoryDisk } from '../backends/disk.ts';
import {
  Attack,
  srbPacket,
  type TestStorvsc,
  type TestStorvscOptions,
  vstorPacket,
} from './storvsp-testing.ts';

let attack: Attack;

/** A victim that has ended its handshake. */
function begin(options: TestStorvscOptions = {}): TestStorvsc {
  attack = new Attack(options);
  attack.victim.initialise();
  return attack.victim;
}

/** The victim's channel is dead: nothing is answered any more, whatever is sent. */
function expectDead(victim: TestStorvsc): void {
  victim.channel.signal();
  expect(victim.channel.receive()).toEqual([]);
  expect(attack.guest.server.channel(victim.channel.relid)?.ring?.dead).toBe(true);
  const notes = attack.guest.hypervisor.trace.rows().filter(({ kind }) => kind === 'channel.dead');
  expect(notes.map(({ a }) => a)).toEqual([victim.channel.relid]);
}

function expectAlive(victim: TestStorvsc): void {
  expect(victim.srb(testUnitReadyCdb()).srbStatus).toBe(SRB_STATUS.SUCCESS);
}

/** Writes into the control page of the ring that the guest produces (0) or consumes (1). */
function poke(victim: TestStorvsc, ring: 0 | 1, field: number, value: number): void {
  const page = victim.channel.pages[ring * (victim.channel.pages.length / 2)];
  attack.guest.memory.write32(page + field, value);
}

/** Puts bytes where the next packet would begin, and moves the write index behind them. */
function forge(victim: TestStorvsc, bytes: Uint8Array, advance: number): void {
  const { channel } = victim;
  const at = channel.outgoing.writeIndex;
  attack.guest.memory.write(channel.pages[1] + at, bytes);
  poke(victim, 0, RING_CONTROL.WRITE_INDEX, at + advance);
}

/** A descriptor: type, offset and length in units of 8 bytes, flags. */
function descriptor(type: number, offset8: number, length8: number, flags = 1): Uint8Array {
  return Uint8Array.of(
    type,
    type >> 8,
    offset8,
    offset8 >> 8,
    length8,
    length8 >> 8,
    flags,
    flags >> 8,
    9,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  );
}

const sent = (victim: TestStorvsc, packet: Uint8Array, header?: Uint8Array, flags = 1): unknown[] => {
  const type = header ? VM_PKT.DATA_USING_GPA_DIRECT : VM_PKT.DATA_INBAND;
  victim.channel.send(type, flags, 1, packet, header);
  return victim.completions();
};

/** The header of a GPA-direct packet with these numbers, right or wrong. */
function ranges(count: number, byteCount: number, byteOffset: number, pfns: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16 + 8 * pfns.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, count, true);
  view.setUint32(8, byteCount, true);
  view.setUint32(12, byteOffset, true);
  pfns.forEach((pfn, i) => {
    view.setBigUint64(16 + 8 * i, BigInt(pfn), true);
  });
  return bytes;
}

afterEach(() => {
  expect(attack.unharmed()).toBe(1);
});

describe('broken rings', () => {
  for (const [ring, field, value] of [
    [0, RING_CONTROL.WRITE_INDEX, 0x7fff_fff8],
    [0, RING_CONTROL.WRITE_INDEX, 3 * 4096],
    [0, RING_CONTROL.WRITE_INDEX, 1001],
    [1, RING_CONTROL.READ_INDEX, 0xffff_fff8],
    [1, RING_CONTROL.READ_INDEX, 3 * 4096],
    [1, RING_CONTROL.READ_INDEX, 7],
  ] as const) {
    it(`row 28: index ${value} at ${field} of ring ${ring} kills the channel`, () => {
      const victim = begin();
      // A request is in flight when the guest's own read index goes bad: its completion has nowhere to go.
      if (ring === 1) {
        victim.channel.outgoing.put(VM_PKT.DATA_INBAND, 1, 1, undefined, srbPacket(testUnitReadyCdb()));
      }
      poke(victim, ring, field, value);
      victim.channel.signal();
      attack.guest.settle();
      const { ring: host } = attack.guest.server.channel(victim.channel.relid) ?? {};
      expect(host?.dead).toBe(true);
    });
  }

  it('row 28: a channel cannot even be opened with such an index', () => {
    const victim = begin();
    const { relid, gpadl } = victim.channel;
    attack.guest.ask(Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, relid, 0, 0, 0));
    poke(victim, 1, RING_CONTROL.WRITE_INDEX, 12);
    const [result] = attack.guest.ask(attack.guest.openMessage(relid, gpadl, 4));
    expect(result.view.getUint32(16, true)).not.toBe(0);
  });

  it('row 29: fewer bytes than a descriptor kill the channel', () => {
    const victim = begin();
    forge(victim, new Uint8Array(8), 8);
    expectDead(victim);
  });

  for (const [name, bytes, advance] of [
    ['longer than what is there', descriptor(6, 2, 100), 32],
    ['exactly as long as what is there, without its trailer', descriptor(6, 2, 10), 80],
    ['with an offset inside its descriptor', descriptor(6, 1, 10), 88],
    ['with an offset behind its end', descriptor(6, 11, 10), 88],
    ['of no length', descriptor(6, 2, 0), 88],
  ] as const) {
    it(`row 30: a packet ${name} kills the channel`, () => {
      const victim = begin();
      forge(victim, bytes, advance);
      expectDead(victim);
    });
  }

  for (const [name, bytes] of [
    ['type 0', descriptor(0, 2, 10)],
    ['type 8', descriptor(8, 2, 10)],
    ['type 65535', descriptor(0xffff, 2, 10)],
    ['flag 2', descriptor(6, 2, 10, 2)],
    ['all flags', descriptor(6, 2, 10, 0xffff)],
  ] as const) {
    it(`row 31: a descriptor with ${name} kills the channel`, () => {
      const victim = begin();
      forge(victim, bytes, 88);
      expectDead(victim);
    });
  }

  for (const [name, header] of [
    ['no range', ranges(0, 512, 0, [64])],
    ['more ranges than bytes', ranges(1000, 512, 0, [64])],
    ['an empty range', ranges(1, 0, 0, [64])],
    ['an offset beyond the page', ranges(1, 512, 4096, [64])],
    ['fewer pages than bytes', ranges(1, 8192, 0, [64])],
    ['no room for a range', new Uint8Array(8)],
  ] as const) {
    it(`row 32: a list of pages with ${name} kills the channel`, () => {
      const victim = begin();
      expect(sent(victim, srbPacket(blockCdb('read', 0, 1), { length: 512 }), header)).toEqual([]);
      expectDead(victim);
    });
  }

  it('row 33: an index that jumps backwards over packets kills the channel', () => {
    const victim = begin({ model: 'sas15k' });
    const [gpa] = attack.guest.pages(1);
    for (let i = 0; i < 4; i++) victim.queue(blockCdb('read', i, 1), [gpaRange(gpa, 512)]);
    victim.channel.signal();
    const { engine } = attack.guest.hypervisor;
    while ((victim.storvsp.worker()?.pending ?? 0) < 4) engine.step();
    poke(victim, 0, RING_CONTROL.WRITE_INDEX, victim.channel.outgoing.writeIndex - 16);
    attack.guest.settle();
    const { ring } = attack.guest.server.channel(victim.channel.relid) ?? {};
    expect(ring?.dead).toBe(true);
  });

  it('row 34: what the guest changes after the host has looked has no effect', () => {
    const victim = begin({ model: 'sas15k', disk: new MemoryDisk(8192) });
    const [gpa, other] = attack.guest.pages(2);
    victim.disk.write(5, 1, new Uint8Array(512).fill(0x55));
    victim.disk.write(6, 1, new Uint8Array(512).fill(0x66));
    const at = victim.channel.outgoing.writeIndex;
    victim.queue(blockCdb('read', 5, 1), [gpaRange(gpa, 512)]);
    victim.channel.signal();
    const { engine } = attack.guest.hypervisor;
    while (!victim.storvsp.worker()?.pending) engine.step();
    // Another sector into another page, while the disk is turning.
    const packet = victim.channel.pages[1] + at;
    attack.guest.memory.write32(packet + 32, other / 4096);
    attack.guest.memory.u8[packet + 40 + 28 + 5] = 6;
    expect(victim.completions()).toMatchObject([{ srbStatus: SRB_STATUS.SUCCESS, transferred: 512 }]);
    expect(attack.guest.memory.u8[gpa]).toBe(0x55);
    expect(attack.guest.memory.u8[other]).toBe(0);
  });

  it('row 35: a mask that stays set and signals without need are put up with', () => {
    const victim = begin();
    poke(victim, 1, RING_CONTROL.INTERRUPT_MASK, 1);
    attack.guest.events();
    expect(victim.srb(testUnitReadyCdb()).srbStatus).toBe(SRB_STATUS.SUCCESS);
    expect(attack.guest.events()).toEqual([]);
    const { counts } = attack.guest.server.channel(victim.channel.relid)?.ring ?? {};
    const before = counts?.needlessSignals ?? 0;
    for (let i = 0; i < 100; i++) victim.channel.signal();
    attack.guest.settle();
    // The event flag stays set until the root looks: a hundred signals are far fewer interrupts.
    expect((counts?.needlessSignals ?? 0) - before).toBeLessThan(100);
    expect((counts?.needlessSignals ?? 0) - before).toBeGreaterThan(0);
    poke(victim, 1, RING_CONTROL.INTERRUPT_MASK, 0);
    expectAlive(victim);
  });

  for (const size of [1, 7, 4095, 3 * 4096, 0x7fff_ffff, 0xffff_ffff]) {
    it(`row 36: a pending send size of ${size} does no harm`, () => {
      const victim = begin();
      poke(victim, 0, RING_CONTROL.PENDING_SEND_SIZE, size);
      attack.guest.events();
      expect(victim.srb(testUnitReadyCdb()).srbStatus).toBe(SRB_STATUS.SUCCESS);
      // At most the completion's own event: the ring never had less room than it has now, or can never have as much.
      expect(attack.guest.events()).toEqual([victim.channel.relid]);
      expectAlive(victim);
    });
  }

  it('row 37: a guest that does not drain its ring stops being served, and loses nothing', () => {
    const victim = begin();
    const { outgoing, incoming } = victim.channel;
    let queued = 0;
    const queueAll = (): void => {
      while (
        outgoing.put(VM_PKT.DATA_INBAND, 1, 1000 + queued, undefined, srbPacket(testUnitReadyCdb())) !==
        'full'
      )
        queued++;
      victim.channel.signal();
      attack.guest.settle();
    };
    for (let i = 0; i < 5; i++) queueAll();
    const room = Math.floor((incoming.size - 8) / 88);
    const { counts } = victim.storvsp.worker() ?? {};
    expect(counts?.completions).toBeLessThanOrEqual(room);
    expect(queued).toBeLessThanOrEqual(2 * room + 2);
    const tids: bigint[] = [];
    for (let answers = victim.completions(); answers.length > 0; answers = victim.completions()) {
      tids.push(...answers.map(({ tid }) => tid));
    }
    expect(tids).toEqual(Array.from({ length: queued }, (_, i) => BigInt(1000 + i)));
  });
});

describe('wrong packets', () => {
  it('row 38: commands before the handshake, and its steps out of order, change nothing', () => {
    attack = new Attack();
    const { victim } = attack;
    const refused = [{ operation: VSTOR_OPERATION.COMPLETE_IO, status: NT_STATUS.INVALID_DEVICE_STATE }];
    expect(victim.ask(srbPacket(testUnitReadyCdb()))).toMatchObject(refused);
    for (const operation of [8, 9, 10, 13, 4, 5, 6])
      expect(victim.ask(vstorPacket(operation, 0x602))).toMatchObject(refused);
    expect(victim.initialise()).toEqual([0, 0, 0, 0]);
    expect(victim.ask(vstorPacket(VSTOR_OPERATION.BEGIN_INITIALIZATION))).toMatchObject(refused);
    expectAlive(victim);
  });

  for (const [name, packet, flags] of [
    ['that wants no completion', vstorPacket(VSTOR_OPERATION.RESET_BUS), 0],
    ['with operation 0', vstorPacket(0), 1],
    ['that completes something', vstorPacket(VSTOR_OPERATION.COMPLETE_IO), 1],
    ['with operation 15', vstorPacket(15), 1],
    ['with operation 2^32 - 1', vstorPacket(0xffff_ffff), 1],
    ['shorter than its header', new Uint8Array(8), 1],
    ['shorter than a SCSI request', srbPacket(testUnitReadyCdb(), { packetBytes: 40 }), 1],
  ] as const) {
    it(`row 39: a packet ${name} stops the channel`, () => {
      const victim = begin();
      expect(sent(victim, packet, undefined, flags)).toEqual([]);
      expectDead(victim);
      expect(victim.storvsp.worker()?.counts.broken).toBe(1);
    });
  }

  it('row 39: a completion packet from the guest stops the channel', () => {
    const victim = begin();
    victim.channel.send(VM_PKT.COMP, 1, 1, srbPacket(testUnitReadyCdb()));
    expect(victim.completions()).toEqual([]);
    expectDead(victim);
  });

  for (const [name, count, byteCount, length] of [
    ['longer than its range', 1, 512, 513],
    ['of two ranges', 2, 512, 512],
    ['of more than 256 KB', 1, 257 * 1024, 257 * 1024],
    ['of 4 GB', 1, 0xffff_ffff, 0xffff_ffff],
  ] as const) {
    it(`row 40: a transfer ${name} is refused whole`, () => {
      const victim = begin();
      const buffer = attack.guest.pages(65);
      attack.guest.memory.u8.fill(0xaa, buffer[0], buffer[0] + 65 * 4096);
      const header = ranges(
        count,
        byteCount,
        0,
        buffer.map((gpa) => gpa / 4096),
      );
      expect(sent(victim, srbPacket(blockCdb('read', 0, 2), { length }), header)).toEqual([]);
      expect(attack.guest.memory.read(buffer[0], 65 * 4096).every((byte) => byte === 0xaa)).toBe(true);
      expectDead(victim);
    });
  }

  it('row 40: a transfer without a buffer is refused', () => {
    const victim = begin();
    expect(sent(victim, srbPacket(blockCdb('read', 0, 1), { length: 512 }))).toEqual([]);
    expectDead(victim);
  });

  it('row 20: a buffer outside memory, or on a page that the guest may not write, fails its request alone', () => {
    const victim = begin();
    const pages = attack.guest.memory.size / 4096;
    for (const pfn of [pages, 0xfee00, 2 ** 51, 1]) {
      victim.queue(blockCdb('read', 0, 1), [{ byteCount: 512, byteOffset: 0, pfns: [pfn] }]);
      victim.channel.signal();
      expect(victim.completions(), `page ${pfn}`).toMatchObject([
        { scsiStatus: 2, senseKey: 5, transferred: 0 },
      ]);
    }
    expectAlive(victim);
  });

  it('row 41: a CDB that claims more than 16 bytes is cut to 16, one that is too short is illegal', () => {
    const victim = begin();
    const [gpa] = attack.guest.pages(1);
    const buffer = { gpa, bytes: 512 };
    expect(victim.srb(blockCdb('read', 0, 1), buffer, { cdbLength: 255 })).toMatchObject({
      srbStatus: SRB_STATUS.SUCCESS,
    });
    for (const cdbLength of [0, 1, 6, 9]) {
      expect(victim.srb(blockCdb('read', 0, 1), buffer, { cdbLength })).toMatchObject({
        scsiStatus: 2,
        senseKey: 5,
        senseCode: 0x2400,
      });
    }
  });

  it('row 41: an unknown operation code is illegal, whatever follows it', () => {
    const victim = begin();
    for (const opcode of [0x02, 0x7f, 0xc0, 0xff]) {
      const cdb = new Uint8Array(16).fill(0xff);
      cdb[0] = opcode;
      expect(victim.srb(cdb)).toMatchObject({ scsiStatus: 2, senseKey: 5 });
    }
    expectAlive(victim);
  });

  it('row 41: sense data never exceed the room that the guest has, nor 20 bytes', () => {
    const victim = begin();
    for (const senseLength of [0, 1, 8, 18, 20, 255]) {
      const { packet, srbStatus } = victim.srb(Uint8Array.of(0xff, 0, 0, 0, 0, 0), undefined, {
        senseLength,
      });
      const given = Math.min(senseLength, 18);
      expect(packet.bytes[21], `room for ${senseLength}`).toBe(given);
      expect(srbStatus).toBe(given > 0 ? SRB_STATUS.ERROR | SRB_STATUS.AUTOSENSE_VALID : SRB_STATUS.ERROR);
      expect(packet.bytes.slice(28 + given)).toEqual(new Uint8Array(64 - 28 - given));
    }
  });

  it('row 42: addresses beyond the disk, however large, are out of range', () => {
    const victim = begin();
    const [gpa] = attack.guest.pages(1);
    for (const [lba, size] of [
      [4096, 10],
      [4095, 10],
      [0xffff_ffff, 10],
      [2 ** 40, 16],
      [2 ** 53 - 1, 16],
    ] as const) {
      const answer = victim.srb(blockCdb('read', lba, 2, size), { gpa, bytes: 1024 });
      expect(answer, `lba ${lba}`).toMatchObject({
        scsiStatus: 2,
        senseKey: 5,
        senseCode: 0x2100,
        transferred: 0,
      });
    }
    const last = blockCdb('write', 0, 0xffff_ffff, 16).fill(0xff, 2, 10);
    expect(victim.srb(last, { gpa, bytes: 512 }, { dataIn: VSTOR_DATA.OUT })).toMatchObject({
      senseCode: 0x2100,
    });
  });

  it('row 43: too many sub-channels, or a second request for some, are refused', () => {
    const victim = begin({ storvsp: { maxSubChannels: 2 } });
    const status = (count: number): number =>
      victim.ask(vstorPacket(VSTOR_OPERATION.CREATE_SUB_CHANNELS, count))[0].status;
    expect([status(3), status(0xffff), status(0)]).toEqual(new Array(3).fill(NT_STATUS.INVALID_PARAMETER));
    expect(status(2)).toBe(NT_STATUS.SUCCESS);
    expect(status(1)).toBe(NT_STATUS.INVALID_DEVICE_STATE);
    expect(attack.guest.messages()).toHaveLength(2);
  });

  it('row 44: a transaction id that is used again is the guest’s own affair: both are answered', () => {
    const victim = begin({ model: 'nvme' });
    const [gpa] = attack.guest.pages(1);
    const tid = 0xffff_ffff_ffff_fffdn;
    for (let i = 0; i < 2; i++) {
      victim.channel.outgoing.put(
        VM_PKT.DATA_USING_GPA_DIRECT,
        1,
        tid,
        ranges(1, 512, 0, [gpa / 4096]),
        srbPacket(blockCdb('read', i, 1), { length: 512 }),
      );
    }
    victim.channel.signal();
    expect(victim.completions().map((answer) => answer.tid)).toEqual([tid, tid]);
  });

  it('a channel that was stopped opens again', () => {
    const victim = begin();
    sent(victim, vstorPacket(0));
    const { relid, gpadl } = victim.channel;
    attack.guest.ask(Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, relid, 0, 0, 0));
    victim.channel.outgoing.reset(1);
    victim.channel.incoming.reset(1);
    expect(attack.guest.ask(attack.guest.openMessage(relid, gpadl, 4))[0].view.getUint32(16, true)).toBe(0);
    expect(victim.initialise()).toEqual([0, 0, 0, 0]);
    const [gpa] = attack.guest.pages(1);
    expect(victim.srb(inquiryCdb(36), { gpa, bytes: 36 }).srbStatus).toBe(SRB_STATUS.SUCCESS);
  });
});
