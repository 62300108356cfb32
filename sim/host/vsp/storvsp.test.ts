import { describe, expect, it } from 'vitest';
import { guidBytes } from '../../wire/layout-values.ts';
import {
  blockCdb,
  inquiryCdb,
  reportLunsCdb,
  synchronizeCacheCdb,
  testUnitReadyCdb,
} from '../../wire/scsi-cdb.ts';
import { NT_STATUS, SRB_STATUS, VSTOR_DATA, VSTOR_OPERATION } from '../../wire/storvsp.ts';
import { CHANNELMSG, DEVICE_CLASS, VMBUS_VERSION } from '../../wire/vmbus.ts';
import { MemoryDisk } from '../backends/disk.ts';
import { completion, TestStorvsc, vstorPacket } from './storvsp-testing.ts';

function pattern(bytes: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 7 + seed * 31 + (i >>> 9)) & 0xff);
}

function ready(options: ConstructorParameters<typeof TestStorvsc>[0] = {}): TestStorvsc {
  const storvsc = new TestStorvsc(options);
  expect(storvsc.initialise()).toEqual([0, 0, 0, 0]);
  return storvsc;
}

describe('a request', () => {
  it('reads and writes the disk through the guest’s own pages, and nothing is copied', () => {
    const storvsc = ready();
    const [gpa] = storvsc.guest.pages(4);
    const data = pattern(8192, 3);
    storvsc.guest.memory.write(gpa, data);
    expect(
      storvsc.srb(blockCdb('write', 100, 16), { gpa, bytes: 8192 }, { dataIn: VSTOR_DATA.OUT }),
    ).toMatchObject({
      operation: VSTOR_OPERATION.COMPLETE_IO,
      status: 0,
      srbStatus: SRB_STATUS.SUCCESS,
      transferred: 8192,
    });
    const onDisk = new Uint8Array(8192);
    storvsc.disk.read(100, 16, onDisk);
    expect(onDisk).toEqual(data);
    storvsc.guest.memory.write(gpa, new Uint8Array(8192));
    expect(storvsc.srb(blockCdb('read', 100, 16), { gpa, bytes: 8192 })).toMatchObject({ transferred: 8192 });
    expect(storvsc.guest.memory.read(gpa, 8192)).toEqual(data);
    expect(storvsc.guest.partition.counters.bytesCopied()).toBe(0);
  });

  it('is understood wherever it lies in the ring, also across its end and across pages', () => {
    const disk = new MemoryDisk(64);
    disk.write(0, 64, pattern(64 * 512, 4));
    const storvsc = ready({ disk, dataPages: 2 });
    const [gpa] = storvsc.guest.pages(1);
    // 112 bytes each, so that two pages of ring are passed through several times.
    for (let round = 0; round < 400; round++) {
      const lba = (round * 7) % 63;
      // Packets of different lengths, so that every part of one comes to lie at the end.
      if (round % 5 === 0) expect(storvsc.srb(testUnitReadyCdb())).toMatchObject({ transferred: 0 });
      expect(storvsc.srb(blockCdb('read', lba, 1), { gpa, bytes: 512 })).toMatchObject({
        srbStatus: SRB_STATUS.SUCCESS,
        transferred: 512,
      });
      const onDisk = new Uint8Array(512);
      disk.read(lba, 1, onDisk);
      expect(storvsc.guest.memory.read(gpa, 512)).toEqual(onDisk);
    }
  });

  it('fills pages in any order, from any offset, a sector split between two pages included', () => {
    const data = pattern(32 * 512, 9);
    const disk = new MemoryDisk(64);
    disk.write(0, 32, data);
    const storvsc = ready({ disk });
    const pages = storvsc.guest.pages(6);
    for (const [byteOffset, order] of [
      [0, [0, 1, 2, 3, 4]],
      [512, [4, 2, 0, 1, 5]],
      [100, [5, 3, 1, 0, 2]],
    ] as const) {
      const gpas = order.map((i) => pages[i]);
      storvsc.queue(blockCdb('read', 0, 32), [
        { byteCount: 32 * 512, byteOffset, pfns: gpas.map((gpa) => gpa / 4096) },
      ]);
      storvsc.channel.signal();
      expect(storvsc.completions()).toMatchObject([{ srbStatus: SRB_STATUS.SUCCESS, transferred: 32 * 512 }]);
      const seen = Uint8Array.from({ length: 32 * 512 }, (_, i) => {
        const at = byteOffset + i;
        return storvsc.guest.memory.u8[gpas[at >>> 12] + (at & 4095)];
      });
      expect(seen).toEqual(data);
    }
  });

  it('leaves the rest of the buffer alone', () => {
    const storvsc = ready();
    const [gpa] = storvsc.guest.pages(1);
    storvsc.guest.memory.u8.fill(0xee, gpa, gpa + 4096);
    expect(storvsc.srb(inquiryCdb(36), { gpa, bytes: 256 })).toMatchObject({
      srbStatus: SRB_STATUS.SUCCESS,
      transferred: 36,
    });
    expect(storvsc.guest.memory.u8[gpa + 35]).not.toBe(0xee);
    expect(storvsc.guest.memory.read(gpa + 36, 220)).toEqual(new Uint8Array(220).fill(0xee));
  });

  it('that forces unit access is stable when it completes', () => {
    const disk = new MemoryDisk(64);
    let flushes = 0;
    disk.flush = () => {
      flushes++;
    };
    const storvsc = ready({ disk });
    const [gpa] = storvsc.guest.pages(1);
    const write = (fua: boolean): void => {
      storvsc.srb(blockCdb('write', 1, 1, 10, fua), { gpa, bytes: 512 }, { dataIn: VSTOR_DATA.OUT });
    };
    write(false);
    expect(flushes).toBe(0);
    write(true);
    expect(flushes).toBe(1);
  });

  it('without data goes in-band', () => {
    const storvsc = ready();
    expect(storvsc.srb(testUnitReadyCdb())).toMatchObject({ srbStatus: SRB_STATUS.SUCCESS, transferred: 0 });
    expect(storvsc.srb(synchronizeCacheCdb())).toMatchObject({ srbStatus: SRB_STATUS.SUCCESS });
  });

  it('that fails carries sense data', () => {
    const storvsc = ready();
    const [gpa] = storvsc.guest.pages(1);
    expect(storvsc.srb(blockCdb('read', 4095, 2), { gpa, bytes: 1024 })).toMatchObject({
      srbStatus: SRB_STATUS.ERROR | SRB_STATUS.AUTOSENSE_VALID,
      scsiStatus: 2,
      senseKey: 5,
      senseCode: 0x2100,
      transferred: 0,
    });
  });

  it('to a unit that is not there fails by SRB status, but INQUIRY and REPORT LUNS succeed', () => {
    const storvsc = ready();
    const [gpa] = storvsc.guest.pages(1);
    for (const address of [{ lun: 1 }, { target: 1 }, { path: 7 }]) {
      expect(storvsc.srb(testUnitReadyCdb(), undefined, address).srbStatus).toBe(SRB_STATUS.INVALID_LUN);
      expect(storvsc.srb(inquiryCdb(36), { gpa, bytes: 36 }, address).srbStatus).toBe(SRB_STATUS.SUCCESS);
      expect(storvsc.guest.memory.u8[gpa]).toBe(0x7f);
      const luns = storvsc.srb(reportLunsCdb(4096), { gpa, bytes: 4096 }, address);
      expect(luns).toMatchObject({ srbStatus: SRB_STATUS.SUCCESS, transferred: 'lun' in address ? 16 : 8 });
    }
  });

  it('is answered in a packet as long as its own, for drivers of every age', () => {
    const storvsc = new TestStorvsc();
    storvsc.initialise(0x402);
    const answer = storvsc.srb(testUnitReadyCdb(), undefined, { packetBytes: 48 });
    expect(answer.packet.bytes.length).toBe(48);
    expect(answer.packet.view.getUint16(12, true)).toBe(36);
  });
});

