import { beforeEach, describe, expect, it } from 'vitest';
import { type ApicMessage, IoApic } from './ioapic.ts';

describe('the I/O APIC', () => {
  let messages: ApicMessage[];
  let ioapic: IoApic;
  const writeRegister = (index: number, value: number) => {
    ioapic.write(0x00, 4, index);
    ioapic.write(0x10, 4, value);
  };
  const readRegister = (index: number) => {
    ioapic.write(0x00, 4, index);
    return ioapic.read(0x10, 4);
  };
  beforeEach(() => {
    messages = [];
    ioapic = new IoApic((message) => messages.push(message));
  });

  it('says that it has 24 entries, all masked after reset', () => {
    expect(readRegister(1)).toBe(0x170011);
    for (let entry = 0; entry < 24; entry++) expect(readRegister(0x10 + 2 * entry)).toBe(0x10000);
    ioapic.line(14, true);
    expect(messages).toEqual([]);
  });

  it('sends the vector of the entry to its destination on a rising edge, once', () => {
    writeRegister(0x10 + 28, 0x3e);
    writeRegister(0x11 + 28, 0x0200_0000);
    ioapic.line(14, true);
    ioapic.line(14, true);
    expect(messages).toEqual([{ vector: 0x3e, mode: 0, destination: 2, logical: false, level: false }]);
    ioapic.line(14, false);
    ioapic.line(14, true);
    expect(messages).toHaveLength(2);
  });

  it('loses an edge behind the mask', () => {
    writeRegister(0x10 + 28, 0x1003e);
    ioapic.line(14, true);
    writeRegister(0x10 + 28, 0x3e);
    expect(messages).toEqual([]);
  });

  it('repeats a level interrupt after the EOI while the line is up', () => {
    writeRegister(0x10 + 20, 0x8050);
    ioapic.line(10, true);
    expect(readRegister(0x10 + 20)).toBe(0xc050);
    ioapic.line(10, true);
    expect(messages).toHaveLength(1);
    ioapic.endOfInterrupt(0x51);
    expect(messages).toHaveLength(1);
    ioapic.endOfInterrupt(0x50);
    expect(messages).toHaveLength(2);
    ioapic.line(10, false);
    ioapic.endOfInterrupt(0x50);
    expect(messages).toHaveLength(2);
    expect(readRegister(0x10 + 20)).toBe(0x8050);
  });

  it('delivers a level that was raised while the entry was masked', () => {
    ioapic.line(10, true);
    writeRegister(0x10 + 20, 0x8050);
    expect(messages).toHaveLength(1);
  });

  it('honours active-low polarity', () => {
    ioapic.line(9, true);
    writeRegister(0x10 + 18, 0x2049);
    ioapic.line(9, false);
    expect(messages).toHaveLength(1);
  });

  it('keeps read-only bits, unknown registers and offsets harmless', () => {
    writeRegister(0x10, 0x15000);
    expect(readRegister(0x10)).toBe(0x10000);
    writeRegister(0xff, 0xffffffff);
    expect(readRegister(0xff)).toBe(0);
    expect(ioapic.read(0x20, 4)).toBe(0);
    writeRegister(0, 0xff000000);
    expect(readRegister(0)).toBe(0x0f000000);
  });
});
