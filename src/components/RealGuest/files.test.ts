import { describe, expect, it } from 'vitest';
import { writeCpio } from '../../../sim/emulator/cpio.ts';
import { FileProblem, guestOf, missing, readCpio, recognise } from './files.ts';

const bytes = (length: number, fill = 0): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(fill);
const ascii = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** A kernel's header, and as many bytes as it asks for. */
function kernel(version: string, cut = 0): Uint8Array<ArrayBuffer> {
  const image = bytes(2 * 512 + 4096);
  image.set(ascii('HdrS'), 0x202);
  image[0x1f1] = 1;
  image[0x1f4] = 256 - 0;
  new DataView(image.buffer).setUint32(0x1f4, 4096 / 16, true);
  new DataView(image.buffer).setUint16(0x20e, 0x180, true);
  image.set(ascii(version), 0x380);
  return image.slice(0, image.length - cut);
}

function bios(): Uint8Array<ArrayBuffer> {
  const image = bytes(0x20000);
  image[image.length - 16] = 0xea;
  return image;
}

const LINUX = '6.1.0-50-686 (somebody@example) #1 SMP';

async function packed(plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([plain]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function sum(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', content)).toString('hex');
}

async function bundle(damage: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const content = bios();
  const image = kernel(LINUX);
  const files = { bios: await sum(content), kernel: await sum(image) };
  const manifest = ascii(JSON.stringify({ kind: 'linux', name: 'L', commandLine: 'quiet', files }));
  if (damage) content[5] = 1;
  const archive = writeCpio([
    { path: 'ringside.json', kind: 'file', bytes: manifest },
    { path: 'bios', kind: 'file', bytes: content },
    { path: 'kernel', kind: 'file', bytes: image },
  ]);
  return packed(new Uint8Array(archive));
}

describe('recognise', () => {
  it('tells a file by what is in it', async () => {
    expect(await recognise('a', kernel(LINUX))).toMatchObject({ role: 'linux', says: 'Linux 6.1.0-50-686' });
    expect(await recognise('a', kernel('1.0.0+git-20190125'))).toMatchObject({ role: 'ipxe' });
    expect(await recognise('a', bios())).toMatchObject({ role: 'bios' });
    expect(await recognise('a', Uint8Array.of(0x55, 0xaa, 0x20))).toMatchObject({ role: 'vga' });
    const initrd = new Uint8Array(writeCpio([{ path: 'init', kind: 'file', bytes: bytes(3) }]));
    expect(await recognise('a', initrd)).toMatchObject({ role: 'initrd' });
    expect(await recognise('a', await packed(initrd))).toMatchObject({ role: 'initrd' });
  });

  it('says in one sentence what is wrong with a file', async () => {
    const told = (promise: Promise<unknown>): Promise<string> =>
      promise.then(
        () => 'nothing',
        (error) => (error instanceof FileProblem ? error.message : `not a FileProblem: ${error}`),
      );
    expect(await told(recognise('cat.png', bytes(3000, 7)))).toMatch(/^cat\.png is nothing that a guest/);
    expect(await told(recognise('vmlinuz', kernel(LINUX, 2000)))).toMatch(/^vmlinuz is cut short/);
    expect(await told(recognise('v', kernel('6.1.0-50-amd64 (a@b) #1')))).toMatch(/64-bit/);
    expect(await told(recognise('x.gz', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 1, 2)))).toMatch(/is damaged/);
    expect(await told(recognise('empty', bytes(0)))).toMatch(/^empty is nothing/);
  });
});

describe('a bundle', () => {
  it('is a guest when every sum is right', async () => {
    const file = await recognise('linux.guest', await bundle(false));
    expect(file.role).toBe('bundle');
    expect(missing([file])).toEqual([]);
    const parts = await guestOf([file]);
    expect(parts).toMatchObject({ kind: 'linux', name: 'L', commandLine: 'quiet' });
    expect(parts.bios.length).toBe(0x20000);
  });

  it('is refused when a byte in it is not what its list says', async () => {
    const file = await recognise('linux.guest', await bundle(true));
    await expect(guestOf([file])).rejects.toThrow(/linux\.guest is damaged: bios in it/);
  });

  it('is refused when it ends in the middle', () => {
    const whole = new Uint8Array(writeCpio([{ path: 'a', kind: 'file', bytes: bytes(100) }]));
    for (const length of [50, 115, 200])
      expect(() => readCpio('a', whole.slice(0, length))).toThrow(FileProblem);
  });
});

it('says what is missing for a start', async () => {
  const files = [await recognise('ipxe.lkrn', kernel('1.0.0+git'))];
  expect(missing(files)).toHaveLength(2);
  await expect(guestOf(files)).rejects.toThrow(/SeaBIOS.*video BIOS/);
});
