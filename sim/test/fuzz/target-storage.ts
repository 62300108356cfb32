/** The synthetic disk: rings that are tampered with, and packets that are wrong. */
import type { Storvsp } from '../../host/vsp/storvsp.ts';
import { srbPacket, vstorPacket } from '../../host/vsp/storvsp-testing.ts';
import { type GuestMemory, PAGE_SIZE } from '../../machine/memory.ts';
import { buildGpaDirectHeader } from '../../wire/gpa-direct.ts';
import { SCSI_OP } from '../../wire/scsi.ts';
import { SRB_STATUS, VSTOR_OPERATION } from '../../wire/storvsp.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import type { Chance } from './chance.ts';
import { hold } from './finding.ts';
import type { HostileMachine } from './hostile-machine.ts';
import { Prey } from './prey.ts';
import type { Act, Target } from './target.ts';

const SECTORS = 2048;
const BUFFER_PAGES = 4;
const OPCODES: readonly number[] = Object.values(SCSI_OP);
/** Commands whose data the host writes. */
const READS: ReadonlySet<number> = new Set([
  SCSI_OP.READ_6,
  SCSI_OP.READ_10,
  SCSI_OP.READ_12,
  SCSI_OP.READ_16,
  SCSI_OP.INQUIRY,
  SCSI_OP.REPORT_LUNS,
  SCSI_OP.MODE_SENSE,
  SCSI_OP.READ_CAPACITY,
]);
/** Bytes of a buffer that the guest may send. */
const FILL = 0x11;
const TYPES = [VM_PKT.DATA_INBAND, VM_PKT.DATA_USING_GPA_DIRECT, VM_PKT.COMP, VM_PKT.DATA_USING_XFER_PAGES];

/** The handshake of storvsc, as a driver does it. */
export function greetDisk(prey: Prey): void {
  for (const [operation, argument] of [
    [VSTOR_OPERATION.BEGIN_INITIALIZATION, 0],
    [VSTOR_OPERATION.QUERY_PROTOCOL_VERSION, 0x602],
    [VSTOR_OPERATION.QUERY_PROPERTIES, 0],
    [VSTOR_OPERATION.END_INITIALIZATION, 0],
  ])
    prey.send(VM_PKT.DATA_INBAND, vstorPacket(operation, argument));
  prey.listen();
}

/** A SCSI command that often makes sense. */
function command(chance: Chance): Uint8Array {
  const cdb = new Uint8Array(16);
  cdb[0] = chance.oneIn(10) ? chance.below(256) : chance.pick(OPCODES);
  const lba = chance.oneIn(4) ? chance.number([SECTORS - 1, SECTORS, SECTORS + 1]) : chance.below(SECTORS);
  const count = chance.oneIn(6) ? chance.edge() & 0xffff : chance.below(9);
  const view = new DataView(cdb.buffer);
  const wide = (cdb[0] & 0xe0) === 0x80;
  view.setUint32(wide ? 6 : 2, lba);
  if (wide && chance.oneIn(8)) view.setUint32(2, chance.edge());
  if (wide) view.setUint32(10, count);
  else view.setUint16(7, count);
  if (chance.oneIn(3)) for (let at = 1; at < 16; at++) if (chance.oneIn(4)) cdb[at] = chance.below(256);
  return cdb;
}

/** Where the data goes. `offset` is that in the buffer when all of it lies there, else -1. */
interface Place {
  readonly header: Uint8Array;
  readonly offset: number;
}

/** The buffer, or somewhere that it may not be. */
function place(chance: Chance, firstPage: number, bytes: number): Place {
  if (chance.oneIn(12))
    return { header: chance.words(4 + 2 * chance.below(4), [0, 1, 2, bytes, firstPage]), offset: -1 };
  const offset = chance.oneIn(4) ? chance.below(4096) : 0;
  const count = Math.ceil((offset + bytes) / PAGE_SIZE) || 1;
  const pfns = Array.from({ length: count }, (_, i) =>
    chance.oneIn(30) ? 1024 + chance.below(1 << 20) : firstPage + (i % BUFFER_PAGES),
  );
  const header = buildGpaDirectHeader([{ byteCount: bytes, byteOffset: offset, pfns }]);
  if (chance.oneIn(6)) return { header: padded(chance.mutated(header, [1, 2, 512, 4096])), offset: -1 };
  const whole = count <= BUFFER_PAGES && pfns.every((pfn) => pfn < 1024);
  return { header, offset: whole ? offset : -1 };
}

const padded = (bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array((bytes.length + 7) & ~7);
  whole.set(bytes);
  return whole;
};

/** The host puts in another disk, or takes it out again: the guest is told, and what is under way ends. */
function use(machine: HostileMachine, storvsp: Storvsp): void {
  const address = { path: 0, target: 0, lun: 1 };
  storvsp.detach(address);
  storvsp.attach(machine.unit(64), address);
}

