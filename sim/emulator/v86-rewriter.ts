/**
 * Changes the emulator's module when it is loaded: CPUID, RDMSR and WRMSR ask the host first. What the host does not answer, the original
 * instruction does.
 *
 * The emulator has no hook for these instructions, but its module exports their bodies by opcode. Each gets a few instructions in front:
 * they call the import that serves IN of 32 bits, with a number that no port has. So nothing has to be renumbered, and nothing of the
 * emulator is copied here.
 */
import { leb, ModuleError, WasmModule } from './wasm-module.ts';

/** Version of `v86` that this was made for and tried with. */
export const V86_VERSION = '0.5.462';

/** "Ports" by which a rewritten instruction asks; a port of the machine has 16 bits. */
export const ASK = { CPUID: 0x1_0000, RDMSR: 0x1_0001, WRMSR: 0x1_0002 } as const;

/** What the host may answer: the emulator shall do it, it is done, or it is a general protection fault. */
export const ANSWER = { ORIGINAL: 0, DONE: 1, FAULT: 2 } as const;

const INSTRUCTIONS: readonly (readonly [string, number])[] = [
  ['instr_0FA2', ASK.CPUID],
  ['instr_0F32', ASK.RDMSR],
  ['instr_0F30', ASK.WRMSR],
];

/** Exported functions that the adapter calls or wraps. */
export const NEEDED_EXPORTS = [
  ...['allocate_memory', 'main_loop', 'get_apic_addr', 'jit_dirty_cache', 'translate_address_system_read_js'],
  ...['device_raise_irq', 'device_lower_irq', 'codegen_finalize_finished', 'get_pic_addr_master', 'write32'],
] as const;

/** Imports that the adapter wraps. */
export const NEEDED_IMPORTS = [
  ...['microtick', 'get_rand_int', 'run_hardware_timers', 'codegen_finalize', 'jit_clear_func'],
  ...['io_port_read8', 'io_port_read16', 'io_port_read32'],
  ...['io_port_write8', 'io_port_write16', 'io_port_write32'],
] as const;

const OP = {
  IF: 0x04,
  END: 0x0b,
  RETURN: 0x0f,
  CALL: 0x10,
  GET: 0x20,
  TEE: 0x22,
  CONST: 0x41,
  EQ: 0x46,
} as const;
const VOID = 0x40;
const I32 = 0x7f;
const NO_VALUES = '->';
const ONE_TO_NONE = '7f->';
const ONE_TO_ONE = '7f->7f';

/** The module with the three instructions changed. Throws {@link ModuleError} with advice when it is not the one that is known. */
export function rewriteV86(bytes: Uint8Array): Uint8Array {
  try {
    const module = new WasmModule(bytes);
    for (const name of NEEDED_EXPORTS) module.exported(name);
    for (const name of NEEDED_IMPORTS) module.imported(name);
    const ask = module.imported('io_port_read32');
    expect(module.signature(ask) === ONE_TO_ONE, 'io_port_read32 takes and returns something else');
    const fault = faultFunction(module);
    for (const [name, number] of INSTRUCTIONS) {
      const index = module.exported(name);
      expect(module.signature(index) === NO_VALUES, `${name} has parameters`);
      module.replace(index, askFirst(module.body(index), ask, number, fault));
    }
    return module.encode();
  } catch (error) {
    if (!(error instanceof ModuleError)) throw error;
    throw new ModuleError(
      `This emulator cannot be connected: ${error.message}. It works with v86 ${V86_VERSION}: npm install --save-dev --save-exact v86@${V86_VERSION}`,
    );
  }
}

function expect(fine: boolean, message: string): void {
  if (!fine) throw new ModuleError(message);
}

/**
 * The function that raises a general protection fault. It is not exported; RDMSR and WRMSR call it with error code 0, and then return, when the
 * guest is not in ring 0.
 */
function faultFunction(module: WasmModule): number {
  const [read, write] = ['instr_0F32', 'instr_0F30'].map((name) => faultIn(module, name));
  expect(read !== undefined && read === write, 'the fault of RDMSR and WRMSR is not where it was');
  expect(
    module.signature(read as number) === ONE_TO_NONE,
    'the fault takes something else than an error code',
  );
  return read as number;
}

/** Function `f` of the first "i32.const 0, call f, return" in a body. */
function faultIn(module: WasmModule, name: string): number | undefined {
  const body = module.body(module.exported(name));
  for (let at = 0; at + 3 < body.length; at++) {
    if (body[at] !== OP.CONST || body[at + 1] !== 0 || body[at + 2] !== OP.CALL) continue;
    let end = at + 3;
    let index = 0;
    for (let shift = 0; ; shift += 7) {
      index += (body[end] & 0x7f) * 2 ** shift;
      if (body[end++] < 0x80) break;
    }
    if (body[end] === OP.RETURN) return index;
  }
  return undefined;
}

/** A body that asks, and goes on as it was when the answer is {@link ANSWER.ORIGINAL}. */
function askFirst(body: Uint8Array, ask: number, number: number, fault: number): Uint8Array {
  const { locals, count, rest } = splitLocals(body);
  const answer = leb(count);
  return Uint8Array.from([
    ...locals,
    ...[OP.CONST, ...signedLeb(number), OP.CALL, ...leb(ask), OP.TEE, ...answer],
    ...[OP.IF, VOID],
    ...[OP.GET, ...answer, OP.CONST, ANSWER.FAULT, OP.EQ],
    ...[OP.IF, VOID, OP.CONST, 0, OP.CALL, ...leb(fault), OP.END],
    ...[OP.RETURN, OP.END],
    ...rest,
  ]);
}

/** The locals of a body with one more of type i32, its index, and the instructions. */
function splitLocals(body: Uint8Array): { locals: number[]; count: number; rest: Uint8Array } {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = body[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const groups = number();
  const from = at;
  let count = 0;
  for (let group = 0; group < groups; group++) {
    count += number();
    at++;
  }
  return { locals: [...leb(groups + 1), ...body.subarray(from, at), 1, I32], count, rest: body.subarray(at) };
}

/** A positive number in signed LEB128: a last byte whose bit 6 is set would make it negative. */
function signedLeb(value: number): number[] {
  const bytes = leb(value);
  const last = bytes[bytes.length - 1];
  if ((last & 0x40) === 0) return bytes;
  return [...bytes.slice(0, -1), last | 0x80, 0];
}
