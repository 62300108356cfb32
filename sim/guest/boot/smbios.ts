/**
 * The SMBIOS table that tells an operating system whose machine it is on: an entry point in the last 64 KiB of the first megabyte, and
 * the structure of type 1 with vendor and product.
 *
 * Linux reads it as "DMI". Its ATA driver for the PIIX looks for the strings of a Hyper-V machine there.
 *
 * Source: DMTF DSP0134 (System Management BIOS), sections 5.2.1 and 7.2; strings as in Linux `drivers/ata/ata_piix.c`
 * (piix_ignore_devices_quirk).
 */
import type { GuestMemory } from '../../machine/memory.ts';

/** What the firmware of a machine of generation 1 calls it. */
export const HYPERV_MACHINE = { vendor: 'Microsoft Corporation', product: 'Virtual Machine' } as const;

/** Vendor and product of a machine. */
export interface MachineName {
  readonly vendor: string;
  readonly product: string;
}

/** Entry points are looked for here, at multiples of 16. */
const AREA = 0xf_0000;
const AREA_END = 0x10_0000;
const STEP = 16;
const ENTRY = 0xf_0010;
const TABLE = 0xf_0040;
const ENTRY_BYTES = 0x1f;
const MIDDLE = 0x10;
const SYSTEM_INFORMATION = 1;
const SYSTEM_BYTES = 0x1b;

const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));

/** The firmware writes both. */
export function writeSmbios(memory: GuestMemory, { vendor, product }: MachineName = HYPERV_MACHINE): void {
  const strings = [...ascii(vendor), 0, ...ascii(product), 0, 0];
  const table = new Uint8Array(SYSTEM_BYTES + strings.length);
  table.set([SYSTEM_INFORMATION, SYSTEM_BYTES, 1, 0, 1, 2]);
  table.set(strings, SYSTEM_BYTES);
  const entry = new Uint8Array(ENTRY_BYTES);
  entry.set(ascii('_SM_'));
  entry.set([ENTRY_BYTES, 2, 4], 5);
  entry.set(ascii('_DMI_'), MIDDLE);
  const view = new DataView(entry.buffer);
  view.setUint16(MIDDLE + 6, table.length, true);
  view.setUint32(MIDDLE + 8, TABLE, true);
  view.setUint16(MIDDLE + 12, 1, true);
  entry[MIDDLE + 5] = complement(entry.subarray(MIDDLE));
  entry[4] = complement(entry);
  memory.write(TABLE, table);
  memory.write(ENTRY, entry);
}

/** What makes the sum of all bytes 0. */
const complement = (bytes: Uint8Array): number => -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;

/** Looks for the table as a kernel does. `undefined` when there is none, or its sum is wrong. */
export function readSmbios({ u8, view }: GuestMemory): MachineName | undefined {
  for (let at = AREA; at < AREA_END; at += STEP) {
    if (view.getUint32(at, true) !== ANCHOR || complement(u8.subarray(at, at + u8[at + 5])) !== 0) continue;
    const table = view.getUint32(at + MIDDLE + 8, true);
    return systemName(u8.slice(table, table + view.getUint16(at + MIDDLE + 6, true)));
  }
  return undefined;
}

/** "_SM_" as a number. */
const ANCHOR = 0x5f4d535f;

function systemName(table: Uint8Array): MachineName | undefined {
  if (table.length < 2 || table[0] !== SYSTEM_INFORMATION || table[1] > table.length) return undefined;
  const strings = String.fromCharCode(...table.subarray(table[1])).split('\0');
  const text = (number: number): string => (number === 0 ? '' : (strings[number - 1] ?? ''));
  return { vendor: text(table[4]), product: text(table[5]) };
}
