/**
 * The reader's files: what each of them is, by what is in it and not by its name, and whether a guest can be started from those that are there.
 * A file of ours (`npm run guest -- export`) holds everything at once.
 */
import type { GuestParts } from './protocol.ts';

/** A sentence for the reader: what is wrong with a file, or what is missing. */
export class FileProblem extends Error {}

type Bytes = Uint8Array<ArrayBuffer>;

export type Role = 'bios' | 'vga' | 'linux' | 'ipxe' | 'initrd' | 'bundle';

/** A file that was recognised. */
export interface Recognised {
  readonly role: Role;
  readonly name: string;
  /** What it is, for the reader. */
  readonly says: string;
  readonly bytes: Bytes;
}

const text = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));
const word = (bytes: Uint8Array, at: number): number => bytes[at] | (bytes[at + 1] << 8);

const HEADER = { MAGIC: 0x202, VERSION: 0x20e, SECTORS: 0x1f1, SYSTEM_SIZE: 0x1f4 } as const;
const SECTOR = 512;
const MOST_IPXE = 2_000_000;
const CPIO = '070701';
/** Sizes that a system BIOS has. */
const BIOS_BYTES = [0x10000, 0x20000, 0x40000, 0x80000];

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const isKernel = (bytes: Uint8Array): boolean => bytes.length > 0x400 && text(bytes, 0x202, 0x206) === 'HdrS';

/** What a kernel says it is: a text within its header. */
function kernelVersion(bytes: Uint8Array): string {
  const from = word(bytes, HEADER.VERSION) + 0x200;
  const end = bytes.indexOf(0, from);
  return text(bytes, from, Math.min(end < 0 ? from : end, from + 200));
}

/** Bytes that a kernel must have by its own header. */
function kernelBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return ((bytes[HEADER.SECTORS] || 4) + 1) * SECTOR + view.getUint32(HEADER.SYSTEM_SIZE, true) * 16;
}

function kernel(name: string, bytes: Bytes): Recognised {
  const version = kernelVersion(bytes);
  // The length is counted in units of 16 bytes, rounded up.
  if (bytes.length + 16 < kernelBytes(bytes))
    throw new FileProblem(
      `${name} is cut short: it should have ${kernelBytes(bytes)} bytes and has ${bytes.length}. Fetch it again.`,
    );
  // Linux says who made it; iPXE says its version alone.
  const ipxe = !/^\S+ \(.*\) #/.test(version) && bytes.length < MOST_IPXE;
  const release = version.split(' ')[0];
  if (!ipxe && /(amd64|x86_64)/.test(release))
    throw new FileProblem(
      `${name} is a kernel for 64-bit processors (${release}). The emulator has 32 bits: take the one of linux-image-686.`,
    );
  return { role: ipxe ? 'ipxe' : 'linux', name, says: ipxe ? `iPXE ${release}` : `Linux ${release}`, bytes };
}

/** What a file is. Throws a {@link FileProblem} when no guest can use it. */
export async function recognise(name: string, bytes: Bytes): Promise<Recognised> {
  if (isKernel(bytes)) return kernel(name, bytes);
  if (bytes[0] === 0x55 && bytes[1] === 0xaa) return { role: 'vga', name, says: 'video BIOS', bytes };
  if (BIOS_BYTES.includes(bytes.length) && bytes[bytes.length - 16] === 0xea)
    return { role: 'bios', name, says: 'system BIOS', bytes };
  const plain = isGzip(bytes) ? await unzipped(name, bytes) : bytes;
  if (text(plain, 0, CPIO.length) === CPIO) {
    const bundle = hasManifest(plain);
    return {
      ...{ role: bundle ? 'bundle' : 'initrd', name },
      ...{ says: bundle ? 'everything in one file' : 'initial file system', bytes: bundle ? plain : bytes },
    };
  }
  if (isGzip(bytes)) return { role: 'initrd', name, says: 'initial file system', bytes };
  throw new FileProblem(
    `${name} is nothing that a guest can start from: it is no kernel, no BIOS, no initial file system and no file of npm run guest.`,
  );
}

/** A packed file, unpacked. */
async function unzipped(name: string, bytes: Bytes): Promise<Bytes> {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new FileProblem(
      `${name} is damaged: it begins like a gzip file and cannot be unpacked. Fetch it again.`,
    );
  }
}

