import { describe, expect, it } from 'vitest';
import { MemoryFile } from './byte-file.ts';
import { footerUnderstood, readEndFooter, readFooter, vhdKind } from './vhd-footer.ts';

/** The start of the footer of a dynamic disk of 10 MiB that qemu-img 7.2 made with force_size. */
const QEMU =
  '636f6e6563746978000000020001000000000000000002003292d2e871656d32000500035769326b' +
  '0000000000a000000000000000a00000ffff10ff00000003ffffea8db5530ab0410c4ac3b97619b8d4e7e0b1';

function qemuFooter(): Uint8Array {
  const bytes = new Uint8Array(512);
  for (let i = 0; i < QEMU.length / 2; i++) bytes[i] = Number.parseInt(QEMU.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

describe('readFooter', () => {
  it('reads what qemu-img writes', () => {
    const read = readEndFooter(new MemoryFile(qemuFooter()));
    if (read.kind !== 'good') throw new Error(read.kind);
    expect(read.footer).toMatchObject({
      creator: 'qem2',
      features: 2,
      version: 0x10000,
      currentSize: 10_485_760,
      dataOffset: 512,
      geometry: { cylinders: 65_535, heads: 16, sectorsPerTrack: 255 },
    });
    expect([vhdKind(read.footer), footerUnderstood(read.footer)]).toEqual(['dynamic', true]);
    expect(read.bytes).toEqual(qemuFooter());
  });

  it('tells a wrong checksum from no footer', () => {
    const bytes = qemuFooter();
    bytes[30]++;
    expect(readFooter(new MemoryFile(bytes), 0)).toMatchObject({
      kind: 'checksum',
      stored: 0xffffea8d,
      computed: 0xffffea8c,
    });
    bytes[0] = 0;
    expect(readFooter(new MemoryFile(bytes), 0)).toEqual({ kind: 'absent' });
    expect(readFooter(new MemoryFile(qemuFooter()), 512)).toEqual({ kind: 'absent' });
    expect(readFooter(new MemoryFile(qemuFooter()), -1)).toEqual({ kind: 'absent' });
  });
});
