import { describe, expect, it } from 'vitest';
import type { Overlay } from './memory.ts';
import { GuestMemory, PAGE_SIZE } from './memory.ts';

function cover(memory: GuestMemory, gpa: number, byte: number, readOnly = false): Overlay {
  const overlay = memory.mapOverlay(gpa, page(byte), { readOnly });
  if (!overlay) throw new Error(`no RAM at ${gpa}`);
  return overlay;
}

const page = (byte: number): Uint8Array => new Uint8Array(PAGE_SIZE).fill(byte);

describe('guest memory', () => {
  it('is little-endian and indexed by guest-physical address', () => {
    const memory = new GuestMemory(2 * PAGE_SIZE);
    expect(memory.write32(0x10, 0x8765_4321)).toBe(true);
    expect([...memory.u8.slice(0x10, 0x14)]).toEqual([0x21, 0x43, 0x65, 0x87]);
    expect(memory.u32[4]).toBe(0x8765_4321);
    memory.write64(0x18, 0x1122_3344_5566_7788n);
    expect(memory.read32(0x18)).toBe(0x5566_7788);
    expect(memory.read64(0x18)).toBe(0x1122_3344_5566_7788n);
  });

  it('floats high beyond RAM and refuses to write there', () => {
    const memory = new GuestMemory(PAGE_SIZE);
    expect(memory.read32(PAGE_SIZE - 2)).toBe(0xffff_ffff);
    expect(memory.read64(PAGE_SIZE)).toBe(0xffff_ffff_ffff_ffffn);
    expect([...memory.read(-1, 2)]).toEqual([0xff, 0xff]);
    expect(memory.write(PAGE_SIZE - 1, Uint8Array.of(1, 2))).toBe(false);
    expect(memory.u8[PAGE_SIZE - 1]).toBe(0);
    expect(memory.valid(Number.NaN, 1)).toBe(false);
  });

  it('lives in foreign memory and moves with it', () => {
    const first = new ArrayBuffer(4 * PAGE_SIZE);
    const memory = new GuestMemory({ buffer: first, byteOffset: PAGE_SIZE, size: 2 * PAGE_SIZE });
    memory.write32(0, 0xabcd);
    expect(new DataView(first).getUint32(PAGE_SIZE, true)).toBe(0xabcd);
    const second = new ArrayBuffer(8 * PAGE_SIZE);
    new Uint8Array(second).set(new Uint8Array(first));
    memory.rebase(second, PAGE_SIZE);
    expect(memory.read32(0)).toBe(0xabcd);
    memory.write32(0, 1);
    expect(new DataView(first).getUint32(PAGE_SIZE, true)).toBe(0xabcd);
  });
});

describe('overlay pages', () => {
  it('hide the page beneath, which reappears untouched', () => {
    const memory = new GuestMemory(4 * PAGE_SIZE);
    memory.u8.fill(7, PAGE_SIZE, 2 * PAGE_SIZE);
    const overlay = cover(memory, PAGE_SIZE, 0);
    expect(memory.u8[PAGE_SIZE]).toBe(0);
    memory.u8[PAGE_SIZE + 5] = 99;
    expect(memory.unmapOverlay(overlay)[5]).toBe(99);
    expect(memory.u8.slice(PAGE_SIZE, 2 * PAGE_SIZE).every((byte) => byte === 7)).toBe(true);
  });

  it('stack: the last one placed is seen, and any may go first', () => {
    const memory = new GuestMemory(2 * PAGE_SIZE);
    memory.u8.fill(1, 0, PAGE_SIZE);
    const lower = cover(memory, 0, 2);
    const upper = cover(memory, 0, 3);
    expect(memory.u8[0]).toBe(3);
    expect(memory.unmapOverlay(lower)[0]).toBe(2);
    expect(memory.u8[0]).toBe(3);
    memory.unmapOverlay(upper);
    expect(memory.u8[0]).toBe(1);
  });

  it('can be read-only to everyone but the hypervisor', () => {
    const memory = new GuestMemory(3 * PAGE_SIZE);
    const overlay = cover(memory, PAGE_SIZE, 0xc3, true);
    expect(memory.write(PAGE_SIZE - 2, Uint8Array.of(1, 2, 3, 4))).toBe(false);
    expect(memory.write32(2 * PAGE_SIZE, 5)).toBe(true);
    memory.unmapOverlay(overlay);
    expect(memory.write(PAGE_SIZE - 2, Uint8Array.of(1, 2, 3, 4))).toBe(true);
  });

  it('do not exist where there is no RAM', () => {
    const memory = new GuestMemory(PAGE_SIZE);
    expect(memory.mapOverlay(PAGE_SIZE, page(0))).toBeUndefined();
  });
});