describe('many requests', () => {
  it('at depth above one the guest never signals and is interrupted once a burst (poll mode)', () => {
    const storvsc = ready({ model: 'nvme', dataPages: 31 });
    const [gpa] = storvsc.guest.pages(1);
    const before = storvsc.guest.partition.counters.total('signals');
    for (let i = 0; i < 64; i++)
      storvsc.queue(blockCdb('read', i, 1), [{ byteCount: 512, byteOffset: 0, pfns: [gpa / 4096] }]);
    storvsc.channel.signal();
    const { engine } = storvsc.guest.hypervisor;
    const worker = storvsc.storvsp.worker();
    while ((worker?.pending ?? 0) < 2) engine.step();
    expect(storvsc.channel.outgoing.interruptMask).toBe(1);
    expect(storvsc.channel.send(6, 1, 1n, vstorPacket(VSTOR_OPERATION.RESET_BUS))).toBe(true);
    expect(storvsc.completions()).toHaveLength(65);
    expect(storvsc.guest.partition.counters.total('signals') - before).toBe(1);
    expect(storvsc.channel.outgoing.interruptMask).toBe(0);
    expect(worker?.counts).toMatchObject({ requests: 64, completions: 64 });
  });

  it('without poll mode the guest signals for each request that finds the ring empty', () => {
    const signals = (pollModeDepth: number): number => {
      const storvsc = ready({ model: 'nvme', storvsp: { pollModeDepth } });
      const [gpa] = storvsc.guest.pages(1);
      const { engine } = storvsc.guest.hypervisor;
      const before = storvsc.guest.partition.counters.total('signals');
      for (let i = 0; i < 8; i++) {
        storvsc.queue(blockCdb('read', i, 1), [{ byteCount: 512, byteOffset: 0, pfns: [gpa / 4096] }]);
        if (storvsc.channel.outgoing.interruptMask === 0) storvsc.channel.signal();
        engine.run(engine.now + 20_000);
      }
      expect(storvsc.completions()).toHaveLength(8);
      return storvsc.guest.partition.counters.total('signals') - before;
    };
    expect(signals(Number.POSITIVE_INFINITY)).toBe(8);
    expect(signals(1)).toBe(1);
  });

  it('never has more than 256 in flight, and none is lost', () => {
    const storvsc = ready({ model: 'nvme', dataPages: 31, storvsp: {} });
    const [gpa] = storvsc.guest.pages(1);
    let queued = 0;
    while (
      storvsc.queue(blockCdb('read', queued % 4096, 1), [
        { byteCount: 512, byteOffset: 0, pfns: [gpa / 4096] },
      ])
    )
      queued++;
    expect(queued).toBeGreaterThan(256);
    storvsc.channel.signal();
    const answers = storvsc.completions();
    expect(new Set(answers.map(({ tid }) => tid)).size).toBe(queued);
    expect(storvsc.storvsp.worker()?.counts.deepest).toBe(256);
  });
});

