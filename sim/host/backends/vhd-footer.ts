/**
 * Finding and judging a VHD's footers: 512 bytes that end the file, and in a dynamic disk a copy at offset 0.
 *
 * The layout is declared in `wire/vhd.ts`. Here is what a reader needs besides: whether bytes are no footer at all or a footer with a
 * wrong checksum, and the fields that decide whether a reader may go on.
 *
 * Source: Microsoft, "Virtual Hard Disk Image Format Specification" 1.0, section "Hard Disk Footer Format".
 */
import {
  parseVhdFooter,
  VHD_FOOTER_CHECKSUM_AT,
  VHD_FOOTER_SIZE,
  VHD_TYPE,
  type VhdFooter,
  vhdChecksum,
} from '../../wire/vhd.ts';
import type { ByteFile } from './byte-file.ts';

/** `current size` may not exceed 2040 GiB: Windows refuses more, and so does QEMU (VHD_MAX_SECTORS in block/vpc.c). */
export const VHD_MAX_BYTES = 2040 * 2 ** 30;
/** The format's own version, 1.0. A reader must refuse another major. */
const VERSION = 0x0001_0000;
/** Bit 0 marks a temporary disk, bit 1 is always set; a reader must refuse what it does not know. */
const KNOWN_FEATURES = 0b11;
const AT = { features: 8, version: 12, creator: 28 } as const;

/** A footer with the fields that a writer has no choice in. */
export interface ImageFooter extends VhdFooter {
  readonly features: number;
  readonly version: number;
  /** Four characters: 'win ' Hyper-V and Windows, 'vpc ' Virtual PC, 'vs  ' Virtual Server, 'qemu' and 'qem2' QEMU, 'd2v ' Disk2vhd. */
  readonly creator: string;
}

/** What 512 bytes are: a good footer, one whose checksum is wrong, or none at all. */
export type FooterRead =
  | { readonly kind: 'good'; readonly footer: ImageFooter; readonly bytes: Uint8Array; readonly at: number }
  | { readonly kind: 'checksum'; readonly stored: number; readonly computed: number; readonly at: number }
  | { readonly kind: 'absent' };

/** Reads the footer at file offset `at`. */
export function readFooter(file: ByteFile, at: number): FooterRead {
  if (at < 0 || at + VHD_FOOTER_SIZE - 1 > file.size) return { kind: 'absent' };
  const bytes = Uint8Array.from(file.read(at, VHD_FOOTER_SIZE));
  if (ascii(bytes, 0, 8) !== 'conectix') return { kind: 'absent' };
  const view = new DataView(bytes.buffer);
  const footer = parseVhdFooter(bytes);
  if (footer === undefined) {
    const computed = vhdChecksum(bytes, VHD_FOOTER_CHECKSUM_AT);
    return { kind: 'checksum', stored: view.getUint32(VHD_FOOTER_CHECKSUM_AT), computed, at };
  }
  const features = view.getUint32(AT.features);
  const version = view.getUint32(AT.version);
  return {
    kind: 'good',
    footer: { ...footer, features, version, creator: ascii(bytes, AT.creator, 4) },
    bytes,
    at,
  };
}

/** Reads the footer that ends the file. Virtual PC before 2004 wrote 511 bytes, so both places are tried. */
export function readEndFooter(file: ByteFile): FooterRead {
  const usual = readFooter(file, file.size - VHD_FOOTER_SIZE);
  return usual.kind === 'absent' ? readFooter(file, file.size - VHD_FOOTER_SIZE + 1) : usual;
}

/** True when a reader of version 1 may go on: same major version, no feature that it does not know. */
export function footerUnderstood(footer: ImageFooter): boolean {
  return footer.version >>> 16 === VERSION >>> 16 && (footer.features & ~KNOWN_FEATURES) === 0;
}

/** The kind of disk, `undefined` for type numbers that are deprecated or reserved. */
export function vhdKind(footer: VhdFooter): 'fixed' | 'dynamic' | 'differencing' | undefined {
  if (footer.type === VHD_TYPE.FIXED) return 'fixed';
  if (footer.type === VHD_TYPE.DYNAMIC) return 'dynamic';
  return footer.type === VHD_TYPE.DIFFERENCING ? 'differencing' : undefined;
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
