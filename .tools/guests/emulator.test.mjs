// The smallest guest: a firmware of a few instructions that meets our hypervisor by CPUID, MSRs, a hypercall and a timer's interrupt.
import { describe, expect, it } from 'vitest';
import * as ringside from '../../sim/emulator/index.ts';
import { startGuest } from './emulator.mjs';

const FIRMWARE_BYTES = 0x1_0000;
const [EAX, EBX, ECX, EDX] = [0, 3, 1, 2];
const VECTOR = 0x30;
const MSR = {
  ...{ GUEST_OS_ID: 0x4000_0000, HYPERCALL: 0x4000_0001, TIME: 0x4000_0020, EOI: 0x4000_0070 },
  ...{ STIMER0_CONFIG: 0x4000_00b0, STIMER0_COUNT: 0x4000_00b1, VP_INDEX: 0x4000_0002 },
};
/** Where the guest leaves what it found. */
const AT = {
  VENDOR: 0x500,
  PRESENT: 0x504,
  STATUS: 0x508,
  TICKS: 0x50c,
  BEFORE: 0x510,
  AFTER: 0x514,
  INDEX: 0x518,
  FAULTS: 0x51c,
};

const word = (value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const half = (value) => [value & 0xff, value >>> 8];
/** Instructions of real mode with 32-bit operands. */
const move = (reg, value) => [0x66, 0xb8 + reg, ...word(value)];
const store = (reg, at) => [0x66, 0x89, 0x06 | (reg << 3), ...half(at)];
const increase = (at) => [0x66, 0xff, 0x06, ...half(at)];
const setVector = (vector, offset) => [
  0xc7,
  0x06,
  ...half(4 * vector),
  ...half(offset),
  0xc7,
  0x06,
  ...half(4 * vector + 2),
  0x00,
  0xf0,
];
const CPUID = [0x0f, 0xa2];
const RDMSR = [0x0f, 0x32];
const WRMSR = [0x0f, 0x30];
const [CLI, STI, HLT, IRET] = [0xfa, 0xfb, 0xf4, 0xcf];
const writeMsr = (index, value) => [...move(ECX, index), ...move(EAX, value), ...move(EDX, 0), ...WRMSR];
const readMsr = (index) => [...move(ECX, index), ...RDMSR];

const HANDLER = 0x1000;
const FAULT_HANDLER = 0x1100;
/** The hypercall page, and a piece of code in the same segment that calls its first byte. */
const PAGE = 0x1_0000;
const CALLER = 0x1000;

const PROGRAM = [
  ...[0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x70], // data and stack in segment 0
  ...[...move(EAX, 0x4000_0000), ...CPUID, ...store(EBX, AT.VENDOR)],
  ...[...move(EAX, 1), ...CPUID, ...store(ECX, AT.PRESENT)],
  ...[...readMsr(MSR.TIME), ...store(EAX, AT.BEFORE)],
  ...[...writeMsr(MSR.GUEST_OS_ID, 1), ...writeMsr(MSR.HYPERCALL, PAGE | 1)],
  // call near 0; return far, at 1000:1000
  ...[
    0xb8,
    0x00,
    0x10,
    0x8e,
    0xc0,
    0x26,
    0xc7,
    0x06,
    ...half(CALLER),
    0xe8,
    0xfd,
    0x26,
    0xc7,
    0x06,
    ...half(CALLER + 2),
    0xef,
    0xcb,
  ],
  // SIGNAL_EVENT, fast, to a connection that does not exist
  ...[...move(EAX, 0x1_005d), ...move(EDX, 0), ...move(EBX, 0), ...move(ECX, 77)],
  ...[0x9a, ...half(CALLER), 0x00, 0x10, ...store(EAX, AT.STATUS)],
  ...[...setVector(13, FAULT_HANDLER), ...writeMsr(MSR.VP_INDEX, 1)],
  // A timer that raises a vector directly, 10 ms from the start.
  ...[...setVector(VECTOR, HANDLER), ...writeMsr(MSR.STIMER0_COUNT, 100_000)],
  ...writeMsr(MSR.STIMER0_CONFIG, (1 << 12) | (VECTOR << 4) | 1),
  ...[STI, HLT, CLI],
  ...[...readMsr(MSR.TIME), ...store(EAX, AT.AFTER), CLI, HLT],
];

function firmware() {
  const bytes = new Uint8Array(FIRMWARE_BYTES).fill(HLT);
  bytes.set(PROGRAM, 0);
  bytes.set([...increase(AT.TICKS), ...writeMsr(MSR.EOI, 0), IRET], HANDLER);
  // WRMSR has two bytes: go on behind it.
  bytes.set([...increase(AT.FAULTS), 0x89, 0xe5, 0x83, 0x46, 0x00, 0x02, IRET], FAULT_HANDLER);
  bytes.set([0xea, 0x00, 0x00, 0x00, 0xf0], 0xfff0);
  return bytes.buffer;
}

async function run() {
  let halted;
  const end = new Promise((resolve) => {
    halted = resolve;
  });
  const guest = await startGuest({
    ringside,
    host: {},
    settings: { memory_size: 4 << 20, bios: { buffer: firmware() } },
    onByte: () => undefined,
    onStart: (emulator) => emulator.add_listener('cpu-event-halt', halted),
  });
  await end;
  await guest.stop();
  const { memory } = guest.site.partition;
  const found = Object.fromEntries(Object.entries(AT).map(([name, at]) => [name, memory.read32(at)]));
  return { found, exits: guest.guest.exits, milliseconds: guest.guest.milliseconds };
}

describe('a guest in the emulator', () => {
  it('meets our hypervisor through the seam', async () => {
    const { found, exits, milliseconds } = await run();
    expect(String.fromCharCode(...word(found.VENDOR))).toBe('Micr');
    expect(found.PRESENT >>> 31).toBe(1);
    expect(found.STATUS & 0xffff, 'HV_STATUS_INVALID_CONNECTION_ID').toBe(0x12);
    expect(found.FAULTS, 'WRMSR of a read-only register').toBe(1);
    expect(found.TICKS).toBe(1);
    expect(exits).toMatchObject({ hypercall: 1, rdmsr: 2, wrmsr: 6 });
    // It halted until its timer was due, and no longer.
    expect(found.BEFORE).toBeLessThan(1000);
    expect(found.AFTER).toBeGreaterThanOrEqual(100_000);
    expect(found.AFTER).toBeLessThan(100_500);
    expect(milliseconds).toBeLessThan(11);
  });

  it('does the same at the same time, whenever it runs', async () => {
    expect(await run()).toEqual(await run());
  });
});
