import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CPU, REG } from './v86-layout.ts';
import { ANSWER, ASK, rewriteV86, V86_VERSION } from './v86-rewriter.ts';
import { ModuleError, WasmModule } from './wasm-module.ts';

const folder = path.dirname(createRequire(import.meta.url).resolve('v86'));
const original = new Uint8Array(readFileSync(path.join(folder, 'v86.wasm')));

/** The module without the emulator around it: every import does nothing, but the one that is asked. */
function instance(bytes: Uint8Array, ask: (port: number) => number) {
  const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
  const env: Record<string, WebAssembly.ImportValue> = {};
  for (const { name, kind } of WebAssembly.Module.imports(module))
    env[name] = kind === 'table' ? new WebAssembly.Table({ element: 'anyfunc', initial: 2000 }) : () => 0;
  env.io_port_read32 = ask;
  const { exports } = new WebAssembly.Instance(module, { env });
  return {
    // The memory may have grown: then the last view is void.
    get view() {
      return new DataView((exports.memory as WebAssembly.Memory).buffer);
    },
    call: (name: string): void => (exports[name] as () => void)(),
  };
}

describe('the rewritten emulator', () => {
  const bytes = rewriteV86(original);

  it('asks the host first, and leaves the rest to the original', () => {
    const asked: number[] = [];
    let answer: number = ANSWER.ORIGINAL;
    const { view, call } = instance(bytes, (port) => {
      asked.push(port);
      return answer;
    });
    view.setUint32(REG.EAX, 0, true);
    call('instr_0FA2');
    const vendor = view.getUint32(REG.EBX, true);
    expect(vendor, 'the emulator has said who made its processor').not.toBe(0);
    answer = ANSWER.DONE;
    view.setUint32(REG.EAX, 0, true);
    view.setUint32(REG.EBX, 7, true);
    call('instr_0FA2');
    expect(view.getUint32(REG.EBX, true)).toBe(7);
    call('instr_0F32');
    call('instr_0F30');
    expect(asked).toEqual([ASK.CPUID, ASK.CPUID, ASK.RDMSR, ASK.WRMSR]);
  });

  it('gives back what it was when nothing is changed', () => {
    expect(Buffer.from(new WasmModule(original).encode()).equals(Buffer.from(original))).toBe(true);
  });

  it('keeps the counter of instructions where the layout says', () => {
    const emulator = instance(bytes, () => ANSWER.DONE);
    emulator.view.setUint32(CPU.INSTRUCTION_COUNTER, 99, true);
    emulator.call('reset_cpu');
    expect(emulator.view.getUint32(CPU.INSTRUCTION_COUNTER, true)).toBe(0);
  });

  it('says which version works when the module is another one', () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    for (const wrong of [new Uint8Array(3), empty, original.subarray(0, 5000)]) {
      expect(() => rewriteV86(wrong)).toThrow(ModuleError);
      expect(() => rewriteV86(wrong)).toThrow(`v86@${V86_VERSION}`);
    }
  });
});