describe('channels', () => {
  it('multiply when the guest asks, each with rings of its own', () => {
    const storvsc = new TestStorvsc({ vps: 4, storvsp: { maxSubChannels: 3 } });
    expect(storvsc.initialise(0x602, 3)).toEqual([0, 0, 0, 0, 0]);
    const offers = storvsc.guest.messages().filter(({ type }) => type === CHANNELMSG.OFFERCHANNEL);
    expect(offers.map(({ view }) => view.getUint16(180, true))).toEqual([1, 2, 3]);
    const subs = offers.map((offer, i) => storvsc.guest.open(offer, 3, i + 1));
    const [gpa] = storvsc.guest.pages(1);
    for (const [i, sub] of subs.entries()) {
      storvsc.queue(blockCdb('read', i, 1), [{ byteCount: 512, byteOffset: 0, pfns: [gpa / 4096] }], {}, sub);
      sub.signal();
      expect(sub.receive().map(completion)).toMatchObject([{ srbStatus: SRB_STATUS.SUCCESS }]);
      expect(storvsc.guest.events(i + 1)).toEqual([sub.relid]);
    }
    expect(
      storvsc.guest
        .ask(Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, storvsc.channel.relid, 0, 0, 0))
        .map(({ type }) => type),
    ).toEqual([
      CHANNELMSG.RESCIND_CHANNELOFFER,
      CHANNELMSG.RESCIND_CHANNELOFFER,
      CHANNELMSG.RESCIND_CHANNELOFFER,
    ]);
  });

  it('close when the last request has left the disk, and open again from the start of the handshake', () => {
    const storvsc = ready({ model: 'sas15k' });
    const { relid, gpadl } = storvsc.channel;
    const [gpa] = storvsc.guest.pages(1);
    storvsc.queue(blockCdb('read', 9, 1), [{ byteCount: 512, byteOffset: 0, pfns: [gpa / 4096] }]);
    storvsc.channel.signal();
    const { engine } = storvsc.guest.hypervisor;
    while (!storvsc.storvsp.worker()?.pending) engine.step();
    storvsc.guest.post(Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, relid, 0, 0, 0));
    while (storvsc.storvsp.worker()) engine.step();
    expect(storvsc.guest.server.channel(relid)?.state).toBe('closing');
    storvsc.guest.settle();
    expect(storvsc.guest.server.channel(relid)?.state).toBe('closed');
    storvsc.channel.outgoing.reset(1);
    storvsc.channel.incoming.reset(1);
    storvsc.guest.ask(storvsc.guest.openMessage(relid, gpadl, 4));
    expect(storvsc.initialise()).toEqual([0, 0, 0, 0]);
  });
});