/** Packets to a disk; `firstPage` is that of the buffer. */
export function requests(machine: HostileMachine, storvsp: Storvsp, prey: Prey, firstPage: number): Act {
  const { u8 } = machine.guest.memory;
  const at = firstPage * PAGE_SIZE;
  return (chance) => {
    prey.revive();
    const bytes = chance.oneIn(5) ? chance.number([511, 513]) & 0x3_ffff : 512 * chance.below(9);
    const options = {
      length: bytes,
      dataIn: chance.oneIn(8) ? chance.below(4) : chance.oneIn(3) ? 0 : 1,
      lun: chance.oneIn(12) ? chance.below(256) : 0,
      target: chance.oneIn(12) ? chance.below(256) : 0,
      path: chance.oneIn(12) ? chance.below(256) : 0,
      cdbLength: chance.oneIn(8) ? chance.below(256) : 16,
      senseLength: chance.oneIn(8) ? chance.below(256) : 20,
    };
    const packet = chance.oneIn(6)
      ? vstorPacket(chance.below(17), chance.below(1 << 16), 8 * (1 + chance.below(10)))
      : srbPacket(command(chance), options);
    const sent = chance.oneIn(4) ? chance.mutated(packet, [1, 2, 3, 52, bytes]) : packet;
    const direct = bytes > 0 && !chance.oneIn(10);
    if (chance.oneIn(20)) use(machine, storvsp);
    const type = chance.oneIn(20)
      ? chance.pick(TYPES)
      : direct
        ? VM_PKT.DATA_USING_GPA_DIRECT
        : VM_PKT.DATA_INBAND;
    const target = type === VM_PKT.DATA_USING_GPA_DIRECT ? place(chance, firstPage, bytes) : undefined;
    const plain = sent === packet && target !== undefined && options.dataIn === 1 && READS.has(packet[28]);
    // What the guest writes to its disk must not depend on the pattern: it would come back.
    u8.fill(plain ? machine.poison : FILL, at, at + BUFFER_PAGES * PAGE_SIZE);
    prey.send(type, sent, target?.header, undefined, chance.oneIn(20) ? 0 : 1);
    prey.listen((reply, payload) => {
      // An answer to an earlier request comes too late: its buffer has been filled again.
      if (reply.tidLow !== prey.lastTid) return;
      if (!plain || target.offset < 0 || payload.length < 28 || payload[14] !== SRB_STATUS.SUCCESS) return;
      // What the host says that it has read, it has written, every byte of it.
      const { byteOffset, length } = payload;
      const transferred = new DataView(payload.buffer, byteOffset, length).getUint32(24, true);
      machine.digest.add(u8, at + target.offset, Math.min(transferred, bytes));
    });
    machine.takeMessages();
  };
}

/** Is the index that the guest owns and the host must read a multiple of 8 within the data? */
function legalIndex(memory: GuestMemory, pages: readonly number[]): boolean {
  const size = (pages.length / 2 - 1) * PAGE_SIZE;
  const index = memory.read32(pages[0]);
  return index < size && index % 8 === 0;
}

/** Fields of a control page, and descriptors in the data. */
function tampering(machine: HostileMachine, prey: Prey): Act {
  const { memory } = machine.guest;
  const { channel } = prey;
  const half = channel.pages.length / 2;
  const fields = [0, 4, 8, 12, 64];
  return (chance) => {
    prey.revive();
    if (chance.oneIn(2))
      prey.channel.outgoing.put(VM_PKT.DATA_INBAND, 1, 1, undefined, vstorPacket(3, 0, 64));
    for (let left = 1 + chance.below(3); left > 0; left--) {
      const control = channel.pages[chance.oneIn(3) ? half : 0];
      const { writeIndex } = channel.outgoing;
      if (chance.oneIn(2))
        memory.write32(
          control + chance.pick(fields),
          chance.number([0, 8, 64, 4088, writeIndex, writeIndex + 8]) >>> 0,
        );
      else {
        const near = (channel.outgoing.readIndex + 4 * chance.below(24)) % (channel.outgoing.size - 4);
        const page = channel.pages[1 + Math.floor(near / PAGE_SIZE)] ?? channel.pages[1];
        memory.write32(
          page + ((near % PAGE_SIZE) & ~3),
          chance.number([0x0002_0006, 0x0001_0007, 3, 0x0002_0009]),
        );
      }
    }
    const illegal = !legalIndex(memory, channel.pages);
    const stalls = prey.stalls;
    channel.signal();
    machine.rest();
    // A host that has no room for its answers does not look at what is asked.
    const looked = illegal && prey.stalls === stalls;
    hold(!(looked && prey.alive), 'harm', 'the host goes on with an index outside the ring');
    if (chance.oneIn(4)) prey.restart();
  };
}

function begin(machine: HostileMachine): { storvsp: Storvsp; prey: Prey; page: number } {
  const storvsp = machine.disk(SECTORS, { maxSubChannels: 3 });
  machine.connect([storvsp]);
  const page = machine.guest.pages(BUFFER_PAGES)[0] / PAGE_SIZE;
  return { storvsp, prey: new Prey(machine, storvsp, 3, greetDisk), page };
}

/** The disk. */
export const STORAGE_TARGETS: readonly Target[] = [
  {
    name: 'rings',
    oneCase: 'one to three writes into a ring or its indices, and a signal',
    sparesOthers: true,
    begin: (machine) => tampering(machine, begin(machine).prey),
  },
  {
    name: 'disk',
    oneCase: 'one packet to storvsp, most of them SCSI requests',
    sparesOthers: true,
    begin: (machine) => {
      const { storvsp, prey, page } = begin(machine);
      return requests(machine, storvsp, prey, page);
    },
  },
];
