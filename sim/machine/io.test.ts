import { describe, expect, it } from 'vitest';
import { SimBug } from '../core/errors.ts';
import { Hypervisor } from './hypervisor.ts';
import type { PortHandler } from './io.ts';
import { IoMap } from './io.ts';
import type { Partition } from './partition.ts';

function guest(): Partition {
  return new Hypervisor().createPartition({ memory: 64 * 1024 });
}

const silent: PortHandler = { in: () => 0, out: () => undefined };

describe('ports', () => {
  it('that nobody claims float high, and exit all the same', () => {
    const partition = guest();
    expect([1, 2, 4].map((width) => partition.portIn(0, 0x80, width as 1 | 2 | 4))).toEqual([
      0xff, 0xffff, 0xffff_ffff,
    ]);
    partition.portOut(0, 0x80, 1, 5);
    expect(partition.counters.deviceIntercepts).toBe(4);
    expect(partition.vps[0].now).toBe(4 * 32_400);
  });

  it('go to their device with number and width', () => {
    const partition = guest();
    const seen: number[][] = [];
    partition.io.claimPorts(0x1f0, 8, 'port-worker', {
      in: (port, width) => port + width,
      out: (port, width, value) => seen.push([port, width, value]),
    });
    expect(partition.portIn(0, 0x1f7, 1)).toBe(0x1f8);
    expect(partition.portIn(0, 0x1f8, 1)).toBe(0xff);
    partition.portOut(0, 0x1f0, 2, 0xabcd);
    expect(seen).toEqual([[0x1f0, 2, 0xabcd]]);
  });

  it('have one owner at a time', () => {
    const map = new IoMap();
    map.claimPorts(0x10, 4, 'port-worker', silent);
    expect(() => map.claimPorts(0x13, 1, 'port-worker', silent)).toThrow(SimBug);
    expect(() => map.claimPorts(0xffff, 2, 'port-worker', silent)).toThrow(SimBug);
    map.releasePorts(0x10, 4);
    map.claimPorts(0x13, 1, 'port-worker', silent);
  });

  it('may belong to a device in the root’s kernel, which is nearer', () => {
    const partition = guest();
    partition.io.claimPorts(0x10, 1, 'port-root-kernel', silent);
    partition.portIn(0, 0x10, 1);
    expect(partition.vps[0].now).toBe(27_700);
    expect(partition.counters.ringTransitions).toBe(5);
  });
});

describe('string access', () => {
  it('is done by the device itself when it can', () => {
    const partition = guest();
    const calls: number[][] = [];
    partition.io.claimPorts(0x1f0, 1, 'port-worker', {
      ...silent,
      inString: (port, width, gpa, count) => {
        calls.push([port, width, gpa, count]);
        partition.memory.u8.fill(0x5a, gpa, gpa + width * count);
        return count;
      },
      outString: () => 1,
    });
    expect(partition.portInString(0, 0x1f0, 2, 0x1000, 256)).toBe(256);
    expect(calls).toEqual([[0x1f0, 2, 0x1000, 256]]);
    expect(partition.memory.u8[0x11ff]).toBe(0x5a);
    expect(partition.portOutString(0, 0x1f0, 2, 0x1000, 256)).toBe(1);
    expect(partition.counters.bytesCopied('pio')).toBe(514);
    expect(partition.counters.deviceIntercepts).toBe(2);
  });

  it('moves what is RAM and no more', () => {
    const partition = guest();
    partition.io.claimPorts(0x1f0, 1, 'port-worker', silent);
    expect(partition.portInString(0, 0x1f0, 2, 0xfffc, 100)).toBe(2);
    expect(partition.portInString(0, 0x1f0, 2, 0x1_0000, 100)).toBe(0);
    expect(partition.portInString(0, 0x1f0, 4, 0xffff, 1)).toBe(0);
    expect(partition.portOutString(0, 0x1f0, 2, 0, 5000)).toBe(1024);
    expect(partition.portOutString(0, 0x1f0, 2, 0, 0)).toBe(0);
  });
});

describe('memory that is no RAM', () => {
  it('floats high where nobody answers', () => {
    const partition = guest();
    expect(partition.mmioRead(0, 0xf000_0000, 4)).toBe(0xffff_ffff);
    partition.mmioWrite(0, 0xf000_0000, 4, 1);
    expect(partition.counters.passed('mmio-worker')).toBe(2);
  });

  it('goes to its device', () => {
    const partition = guest();
    let register = 0;
    partition.io.claimMmio(0xfec0_0000, 0x1000, 'mmio-worker', {
      read: (gpa) => register + (gpa & 0xff),
      write: (_gpa, _width, value) => {
        register = value;
      },
    });
    partition.mmioWrite(0, 0xfec0_0010, 4, 100);
    expect(partition.mmioRead(0, 0xfec0_0010, 4)).toBe(116);
    expect(partition.vps[0].now).toBe(2 * 58_900);
    expect(() =>
      partition.io.claimMmio(0xfec0_0fff, 1, 'mmio-worker', { read: () => 0, write: () => undefined }),
    ).toThrow(SimBug);
  });
});
