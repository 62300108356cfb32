// Writes and reads the numbers of a vstor_packet, in a process of its own.
//
// usage: node wire.mjs <way> <folder of the built library> <packets> <repetitions>
//   ways: accessors, typed-arrays, typed-binary write and read all eighteen numbers; accessors-read, binary-parser only read them
// prints: {"seconds": <median CPU time>, "hash": <over everything read>}
//
// Every way takes its views of the buffer itself, so that none is a variable of the module to one and a constant to another.
// Packets of 64 bytes lie one behind the other in 64 KiB and are used in turn, with other values each time.
import { pathToFileURL } from 'node:url';

const [way, dist, ...numbers] = process.argv.slice(2);
const [packets, repetitions] = numbers.map(Number);

const PACKET = 64;
const PLACES = 1024;
const buffer = new ArrayBuffer(PACKET * PLACES);

/** Name, bytes, and offset of every number. */
const FIELDS = [
  ['operation', 4, 0],
  ['flags', 4, 4],
  ['status', 4, 8],
  ['length', 2, 12],
  ['srb_status', 1, 14],
  ['scsi_status', 1, 15],
  ['port_number', 1, 16],
  ['path_id', 1, 17],
  ['target_id', 1, 18],
  ['lun', 1, 19],
  ['cdb_length', 1, 20],
  ['sense_info_length', 1, 21],
  ['data_in', 1, 22],
  ['reserved', 1, 23],
  ['data_transfer_length', 4, 24],
  ['srb_flags', 4, 52],
  ['time_out_value', 4, 56],
  ['queue_sort_ey', 4, 60],
];

const ways = {
  /** What the library offers: an accessor per number, made from the declaration. */
  async accessors() {
    const a = await accessors();
    const view = new DataView(buffer);
    return (i, at) => {
      write(a, view, at, i);
      return read(a, view, at);
    };
  },

  async 'accessors-read'() {
    const a = await accessors();
    const view = new DataView(buffer);
    return (_i, at) => read(a, view, at);
  },

  /** What one would write by hand: typed arrays at constant offsets. */
  async 'typed-arrays'() {
    const [u8, u16, u32] = [new Uint8Array(buffer), new Uint16Array(buffer), new Uint32Array(buffer)];
    return (i, at) => {
      const d = at >>> 2;
      u32[d] = i;
      u32[d + 1] = i + 1;
      u32[d + 2] = i + 2;
      u16[(at >>> 1) + 6] = i + 3;
      u8[at + 14] = i + 4;
      u8[at + 15] = i + 5;
      u8[at + 16] = i + 6;
      u8[at + 17] = i + 7;
      u8[at + 18] = i + 8;
      u8[at + 19] = i + 9;
      u8[at + 20] = i + 10;
      u8[at + 21] = i + 11;
      u8[at + 22] = i + 12;
      u8[at + 23] = i + 13;
      u32[d + 6] = i + 14;
      u32[d + 13] = i + 15;
      u32[d + 14] = i + 16;
      u32[d + 15] = i + 17;
      let sum = u32[d] + u32[d + 1] + u32[d + 2] + u16[(at >>> 1) + 6];
      sum += u8[at + 14] + u8[at + 15] + u8[at + 16] + u8[at + 17] + u8[at + 18] + u8[at + 19];
      sum += u8[at + 20] + u8[at + 21] + u8[at + 22] + u8[at + 23];
      return sum + u32[d + 6] + u32[d + 13] + u32[d + 14] + u32[d + 15];
    };
  },

  async 'typed-binary'() {
    const { BufferReader, BufferWriter, object, u8, u16, u32 } = await import('typed-binary');
    const types = { 1: u8, 2: u16, 4: u32 };
    const gap = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`cdb${i}`, u32]));
    const schema = object(ordered((name, size) => ({ [name]: types[size] }), gap));
    return (i, at) => {
      schema.write(new BufferWriter(buffer, { byteOffset: at, endianness: 'little' }), packetOf(i));
      return sumOf(schema.read(new BufferReader(buffer, { byteOffset: at, endianness: 'little' })));
    };
  },

  async 'binary-parser'() {
    const { Parser } = await import('binary-parser');
    const parser = new Parser().endianness('little');
    for (const [name, size, offset] of FIELDS) {
      if (offset === 52) parser.seek(24);
      parser[size === 4 ? 'uint32' : size === 2 ? 'uint16' : 'uint8'](name);
    }
    const bytes = new Uint8Array(buffer);
    return (_i, at) => sumOf(parser.parse(bytes.subarray(at, at + PACKET)));
  },
};

