/**
 * The cyclic redundancy checks of disk structures, bit-reflected.
 *
 * Sources: UEFI specification 2.10 §5.3 (GPT: CRC-32 as in ISO 3309, polynomial 0x04C11DB7); Linux `Documentation/filesystems/ext4`
 * (`metadata_csum`: CRC-32C without final inversion; `gdt_csum`: CRC-16 of polynomial 0x8005).
 */

function tableOf(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
}

const CRC32 = tableOf(0xedb8_8320);
const CRC32C = tableOf(0x82f6_3b78);
const CRC16 = tableOf(0xa001);

function fold(table: Uint32Array, bytes: Uint8Array, start: number): number {
  let value = start >>> 0;
  for (let i = 0; i < bytes.length; i++) value = (table[(value ^ bytes[i]) & 0xff] ^ (value >>> 8)) >>> 0;
  return value;
}

/** CRC-32 of `bytes`, as a GPT header and its entries carry it: started with all ones, inverted at the end. */
export const crc32 = (bytes: Uint8Array): number => ~fold(CRC32, bytes, 0xffff_ffff) >>> 0;

/**
 * CRC-32C of `bytes`, as ext4 uses it: nothing is inverted, so that the result is the `start` of what follows. The first piece starts
 * with 0xffffffff.
 */
export const crc32c = (bytes: Uint8Array, start: number = 0xffff_ffff): number => fold(CRC32C, bytes, start);

/** CRC-16 of `bytes` as `gdt_csum` uses it; the first piece starts with 0xffff. */
export const crc16 = (bytes: Uint8Array, start: number = 0xffff): number => fold(CRC16, bytes, start);
