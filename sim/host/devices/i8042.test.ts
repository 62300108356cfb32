/** The keyboard controller as a guest meets it: questions, answers, one interrupt for each byte. */
import { describe, expect, it } from 'vitest';
import { I8042 } from './i8042.ts';

const setUp = () => {
  const raised: number[] = [];
  const device = new I8042((irq, level) => {
    if (level) raised.push(irq);
  });
  const read = () => (device.in(0x64, 1) & 1 ? device.in(0x60, 1) : undefined);
  return { device, raised, read };
};

describe('the keyboard controller', () => {
  it('passes its self test and says who is there', () => {
    const { device, read } = setUp();
    device.out(0x64, 1, 0xaa);
    expect(read()).toBe(0x55);
    device.out(0x60, 1, 0xf2);
    expect([read(), read(), read(), read()]).toEqual([0xfa, 0xab, 0x83, undefined]);
    device.out(0x64, 1, 0xd4);
    device.out(0x60, 1, 0xf2);
    expect(device.in(0x64, 1) & 0x20).toBe(0x20);
    expect([read(), read(), read()]).toEqual([0xfa, 0x00, undefined]);
  });

  it('interrupts once for each byte, and only where it was told to', () => {
    const { device, raised, read } = setUp();
    device.press(0x1e);
    expect(raised).toEqual([]);
    device.out(0x64, 1, 0x60);
    device.out(0x60, 1, 0x01);
    expect(raised).toEqual([1]);
    device.press(0x30);
    expect(raised).toEqual([1]);
    expect(read()).toBe(0x1e);
    expect(raised).toEqual([1, 1]);
    expect(read()).toBe(0x30);
    expect(read()).toBeUndefined();
  });

  it('loses keys that nobody reads, forgets all at a reset, and takes nonsense', () => {
    const { device, read } = setUp();
    for (let i = 0; i < 40; i++) device.press(i);
    expect(device.lost).toBe(24);
    device.reset();
    expect(read()).toBeUndefined();
    device.out(0x64, 1, 0x00);
    device.out(0x60, 1, 0x77);
    expect(read()).toBe(0xfa);
    expect(device.in(0x60, 1)).toBe(0);
  });
});
