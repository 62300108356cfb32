/**
 * Connects an emulated processor to the seam: CPUID, MSRs, hypercalls and ports go to our hypervisor, its interrupts come back, and both see the
 * same memory. The emulator is `v86`, which the caller brings along; nothing here imports it.
 *
 * One virtual processor. The hypercall page holds an OUT to {@link HYPERCALL_PORT} and a return. Interrupts go into the emulator's own local APIC
 * by its request register. An AutoEOI vector is taken out of service at the next exit, since the emulator does not know such vectors.
 */
import { invariant } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import type { GuestMemory, MemoryWindow } from '../machine/memory.ts';
import type { Partition } from '../machine/partition.ts';
import type { Width } from '../machine/seam.ts';
import { HYPERVISOR_PRESENT_BIT } from '../wire/cpuid.ts';
import { HV_X64_MSR, isSyntheticMsr } from '../wire/msr.ts';
import type { InterruptLine, PortFilter } from './emulator-board.ts';
import { CYCLES_PER_INSTRUCTION, GuestClock } from './guest-clock.ts';
import { StringPorts } from './string-ports.ts';
import { APIC, FLAG_INTERRUPT, REG, TABLE_OFFSET } from './v86-layout.ts';
import { V86Memory, type WasmMemory } from './v86-memory.ts';
import { ANSWER, ASK, rewriteV86 } from './v86-rewriter.ts';

/** What the adapter uses of the platform's `WebAssembly`. */
export interface WasmPlatform {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: Record<string, object>) => { readonly exports: object };
}

/** Functions of the emulator's module. */
interface Exports {
  readonly memory: WasmMemory;
  allocate_memory(size: number): number;
  main_loop(): number;
  get_apic_addr(): number;
  get_pic_addr_master(): number;
  jit_dirty_cache(start: number, end: number): void;
  translate_address_system_read_js(linear: number): number;
  codegen_finalize_finished(index: number, start: number, flags: number): void;
  write32(address: number, value: number): void;
  device_raise_irq(irq: number): void;
  device_lower_irq(irq: number): void;
  instr_0FA2(): void;
}

/** What the emulator passes to `wasm_fn`: functions by name, and its table. */
export interface EmulatorImports {
  readonly env: Record<string, unknown>;
}

interface FunctionTable {
  set(index: number, value: unknown): void;
}

export interface EmulatedGuestOptions {
  /** Contents of `v86.wasm`. */
  readonly module: Uint8Array;
  readonly platform: WasmPlatform;
  /**
   * Makes the partition, with all its devices, over this memory. The hypercall page must hold `code`; `line` drives the interrupt lines of the
   * emulator's board.
   */
  readonly build: (memory: MemoryWindow, code: Uint8Array, line: InterruptLine) => EmulatedMachine;
  readonly cyclesPerInstruction?: number;
  readonly seed?: number;
  /**
   * Milliseconds of real time since the guest was started. With it, a guest that has nothing to do waits until then, as somebody at its console
   * expects; without it, it goes on at once, and the run can be repeated.
   */
  readonly pace?: () => number;
  /** Called at a safe moment, between instructions, about every millisecond of the guest's time. */
  readonly onTurn?: () => void;
}

/** What the guest runs on: a partition, and ports that go before the emulator's. */
export interface EmulatedMachine {
  readonly partition: Partition;
  readonly board?: PortFilter | undefined;
}

/** A port that no PC has and that fits into one byte. */
export const HYPERCALL_PORT = 0xea;
/** OUT imm8, AL; RET. */
const HYPERCALL_CODE = Uint8Array.of(0xe6, HYPERCALL_PORT, 0xc3);
const CALL_NUMBERS = { FIRST: 0x4000_0000, LAST: 0x4fff_ffff } as const;
const PAGE_MASK = ~0xfffn;
/** Steps of waiting within one HLT: then the emulator gets its turn again. */
const MOST_LEAPS = 256;
/** Milliseconds by which a paced guest may be ahead of the real time. */
const AHEAD = 5;

