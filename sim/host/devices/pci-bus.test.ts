import { describe, expect, it } from 'vitest';
import { configAddress } from '../../wire/pci.ts';
import { IdePci } from './ide-pci.ts';
import { PciBus } from './pci-bus.ts';

function setUp() {
  const bus = new PciBus();
  const maps: (number | undefined)[] = [];
  bus.add({ device: 7, function: 1 }, new IdePci((port) => maps.push(port)));
  const at = (device: number, fn: number, register: number, number = 0) =>
    bus.out(0xcf8, 4, configAddress({ bus: number, device, function: fn, register }));
  const read = (device: number, fn: number, register: number) => {
    at(device, fn, register);
    return bus.in(0xcfc, 4);
  };
  return { bus, maps, at, read };
}

describe('PCI configuration mechanism 1', () => {
  it('finds the host bridge, the ISA bridge and the IDE function', () => {
    const { read } = setUp();
    expect(read(0, 0, 0)).toBe(0x7192_8086);
    expect(read(7, 0, 0)).toBe(0x7110_8086);
    expect(read(7, 0, 0x0c)).toBe(0x80_0000);
    expect(read(7, 1, 0)).toBe(0x7111_8086);
    expect(read(7, 1, 8)).toBe(0x0101_8001);
    expect(read(7, 1, 0x40)).toBe(0x8000_8000);
  });

  it('returns ones for empty slots, other buses, a disabled window and odd widths of the address', () => {
    const { bus, at, read } = setUp();
    expect(read(3, 0, 0)).toBe(0xffff_ffff);
    at(7, 1, 0, 1);
    expect(bus.in(0xcfc, 2)).toBe(0xffff);
    bus.out(0xcf8, 4, 0);
    expect(bus.in(0xcfc, 4)).toBe(0xffff_ffff);
    bus.out(0xcf8, 1, 0xff);
    expect(bus.in(0xcf8, 4)).toBe(0);
    expect(bus.in(0xcf9, 1)).toBe(0xff);
  });

  it('reads and writes parts of a register', () => {
    const { bus, at, maps } = setUp();
    at(7, 1, 0);
    expect(bus.in(0xcfe, 2)).toBe(0x7111);
    expect(bus.in(0xcfd, 1)).toBe(0x80);
    at(7, 1, 0x20);
    bus.out(0xcfc, 2, 0xffff);
    expect(bus.in(0xcfc, 4)).toBe(0xfff1);
    at(7, 1, 0x04);
    bus.out(0xcfc, 1, 0x07);
    expect(bus.in(0xcfc, 4)).toBe(0x0280_0005);
    at(7, 1, 0x40);
    bus.out(0xcff, 1, 0);
    expect(bus.in(0xcfc, 4)).toBe(0x0000_8000);
    expect(maps.at(-1)).toBe(0xfff0);
  });

  it('does not let the guest change a bridge', () => {
    const { bus, at, read } = setUp();
    at(0, 0, 0);
    bus.out(0xcfc, 4, 0);
    expect(read(0, 0, 0)).toBe(0x7192_8086);
  });
});
