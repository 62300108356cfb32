import { describe, expect, it } from 'vitest';
import { HV_STATUS } from '../wire/hypercall.ts';
import { hvVpset } from '../wire/tlb.ts';
import { allVps, vpsOfMask, vpsOfSet } from './vp-set.ts';

/** The bytes of a set, as a guest writes them: `banks` follow the mask. */
function set(format: number, mask: bigint, banks: readonly bigint[] = []): DataView {
  const bytes = new DataView(new ArrayBuffer(16 + 8 * banks.length));
  bytes.setBigUint64(0, BigInt(format), true);
  bytes.setBigUint64(8, mask, true);
  for (const [i, bank] of banks.entries()) bytes.setBigUint64(16 + 8 * i, bank, true);
  return bytes;
}

const ONES = 0xffff_ffff_ffff_ffffn;

describe('a mask of 64', () => {
  it('names processors by bit', () => {
    expect(vpsOfMask(0x8000_0000_0000_0009n, 64)).toEqual([0, 3, 63]);
  });

  it('skips bits beyond the processors that the partition has', () => {
    expect(vpsOfMask(ONES, 3)).toEqual([0, 1, 2]);
    expect(vpsOfMask(0xf0n, 4)).toEqual([]);
  });

  it('may name nobody', () => {
    expect(vpsOfMask(0n, 64)).toEqual([]);
  });
});

describe('a sparse set', () => {
  it('is read as TLFS’s example: banks 0 and 2, no bytes for bank 1', () => {
    expect(vpsOfSet(set(0, 0x5n, [0x21n, 0x4n]), 0, 2, 200)).toEqual([0, 5, 130]);
  });

  it('has the bytes of its declaration', () => {
    const bytes = hvVpset.encode({ format: 0, valid_bank_mask: 0x5n, bank_contents: [0x21n, 0x4n] });
    expect(vpsOfSet(new DataView(bytes.buffer), 0, 2, 200)).toEqual([0, 5, 130]);
  });

  it('may stand behind other input', () => {
    const bytes = new DataView(new ArrayBuffer(16 + 24));
    bytes.setBigUint64(24, 1n, true);
    bytes.setBigUint64(32, 6n, true);
    expect(vpsOfSet(bytes, 16, 1, 8)).toEqual([1, 2]);
  });

  it('names nobody with an empty mask, and with a bank of zeros', () => {
    expect(vpsOfSet(set(0, 0n), 0, 0, 64)).toEqual([]);
    expect(vpsOfSet(set(0, 1n, [0n]), 0, 1, 64)).toEqual([]);
  });

  it('skips banks and bits beyond the processors that the partition has', () => {
    expect(vpsOfSet(set(0, 1n << 63n, [ONES]), 0, 1, 240)).toEqual([]);
    expect(vpsOfSet(set(0, 0x3n, [1n, ONES]), 0, 2, 66)).toEqual([0, 64, 65]);
  });

  it('with all 64 banks names 4096 processors', () => {
    const banks = Array.from({ length: 64 }, () => ONES);
    expect(vpsOfSet(set(0, ONES, banks), 0, 64, 4096)).toEqual(allVps(4096));
  });

  it.each([
    ['fewer banks than its mask has bits', set(0, 0x5n, [1n, 1n]), 1],
    ['more banks than its mask has bits', set(0, 0x1n, [1n, 1n]), 2],
    ['a mask and no bank', set(0, ONES), 0],
    ['a bank and no mask', set(0, 0n, [1n]), 1],
    ['format 2', set(2, 0x1n, [1n]), 1],
    ['a format of 64 ones', set(-1, 0x1n, [1n]), 1],
  ])('with %s is INVALID_PARAMETER', (_name, bytes, banks) => {
    expect(vpsOfSet(bytes, 0, banks, 64)).toBe(HV_STATUS.INVALID_PARAMETER);
  });
});

describe('the set of all', () => {
  it('is every processor of the partition', () => {
    expect(vpsOfSet(set(1, 0n), 0, 0, 5)).toEqual([0, 1, 2, 3, 4]);
  });

  it('still must have as many banks as its mask has bits', () => {
    expect(vpsOfSet(set(1, 1n, [0n]), 0, 1, 5)).toEqual([0, 1, 2, 3, 4]);
    expect(vpsOfSet(set(1, 1n), 0, 0, 5)).toBe(HV_STATUS.INVALID_PARAMETER);
  });
});