/** The declared fields in order, with `gap` for the 24 bytes of the command. */
function ordered(make, gap) {
  const before = FIELDS.filter(([, , offset]) => offset < 28).map(([name, size]) => make(name, size));
  const after = FIELDS.filter(([, , offset]) => offset > 28).map(([name, size]) => make(name, size));
  return Object.assign({}, ...before, gap, ...after);
}

function packetOf(i) {
  return {
    operation: i,
    flags: i + 1,
    status: i + 2,
    length: (i + 3) & 0xffff,
    srb_status: (i + 4) & 0xff,
    scsi_status: (i + 5) & 0xff,
    port_number: (i + 6) & 0xff,
    path_id: (i + 7) & 0xff,
    target_id: (i + 8) & 0xff,
    lun: (i + 9) & 0xff,
    cdb_length: (i + 10) & 0xff,
    sense_info_length: (i + 11) & 0xff,
    data_in: (i + 12) & 0xff,
    reserved: (i + 13) & 0xff,
    data_transfer_length: i + 14,
    cdb0: 0,
    cdb1: 0,
    cdb2: 0,
    cdb3: 0,
    cdb4: 0,
    cdb5: 0,
    srb_flags: i + 15,
    time_out_value: i + 16,
    queue_sort_ey: i + 17,
  };
}

function sumOf(p) {
  let sum = p.operation + p.flags + p.status + p.length + p.srb_status + p.scsi_status + p.port_number;
  sum += p.path_id + p.target_id + p.lun + p.cdb_length + p.sense_info_length + p.data_in + p.reserved;
  return sum + p.data_transfer_length + p.srb_flags + p.time_out_value + p.queue_sort_ey;
}

async function accessors() {
  const { vstorPacket } = await import(pathToFileURL(`${dist}/wire/storvsp-packet.js`).href);
  const of = (name) =>
    vstorPacket.accessor(vstorPacket.offsets[name] === undefined ? `vm_srb.${name}` : name);
  return Object.fromEntries(FIELDS.map(([name]) => [name, of(name)]));
}

function write(a, view, at, i) {
  a.operation.set(view, at, i);
  a.flags.set(view, at, i + 1);
  a.status.set(view, at, i + 2);
  a.length.set(view, at, i + 3);
  a.srb_status.set(view, at, i + 4);
  a.scsi_status.set(view, at, i + 5);
  a.port_number.set(view, at, i + 6);
  a.path_id.set(view, at, i + 7);
  a.target_id.set(view, at, i + 8);
  a.lun.set(view, at, i + 9);
  a.cdb_length.set(view, at, i + 10);
  a.sense_info_length.set(view, at, i + 11);
  a.data_in.set(view, at, i + 12);
  a.reserved.set(view, at, i + 13);
  a.data_transfer_length.set(view, at, i + 14);
  a.srb_flags.set(view, at, i + 15);
  a.time_out_value.set(view, at, i + 16);
  a.queue_sort_ey.set(view, at, i + 17);
}

function read(a, view, at) {
  let sum =
    a.operation.get(view, at) + a.flags.get(view, at) + a.status.get(view, at) + a.length.get(view, at);
  sum += a.srb_status.get(view, at) + a.scsi_status.get(view, at) + a.port_number.get(view, at);
  sum += a.path_id.get(view, at) + a.target_id.get(view, at) + a.lun.get(view, at);
  sum += a.cdb_length.get(view, at) + a.sense_info_length.get(view, at) + a.data_in.get(view, at);
  sum += a.reserved.get(view, at) + a.data_transfer_length.get(view, at) + a.srb_flags.get(view, at);
  return sum + a.time_out_value.get(view, at) + a.queue_sort_ey.get(view, at);
}

// What only reads finds the packets written.
const filled = await ways['typed-arrays']();
for (let i = 0; i < PLACES; i++) filled(i, i * PACKET);

const once = await ways[way]();
function run(count) {
  let hash = 0;
  for (let i = 0; i < count; i++) hash = (Math.imul(hash, 31) + once(i, (i % PLACES) * PACKET)) | 0;
  return hash >>> 0;
}

run(packets / 2);
const seconds = [];
let hash = 0;
for (let i = 0; i < repetitions; i++) {
  const start = process.cpuUsage();
  hash = run(packets);
  const { user, system } = process.cpuUsage(start);
  seconds.push((user + system) / 1e6);
}
seconds.sort((x, y) => x - y);
process.stdout.write(JSON.stringify({ seconds: seconds[seconds.length >> 1], hash }));
