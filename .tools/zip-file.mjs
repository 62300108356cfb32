// Writes ZIP archives: local headers, deflated contents, central directory (PKWARE APPNOTE 6.3, sections 4.3.7 to 4.3.16).
import { crc32, deflateRawSync } from 'node:zlib';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8 = 1 << 11;
const DEFLATED = 8;
/** 1 January 1980, the first date that the format knows: the same files give the same archive. */
const DATE = (1 << 5) | 1;
const LARGEST = 0xffff_ffff;

/** What local header and directory entry have in common, from "version needed" to "extra field length". */
function common(name, data, packed) {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(VERSION, 0);
  bytes.writeUInt16LE(UTF8, 2);
  bytes.writeUInt16LE(DEFLATED, 4);
  bytes.writeUInt16LE(DATE, 8);
  bytes.writeUInt32LE(crc32(data), 10);
  bytes.writeUInt32LE(packed.length, 14);
  bytes.writeUInt32LE(data.length, 18);
  bytes.writeUInt16LE(name.length, 22);
  return bytes;
}

const u32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** An archive of `[name, data]` pairs; names have `/` between their parts. */
export function zip(files) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [path, data] of files) {
    const name = Buffer.from(path);
    const packed = deflateRawSync(data, { level: 9 });
    const shared = common(name, data, packed);
    const entry = Buffer.concat([u32(LOCAL), shared, name, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    // "Version made by" stands first, comment length to offset stand last.
    directory.push(Buffer.concat([u32(CENTRAL), Buffer.from([VERSION, 0]), shared, rest, name]));
    parts.push(entry);
    at += entry.length;
  }
  const index = Buffer.concat(directory);
  if (at + index.length > LARGEST || files.length > 0xffff)
    throw new Error('too large for a plain ZIP archive');
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, index, u32(END), end]);
}