const MANIFEST = 'ringside.json';

const hasManifest = (bytes: Uint8Array): boolean => text(bytes, 110, 110 + MANIFEST.length) === MANIFEST;

/** The files of an archive in the kernel's cpio format, by path. */
export function readCpio(name: string, bytes: Bytes): Map<string, Bytes> {
  const found = new Map<string, Bytes>();
  const field = (at: number, index: number): number =>
    Number.parseInt(text(bytes, at + 6 + 8 * index, at + 14 + 8 * index), 16);
  for (let at = 0; ; ) {
    const [size, nameSize] = [field(at, 6), field(at, 11)];
    const from = (at + 110 + nameSize + 3) & ~3;
    if (text(bytes, at, at + 6) !== CPIO || !(from + size <= bytes.length))
      throw new FileProblem(`${name} is damaged: it ends in the middle. Make it again, or fetch it again.`);
    const path = text(bytes, at + 110, at + 110 + nameSize - 1);
    if (path === 'TRAILER!!!') return found;
    found.set(path, bytes.slice(from, from + size));
    at = (from + size + 3) & ~3;
  }
}

interface Manifest {
  readonly kind: 'linux' | 'ipxe';
  readonly name: string;
  readonly commandLine: string;
  /** SHA-256 of each file, in hexadecimal. */
  readonly files: Readonly<Record<string, string>>;
}

async function fromBundle({ name, bytes }: Recognised): Promise<GuestParts> {
  const files = readCpio(name, bytes);
  const manifest = JSON.parse(new TextDecoder().decode(files.get(MANIFEST))) as Manifest;
  for (const [path, sum] of Object.entries(manifest.files)) {
    const content = files.get(path);
    if (!content || (await sha256(content)) !== sum)
      throw new FileProblem(`${name} is damaged: ${path} in it is not what its list says. Make it again.`);
  }
  const need = (path: string): Bytes => {
    const content = files.get(path);
    if (!content) throw new FileProblem(`${name} has no ${path} in it. Make it again.`);
    return content;
  };
  return {
    kind: manifest.kind,
    name: manifest.name,
    commandLine: manifest.commandLine,
    bios: need('bios'),
    kernel: need('kernel'),
    ...(files.has('vga') ? { vga: need('vga') } : {}),
    ...(files.has('initrd') ? { initrd: need('initrd') } : {}),
  };
}

/** SHA-256 needs a secure context; where there is none, a file is taken as it is. */
async function sha256(bytes: Bytes): Promise<string | undefined> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What is still missing for a start; empty when nothing is. */
export function missing(files: readonly Recognised[]): string[] {
  const has = (role: Role): boolean => files.some((file) => file.role === role);
  if (has('bundle')) return [];
  const lacks: string[] = [];
  if (!has('bios')) lacks.push('SeaBIOS (bios.bin of the package seabios)');
  if (!has('linux') && !has('ipxe')) lacks.push('a kernel (vmlinuz for i386, or ipxe.lkrn)');
  if (has('ipxe') && !has('linux') && !has('vga')) lacks.push('a video BIOS (vgabios-stdvga.bin)');
  if (has('linux') && !has('initrd')) lacks.push('an initial file system with the hv_ modules');
  return lacks;
}

/** The guest that these files make. Throws a {@link FileProblem}. */
export async function guestOf(files: readonly Recognised[]): Promise<GuestParts> {
  const one = (role: Role): Recognised | undefined => files.find((file) => file.role === role);
  const bundle = one('bundle');
  if (bundle) return fromBundle(bundle);
  const lacks = missing(files);
  if (lacks.length > 0) throw new FileProblem(`Still missing: ${lacks.join('; ')}.`);
  const main = (one('linux') ?? one('ipxe')) as Recognised;
  const vga = one('vga');
  const initrd = one('initrd');
  return {
    ...{ kind: main.role as 'linux' | 'ipxe', name: main.says, commandLine: '' },
    ...{ bios: (one('bios') as Recognised).bytes, kernel: main.bytes },
    ...(vga ? { vga: vga.bytes } : {}),
    ...(initrd && main.role === 'linux' ? { initrd: initrd.bytes } : {}),
  };
}