interface Compiled {
  readonly index: number;
  readonly start: number;
  readonly flags: number;
  readonly code: Uint8Array;
}

export class EmulatedGuest {
  /** Exits by kind, ports of the emulator's own devices left out. */
  readonly exits = { cpuid: 0, rdmsr: 0, wrmsr: 0, hypercall: 0, in: 0, out: 0 };
  partition!: Partition;
  private board: PortFilter | undefined;
  private strings!: StringPorts;
  private readonly options: EmulatedGuestOptions;
  private readonly rng: Rng;
  private env!: Record<string, (...values: number[]) => number>;
  private exports!: Exports;
  private jitImports: object = {};
  private memory!: V86Memory;
  private clock: GuestClock | undefined;
  private readonly compiled: Compiled[] = [];
  private readonly autoEoi = new Set<number>();
  /** The original CPUID runs, called from here. */
  private original = false;
  /** The processor halted with an interrupt pending that it does not take. */
  private stuck = false;

  constructor(options: EmulatedGuestOptions) {
    this.options = options;
    this.rng = new Rng(options.seed ?? 1, 'emulator');
  }

  /** Time of the guest in milliseconds since power-on; 0 before there is one. */
  get milliseconds(): number {
    return this.clock?.milliseconds ?? 0;
  }

  /** For the option `wasm_fn` of the emulator. Throws `ModuleError` when the module is another one than expected. */
  readonly instantiate = (imports: EmulatorImports): Promise<object> => {
    const { platform, module } = this.options;
    this.env = imports.env as typeof this.env;
    const env = { ...imports.env, ...this.wrappedImports() };
    const compiled = new platform.Module(rewriteV86(module));
    const { exports } = new platform.Instance(compiled, { env });
    this.exports = exports as Exports;
    const wrapped = {
      ...exports,
      allocate_memory: (size: number) => this.allocate(size),
      main_loop: () => this.turn(),
    };
    this.jitImports = { ...exports, m: this.exports.memory };
    return Promise.resolve(wrapped);
  };

  /** A CPUID of the guest with everything that is between: shows that the rewritten instructions ask us. */
  assertConnected(): void {
    const saved = [REG.EAX, REG.EBX, REG.ECX, REG.EDX].map((reg) => [reg, this.memory.reg(reg)] as const);
    const before = this.exits.cpuid;
    this.memory.setReg(REG.EAX, CALL_NUMBERS.FIRST);
    this.exports.instr_0FA2();
    const said = this.memory.reg(REG.EBX);
    for (const [reg, value] of saved) this.memory.setReg(reg, value);
    const { ebx } = this.partition.cpuid(0, CALL_NUMBERS.FIRST, 0);
    invariant(
      this.exits.cpuid === before + 1 && said === ebx >>> 0,
      'a rewritten CPUID does not ask the host',
    );
  }

  private wrappedImports(): Record<string, unknown> {
    const { env } = this;
    return {
      microtick: () => this.milliseconds,
      get_rand_int: () => this.rng.u32() | 0,
      run_hardware_timers: (acpi: number) => this.timers(acpi),
      codegen_finalize: (index: number, start: number, flags: number, at: number, length: number) => {
        this.compiled.push({ index, start, flags, code: this.memory.bytes(at, length) });
      },
      io_port_read8: (port: number) => this.portIn(port, 1) ?? env.io_port_read8(port),
      io_port_read16: (port: number) => this.portIn(port, 2) ?? env.io_port_read16(port),
      io_port_read32: (port: number) =>
        port > 0xffff ? this.asked(port) : (this.portIn(port, 4) ?? env.io_port_read32(port)),
      io_port_write8: (port: number, value: number) => {
        if (port === HYPERCALL_PORT && this.fromHypercallPage()) this.hypercall();
        else if (!this.portOut(port, 1, value)) env.io_port_write8(port, value);
      },
      io_port_write16: (port: number, value: number) => {
        if (!this.portOut(port, 2, value)) env.io_port_write16(port, value);
      },
      io_port_write32: (port: number, value: number) => {
        if (!this.portOut(port, 4, value)) env.io_port_write32(port, value);
      },
    };
  }

