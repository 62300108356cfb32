/**
 * How a kernel finds the devices of a PC: configuration reads on PCI, a reset and IDENTIFY on the cables of an IDE controller, questions to
 * the keyboard controller. Every access is an intercept.
 *
 * What only firmware knows, as the clocks and the root of VMBus, comes from ACPI tables on a real machine. There are none in this model: a
 * list stands in for them.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { I8042_COMMAND, I8042_CONFIG, I8042_STATUS, PS2 } from '../../wire/i8042.ts';
import { configAddress, PCI_CONFIG, PCI_HEADER_TYPE_MULTI_FUNCTION } from '../../wire/pci.ts';
import { IRQ, PORTS } from '../../wire/ports.ts';
import type { InterruptController } from '../drivers/pc-interrupts.ts';

/** A function that answered. */
export interface FoundFunction {
  readonly device: number;
  readonly function: number;
  readonly vendorId: number;
  readonly deviceId: number;
  readonly classCode: number;
}

const DEVICES = 32;
const FUNCTIONS = 8;
const NOBODY = 0xffff_ffff;

/** All functions on bus 0: the ids of every device, and of further functions where the first says that there are some. */
export function* scanPci(cpu: Cpu): Program<FoundFunction[]> {
  const found: FoundFunction[] = [];
  for (let device = 0; device < DEVICES; device++) {
    const ids = yield* readConfig(cpu, device, 0, PCI_CONFIG.VENDOR_ID);
    if (ids === NOBODY) continue;
    found.push(yield* describe(cpu, device, 0, ids));
    const header = (yield* readConfig(cpu, device, 0, PCI_CONFIG.HEADER_TYPE & ~3)) >>> 16;
    if ((header & PCI_HEADER_TYPE_MULTI_FUNCTION) === 0) continue;
    for (let number = 1; number < FUNCTIONS; number++) {
      const more = yield* readConfig(cpu, device, number, PCI_CONFIG.VENDOR_ID);
      if (more !== NOBODY) found.push(yield* describe(cpu, device, number, more));
    }
  }
  return found;
}

function* describe(cpu: Cpu, device: number, number: number, ids: number): Program<FoundFunction> {
  const classes = yield* readConfig(cpu, device, number, PCI_CONFIG.REVISION_ID);
  return {
    device,
    function: number,
    vendorId: ids & 0xffff,
    deviceId: ids >>> 16,
    classCode: classes >>> 16,
  };
}

function* readConfig(cpu: Cpu, device: number, number: number, register: number): Program<number> {
  yield* cpu.out32(
    PORTS.PCI_CONFIG_ADDRESS.first,
    configAddress({ bus: 0, device, function: number, register }),
  );
  return yield* cpu.in32(PORTS.PCI_CONFIG_DATA.first);
}

const STATUS = PORTS.I8042_STATUS.first;
const DATA = PORTS.I8042_DATA.first;

/** What hangs on the keyboard controller. */
export interface FoundInput {
  readonly keyboard: boolean;
  readonly mouse: boolean;
}

/** Self test of the controller, then "who are you?" to both of its ports. */
export function* findInput(cpu: Cpu): Program<FoundInput> {
  if ((yield* cpu.in8(STATUS)) === 0xff) return { keyboard: false, mouse: false };
  yield* cpu.out8(STATUS, I8042_COMMAND.SELF_TEST);
  if ((yield* readByte(cpu)) !== PS2.SELF_TEST_PASSED) return { keyboard: false, mouse: false };
  yield* cpu.out8(DATA, PS2.IDENTIFY);
  const keyboard = yield* answers(cpu, PS2.KEYBOARD_ID);
  yield* cpu.out8(STATUS, I8042_COMMAND.TO_MOUSE);
  yield* cpu.out8(DATA, PS2.IDENTIFY);
  const mouse = yield* answers(cpu, PS2.MOUSE_ID);
  return { keyboard, mouse };
}

/** The device acknowledges and gives its id. */
function* answers(cpu: Cpu, id: readonly number[]): Program<boolean> {
  let same = (yield* readByte(cpu)) === PS2.ACKNOWLEDGE;
  for (const byte of id) same = (yield* readByte(cpu)) === byte && same;
  return same;
}

/** The next byte; `undefined` when none waits. */
function* readByte(cpu: Cpu): Program<number | undefined> {
  if (((yield* cpu.in8(STATUS)) & I8042_STATUS.OUTPUT_FULL) === 0) return undefined;
  return yield* cpu.in8(DATA);
}

/** Takes the keyboard's interrupt: status and byte for each, as i8042_interrupt does. */
export function* attachKeyboard(
  cpu: Cpu,
  interrupts: InterruptController,
  onByte: (byte: number) => void,
): Program {
  cpu.onVector(interrupts.vectorOf(IRQ.KEYBOARD), function* () {
    yield* interrupts.begin(IRQ.KEYBOARD);
    const byte = yield* readByte(cpu);
    if (byte !== undefined) onByte(byte);
    yield* interrupts.end(IRQ.KEYBOARD);
  });
  yield* cpu.out8(STATUS, I8042_COMMAND.WRITE_CONFIG);
  yield* cpu.out8(DATA, I8042_CONFIG.KEYBOARD_INTERRUPT);
  yield* interrupts.enable(IRQ.KEYBOARD);
}
