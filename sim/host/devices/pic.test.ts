import { beforeEach, describe, expect, it } from 'vitest';
import { Pic } from './pic.ts';

/** Initialises the pair as PC firmware and Linux do: vectors 30h and 38h, slave on input 2. */
function initialise(pic: Pic, masterMask = 0, slaveMask = 0): void {
  for (const [port, value] of [
    [0x20, 0x11],
    [0x21, 0x30],
    [0x21, 0x04],
    [0x21, 0x01],
    [0xa0, 0x11],
    [0xa1, 0x38],
    [0xa1, 0x02],
    [0xa1, 0x01],
    [0x21, masterMask],
    [0xa1, slaveMask],
  ] as const)
    pic.out(port, 1, value);
}

describe('the 8259A pair', () => {
  let levels: boolean[];
  let pic: Pic;
  beforeEach(() => {
    levels = [];
    pic = new Pic((level) => levels.push(level));
  });

  it('masks everything until it is initialised', () => {
    pic.line(14, true);
    expect(pic.output).toBe(false);
  });

  it('delivers IRQ 14 through the cascade with the vector of the slave', () => {
    initialise(pic);
    pic.line(14, true);
    expect(levels).toEqual([true]);
    expect(pic.acknowledge()).toBe(0x3e);
    expect(pic.output).toBe(false);
  });

  it('keeps lower priorities back until both chips get their EOI', () => {
    initialise(pic);
    pic.line(14, true);
    pic.acknowledge();
    pic.line(15, true);
    expect(pic.output).toBe(false);
    pic.out(0xa0, 1, 0x66);
    pic.out(0x20, 1, 0x62);
    expect(pic.output).toBe(true);
    expect(pic.acknowledge()).toBe(0x3f);
  });

  it('lets a higher priority interrupt a lower one in service', () => {
    initialise(pic);
    pic.line(5, true);
    expect(pic.acknowledge()).toBe(0x35);
    pic.line(1, true);
    expect(pic.acknowledge()).toBe(0x31);
    pic.out(0x20, 1, 0x0b);
    expect(pic.in(0x20)).toBe(0x22);
  });

  it('latches an edge once: a line that stays high asks once', () => {
    initialise(pic);
    pic.line(4, true);
    pic.acknowledge();
    pic.out(0x20, 1, 0x20);
    expect(pic.output).toBe(false);
    pic.line(4, true);
    expect(pic.output).toBe(false);
    pic.line(4, false);
    pic.line(4, true);
    expect(pic.output).toBe(true);
  });

  it('asks again for a level-triggered line that stays high after the EOI', () => {
    initialise(pic);
    pic.out(0x4d1, 1, 0xff);
    expect(pic.in(0x4d1)).toBe(0xde);
    pic.line(10, true);
    pic.acknowledge();
    pic.out(0xa0, 1, 0x20);
    pic.out(0x20, 1, 0x20);
    expect(pic.output).toBe(true);
  });

  it('answers with input 7 when the request went away before the acknowledge', () => {
    initialise(pic);
    pic.line(5, true);
    pic.line(5, false);
    expect(pic.acknowledge()).toBe(0x37);
    pic.out(0x20, 1, 0x0b);
    expect(pic.in(0x20)).toBe(0);
  });

  it('holds a masked request and delivers it when the mask opens', () => {
    initialise(pic, 0xff, 0xff);
    pic.line(14, true);
    expect(pic.in(0xa0)).toBe(0x40);
    expect(pic.output).toBe(false);
    pic.out(0xa1, 1, 0xbf);
    expect(pic.output).toBe(false);
    pic.out(0x21, 1, 0xfb);
    expect(pic.acknowledge()).toBe(0x3e);
  });

  it('rotates priorities on a rotating EOI', () => {
    initialise(pic);
    pic.line(0, true);
    pic.acknowledge();
    pic.out(0x20, 1, 0xa0);
    pic.line(0, false);
    pic.line(0, true);
    pic.line(6, true);
    expect(pic.acknowledge()).toBe(0x36);
  });

  it('keeps nothing in service in automatic EOI mode', () => {
    initialise(pic);
    pic.out(0x20, 1, 0x11);
    for (const word of [0x30, 0x04, 0x03]) pic.out(0x21, 1, word);
    pic.line(3, true);
    expect(pic.acknowledge()).toBe(0x33);
    pic.out(0x20, 1, 0x0b);
    expect(pic.in(0x20)).toBe(0);
  });

  it('is acknowledged by a poll', () => {
    initialise(pic);
    pic.out(0x20, 1, 0x0c);
    expect(pic.in(0x20)).toBe(0);
    pic.line(6, true);
    pic.out(0x20, 1, 0x0c);
    expect(pic.in(0x20)).toBe(0x86);
    expect(pic.output).toBe(false);
  });
});