  /** Guest memory exists: now there can be a partition. */
  private allocate(size: number): number {
    const { exports, options } = this;
    const base = exports.allocate_memory(size);
    this.memory = new V86Memory(exports.memory, exports.get_apic_addr(), exports.get_pic_addr_master());
    this.memory.guestBase = base;
    const window = { buffer: exports.memory.buffer, byteOffset: base, size };
    const machine = options.build(window, HYPERCALL_CODE, (irq, level) =>
      level ? exports.device_raise_irq(irq) : exports.device_lower_irq(irq),
    );
    this.partition = machine.partition;
    this.board = machine.board;
    this.strings = new StringPorts(
      this.partition,
      this.memory,
      (linear) => exports.translate_address_system_read_js(linear | 0) >>> 0,
    );
    const { engine, vps, costs } = this.partition;
    invariant(vps.length === 1, 'an emulated guest has one processor');
    const memory: GuestMemory = this.partition.memory;
    this.memory.follow(memory);
    memory.onWritten = (gpa, length) => length > 0 && exports.jit_dirty_cache(gpa, gpa + length);
    const { cyclesPerInstruction = CYCLES_PER_INSTRUCTION } = options;
    this.clock = new GuestClock(engine, vps[0], this.memory, costs.hz, cyclesPerInstruction);
    this.partition.attachInterrupts({ inject: (_vp, vector, autoEoi) => this.inject(vector, autoEoi) });
    this.assertConnected();
    return base;
  }

  private inject(vector: number, autoEoi: boolean): void {
    this.memory.request(vector);
    if (autoEoi) this.autoEoi.add(vector);
  }

  /** One call of the emulator's loop. A halted guest has waited inside already, so it is called again at once. */
  private turn(): number {
    this.finishCode();
    this.exports.main_loop();
    return this.memory.halted ? Math.max(0, this.ahead) : 0;
  }

  /** Milliseconds by which the guest is ahead of who watches it. */
  private get ahead(): number {
    const { pace } = this.options;
    return pace ? this.milliseconds - pace() - AHEAD : 0;
  }

  /** Between instructions: the timers of the emulator's own devices, and everything of ours that is due. */
  private timers(acpi: number): number {
    const { clock, env } = this;
    if (!clock) return env.run_hardware_timers(acpi, 0);
    clock.catchUp();
    this.endAutomatically();
    this.finishCode();
    this.options.onTurn?.();
    let wait = env.run_hardware_timers(acpi, clock.milliseconds);
    if (!this.memory.halted || (this.memory.flags & FLAG_INTERRUPT) === 0) return wait;
    if (this.memory.interruptPending && !this.stuck) {
      this.stuck = true;
      return 0;
    }
    for (let leaps = 0; leaps < MOST_LEAPS && this.ahead <= 0; leaps++) {
      clock.leap(wait);
      wait = env.run_hardware_timers(acpi, clock.milliseconds);
      // The emulator's own devices may have made it look at its interrupts.
      if (this.memory.interruptPending || !this.memory.halted) break;
    }
    this.stuck = false;
    return 0;
  }

  /** Compiled code takes effect at the same moment in every run: not when some compiler is ready with it, but here. */
  private finishCode(): void {
    const { Module, Instance } = this.options.platform;
    const table = (this.env as Record<string, unknown>).__indirect_function_table as FunctionTable;
    for (const { index, start, flags, code } of this.compiled.splice(0)) {
      const { exports } = new Instance(new Module(code), { e: this.jitImports });
      table.set(index + TABLE_OFFSET, (exports as { f: unknown }).f);
      this.exports.codegen_finalize_finished(index, start, flags);
    }
  }

  private endAutomatically(): void {
    for (const vector of this.autoEoi) this.memory.endSilently(vector);
  }

  /** Before the guest's exit is served: its time, its ring, and vectors that need no EOI. */
  private enter(): void {
    this.clock?.count();
    this.endAutomatically();
    this.partition.setCpl(0, this.memory.cpl);
  }

