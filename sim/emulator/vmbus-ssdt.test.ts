import { describe, expect, it } from 'vitest';
import { VMBUS_MMIO, vmbusSsdt } from './vmbus-ssdt.ts';

describe('the table that names VMBus', () => {
  const table = vmbusSsdt();
  const view = new DataView(table.buffer);
  const text = String.fromCharCode(...table);

  it('has the header of an SSDT, its length and a sum of zero', () => {
    expect(text.slice(0, 4)).toBe('SSDT');
    expect(view.getUint32(4, true)).toBe(table.length);
    expect(table.reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(0);
  });

  it('nests packages whose lengths end where they should', () => {
    /** Length of the package at `at`, which counts its own bytes, and where its contents begin. */
    const packageAt = (at: number): [end: number, contents: number] => {
      const lead = table[at];
      return lead < 64 ? [at + lead, at + 1] : [at + (lead & 0xf) + (table[at + 1] << 4), at + 2];
    };
    const [scopeEnd, scope] = packageAt(37);
    expect([table[36], scopeEnd, text.slice(scope, scope + 5)]).toEqual([0x10, table.length, '\\_SB_']);
    expect([table[scope + 5], table[scope + 6]]).toEqual([0x5b, 0x82]);
    const [deviceEnd, device] = packageAt(scope + 7);
    expect([deviceEnd, text.slice(device, device + 4)]).toEqual([table.length, 'VMBS']);
    const crs = text.indexOf('_CRS') + 4;
    const [bufferEnd, size] = packageAt(crs + 1);
    expect([table[crs], bufferEnd, table[size], table[size + 1]]).toEqual([0x11, table.length, 0x0a, 28]);
  });

  it('gives the bus its name and its memory', () => {
    expect(text).toContain('_HID\x0dVMBUS\0');
    const range = text.indexOf('_CRS') + 4 + 4;
    expect(table[range]).toBe(0x87);
    expect(view.getUint32(range + 10, true)).toBe(VMBUS_MMIO.FIRST);
    expect(view.getUint32(range + 14, true)).toBe(VMBUS_MMIO.FIRST + VMBUS_MMIO.BYTES - 1);
    expect(view.getUint32(range + 22, true)).toBe(VMBUS_MMIO.BYTES);
  });
});
