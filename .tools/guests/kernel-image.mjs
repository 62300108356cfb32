// Unpacks the kernel beforehand. A kernel unpacks itself, which in an emulator takes three quarters of the whole start; the bytes that then
// run are the same. What is left of the image: the part that runs in real mode, a jump, and the kernel where it wants to lie.
import { execFileSync } from 'node:child_process';
import { Plain } from '../setup.mjs';

const HEADER = { SECTORS: 0x1f1, SYSTEM_SIZE: 0x1f4, PAYLOAD_OFFSET: 0x248, PAYLOAD_LENGTH: 0x24c };
const SECTOR = 512;
/** Where the part behind the real-mode code is put. */
const HIGH = 0x10_0000;
const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
/** The size of what was packed, behind the stream. */
const SIZE_BYTES = 4;
const JUMP = 0xe9;
const ELF = { ENTRY: 24, PROGRAM_HEADERS: 28, ENTRY_SIZE: 42, COUNT: 44 };
const PROGRAM = { TYPE: 0, OFFSET: 4, ADDRESS: 12, FILE_SIZE: 16, LOAD: 1 };
const MOST = 256 * 1024 * 1024;

/** What the ELF file wants to have in memory: pieces by physical address, and where to begin. */
function segments(elf) {
  const count = elf.readUInt16LE(ELF.COUNT);
  const size = elf.readUInt16LE(ELF.ENTRY_SIZE);
  const all = Array.from({ length: count }, (_, i) => elf.readUInt32LE(ELF.PROGRAM_HEADERS) + i * size);
  return all
    .filter((at) => elf.readUInt32LE(at + PROGRAM.TYPE) === PROGRAM.LOAD)
    .map((at) => {
      const from = elf.readUInt32LE(at + PROGRAM.OFFSET);
      const bytes = elf.subarray(from, from + elf.readUInt32LE(at + PROGRAM.FILE_SIZE));
      return { address: elf.readUInt32LE(at + PROGRAM.ADDRESS), bytes };
    });
}

/** The same kernel, unpacked. One that is packed in another way than xz is left as it is: it unpacks itself. */
export function unpackKernel(image) {
  const setup = ((image[HEADER.SECTORS] || 4) + 1) * SECTOR;
  const from = setup + image.readUInt32LE(HEADER.PAYLOAD_OFFSET);
  const payload = image.subarray(from, from + image.readUInt32LE(HEADER.PAYLOAD_LENGTH));
  if (!payload.subarray(0, XZ.length).equals(XZ)) return image;
  let elf;
  try {
    const input = payload.subarray(0, -SIZE_BYTES);
    elf = execFileSync('xz', ['-dc'], { input, maxBuffer: MOST, stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (error) {
    if (error.code === 'ENOENT') return image;
    throw new Plain(`The kernel cannot be unpacked: ${String(error.stderr ?? error.message).trim()}.`);
  }
  const pieces = segments(elf);
  const end = Math.max(...pieces.map(({ address, bytes }) => address + bytes.length));
  const high = Buffer.alloc(end - HIGH);
  for (const { address, bytes } of pieces) high.set(bytes, address - HIGH);
  high[0] = JUMP;
  high.writeInt32LE(elf.readUInt32LE(ELF.ENTRY) - (HIGH + 5), 1);
  const head = Buffer.from(image.subarray(0, setup));
  head.writeUInt32LE(Math.ceil(high.length / 16), HEADER.SYSTEM_SIZE);
  return Buffer.concat([head, high]);
}