  /** A rewritten instruction asks. */
  private asked(what: number): number {
    if (!this.partition || this.original) return ANSWER.ORIGINAL;
    if (what === ASK.CPUID) return this.cpuid();
    if (this.memory.cpl !== 0 || !isSyntheticMsr(this.memory.reg(REG.ECX))) return ANSWER.ORIGINAL;
    return what === ASK.RDMSR ? this.readMsr() : this.writeMsr();
  }

  private cpuid(): number {
    const { memory } = this;
    const leaf = memory.reg(REG.EAX);
    if (leaf === 1) {
      this.original = true;
      this.exports.instr_0FA2();
      this.original = false;
      if (this.partition.features.hypervisorPresent)
        memory.setReg(REG.ECX, (memory.reg(REG.ECX) | HYPERVISOR_PRESENT_BIT) >>> 0);
      return ANSWER.DONE;
    }
    if (leaf < CALL_NUMBERS.FIRST || leaf > CALL_NUMBERS.LAST) return ANSWER.ORIGINAL;
    this.enter();
    this.exits.cpuid++;
    const { eax, ebx, ecx, edx } = this.partition.cpuid(0, leaf, memory.reg(REG.ECX));
    memory.setReg(REG.EAX, eax);
    memory.setReg(REG.EBX, ebx);
    memory.setReg(REG.ECX, ecx);
    memory.setReg(REG.EDX, edx);
    return ANSWER.DONE;
  }

  private readMsr(): number {
    const { memory } = this;
    this.enter();
    this.exits.rdmsr++;
    const value = this.partition.readMsr(0, memory.reg(REG.ECX));
    if (value === undefined) return ANSWER.FAULT;
    memory.setPair(REG.EDX, REG.EAX, value);
    return ANSWER.DONE;
  }

  private writeMsr(): number {
    const { memory } = this;
    this.enter();
    this.exits.wrmsr++;
    const index = memory.reg(REG.ECX);
    const value = memory.pair(REG.EDX, REG.EAX);
    if (!this.partition.writeMsr(0, index, value)) return ANSWER.FAULT;
    if (index === HV_X64_MSR.EOI) this.exports.write32(APIC.EOI_ADDRESS, 0);
    return ANSWER.DONE;
  }

  /** Other code may use the port too: then nobody answers. */
  private fromHypercallPage(): boolean {
    const page = (this.partition.msrs.read(0, HV_X64_MSR.HYPERCALL) ?? 0n) & PAGE_MASK;
    const at = this.exports.translate_address_system_read_js(this.memory.previousIp | 0);
    return BigInt(at >>> 0) === page;
  }

  private hypercall(): void {
    const { memory } = this;
    this.enter();
    this.exits.hypercall++;
    const control = memory.pair(REG.EDX, REG.EAX);
    const result = this.partition.hypercall(
      0,
      control,
      memory.pair(REG.EBX, REG.ECX),
      memory.pair(REG.EDI, REG.ESI),
    );
    // An undefined instruction cannot be raised from within OUT: such a call gets no answer.
    if (result !== undefined) memory.setPair(REG.EDX, REG.EAX, result);
  }

  private portIn(port: number, width: Width): number | undefined {
    const { partition, board, strings } = this;
    if (!partition) return undefined;
    if (partition.io.slots[port] === 0) return board?.in(port, width);
    if (!strings.within) {
      this.enter();
      this.exits.in++;
    }
    return strings.in(port, width) ?? partition.portIn(0, port, width);
  }

  private portOut(port: number, width: Width, value: number): boolean {
    const { partition, board, strings } = this;
    const bits = width === 4 ? value >>> 0 : value & (2 ** (8 * width) - 1);
    if (!partition) return false;
    if (partition.io.slots[port] === 0) return board?.out(port, width, bits) ?? false;
    if (!strings.within) {
      this.enter();
      this.exits.out++;
    }
    if (!strings.out(port, width)) partition.portOut(0, port, width, bits);
    return true;
  }
}