describe('disks', () => {
  it('come and go while the guest runs: it is told to scan', () => {
    const storvsc = ready();
    storvsc.storvsp.attach(storvsc.unit(), { path: 0, target: 0, lun: 5 });
    const [notice] = storvsc.channel.receive();
    expect([notice.type, notice.tid, notice.view.getUint32(0, true)]).toEqual([
      6,
      0n,
      VSTOR_OPERATION.ENUMERATE_BUS,
    ]);
    const [gpa] = storvsc.guest.pages(1);
    expect(storvsc.srb(reportLunsCdb(4096), { gpa, bytes: 4096 }).transferred).toBe(24);
    storvsc.storvsp.detach({ path: 0, target: 0, lun: 5 });
    expect(storvsc.channel.receive()).toHaveLength(1);
    expect(storvsc.srb(testUnitReadyCdb(), undefined, { lun: 5 }).srbStatus).toBe(SRB_STATUS.INVALID_LUN);
  });

  it('that are pulled out fail what they were doing', () => {
    const storvsc = ready({ model: 'sas15k' });
    const [gpa] = storvsc.guest.pages(1);
    storvsc.queue(blockCdb('read', 9, 1), [{ byteCount: 512, byteOffset: 0, pfns: [gpa / 4096] }]);
    storvsc.channel.signal();
    const { engine } = storvsc.guest.hypervisor;
    while (!storvsc.storvsp.worker()?.pending) engine.step();
    storvsc.storvsp.detach();
    const packets = storvsc.channel.receive();
    expect(packets.map(({ view }) => view.getUint32(0, true)).sort()).toEqual([
      VSTOR_OPERATION.COMPLETE_IO,
      VSTOR_OPERATION.ENUMERATE_BUS,
    ]);
    const answer = packets.find(({ type }) => type === 11);
    expect(answer && completion(answer)).toMatchObject({
      srbStatus: SRB_STATUS.NO_DEVICE,
      status: NT_STATUS.DEVICE_DOES_NOT_EXIST,
    });
  });

  it('on IDE are offered a second time, under the class of the accelerator', () => {
    const storvsc = new TestStorvsc({ storvsp: { ide: { path: 1, target: 0 } } });
    const [offer] = storvsc.guest.connect(VMBUS_VERSION.WIN10);
    expect(offer.bytes.slice(8, 24)).toEqual(guidBytes(DEVICE_CLASS.IDE.guid));
    expect(offer.bytes.slice(24, 40)).toEqual(guidBytes('00000001-0000-8899-0000-000000000000'));
    expect([...offer.bytes.slice(60, 72)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0]);
  });

  it('on IDE answer whatever path the guest names', () => {
    const storvsc = ready({ storvsp: { ide: { path: 1, target: 0 } } });
    expect(storvsc.srb(testUnitReadyCdb(), undefined, { path: 0 }).srbStatus).toBe(SRB_STATUS.SUCCESS);
    expect(storvsc.srb(testUnitReadyCdb(), undefined, { path: 1 }).srbStatus).toBe(SRB_STATUS.SUCCESS);
    expect(storvsc.srb(testUnitReadyCdb(), undefined, { target: 1 }).srbStatus).toBe(SRB_STATUS.INVALID_LUN);
  });
});

describe('resets', () => {
  it('are acknowledged', () => {
    const storvsc = ready();
    for (const operation of [
      VSTOR_OPERATION.RESET_BUS,
      VSTOR_OPERATION.RESET_LUN,
      VSTOR_OPERATION.RESET_ADAPTER,
    ]) {
      expect(storvsc.ask(vstorPacket(operation))).toMatchObject([
        { operation: VSTOR_OPERATION.COMPLETE_IO, status: 0 },
      ]);
    }
  });
});
