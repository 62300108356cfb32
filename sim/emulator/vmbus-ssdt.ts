/**
 * The ACPI table by which a guest finds VMBus: a device `_HID "VMBUS"` with the memory that devices of the bus may use. Linux binds its bus
 * driver to nothing else. Put in front of the initial file system it is loaded with the firmware's own tables.
 *
 * Sources: ACPI 6.5, section 20 (AML) and 6.4 (resource descriptors); Linux `drivers/hv/vmbus_drv.c` (vmbus_acpi_device_ids,
 * vmbus_walk_resources), `Documentation/admin-guide/acpi/initrd_table_override.rst`.
 */

/** Where the kernel looks for tables in an uncompressed archive. */
export const SSDT_PATH = 'kernel/firmware/acpi/ssdt.aml';

/** Guest-physical addresses for devices of the bus, above all RAM. */
export const VMBUS_MMIO = { FIRST: 0xf800_0000, BYTES: 0x0400_0000 } as const;

const AML = {
  NAME: 0x08,
  STRING: 0x0d,
  SCOPE: 0x10,
  BUFFER: 0x11,
  BYTE: 0x0a,
  EXTENDED: 0x5b,
  DEVICE: 0x82,
} as const;
const HEADER_BYTES = 36;
/** Producer of addresses, both ends fixed; readable and writable memory. */
const DWORD_MEMORY = { TAG: 0x87, LENGTH: 23, TYPE: 0, FLAGS: 0x0c, MEMORY_FLAGS: 0x01 } as const;
const END_TAG = [0x79, 0x00];
const PRESENT = 0x0f;

/** The table, with its check sum. */
export function vmbusSsdt(): Uint8Array {
  const device = [
    ...name('VMBS'),
    ...[AML.NAME, ...name('_HID'), AML.STRING, ...text('VMBUS'), 0],
    ...[AML.NAME, ...name('_UID'), 0],
    ...[AML.NAME, ...name('_STA'), AML.BYTE, PRESENT],
    ...[AML.NAME, ...name('_CRS'), ...buffer([...memory(), ...END_TAG])],
  ];
  const body = withLength(
    [AML.SCOPE],
    [...text('\\_SB_'), ...withLength([AML.EXTENDED, AML.DEVICE], device)],
  );
  const bytes = Uint8Array.from([...header(HEADER_BYTES + body.length), ...body]);
  bytes[9] = -bytes.reduce((sum, byte) => sum + byte, 0);
  return bytes;
}

/** Signature, length, revision, check sum, and who made it. */
function header(length: number): number[] {
  return [
    ...[...text('SSDT'), ...word32(length), 2, 0],
    ...[...text('RNGSDE'), ...text('VMBUSDEV'), ...word32(1)],
    ...[...text('RING'), ...word32(1)],
  ];
}

function memory(): number[] {
  const { FIRST, BYTES } = VMBUS_MMIO;
  const { TAG, LENGTH, TYPE, FLAGS, MEMORY_FLAGS } = DWORD_MEMORY;
  const numbers = [0, FIRST, FIRST + BYTES - 1, 0, BYTES].flatMap(word32);
  return [TAG, LENGTH, 0, TYPE, FLAGS, MEMORY_FLAGS, ...numbers];
}

/** Operator, length of the package, contents. The length counts its own bytes: one up to 63, else two. */
function withLength(operator: readonly number[], contents: readonly number[]): number[] {
  const short = contents.length + 1;
  if (short < 64) return [...operator, short, ...contents];
  const long = contents.length + 2;
  return [...operator, 0x40 | (long & 0xf), long >>> 4, ...contents];
}

const buffer = (bytes: readonly number[]): number[] =>
  withLength([AML.BUFFER], [AML.BYTE, bytes.length, ...bytes]);
const text = (chars: string): number[] => [...chars].map((char) => char.charCodeAt(0));
const name = (chars: string): number[] => text(chars.padEnd(4, '_'));
const word32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
