/** A real guest in an emulator: what connects it to the seam, and the files that it needs to find us. */

export type { ArchiveEntry } from './cpio.ts';
export { writeCpio } from './cpio.ts';
export type {
  EmulatedGuestOptions,
  EmulatedMachine,
  EmulatorImports,
  WasmPlatform,
} from './emulated-guest.ts';
export { EmulatedGuest, HYPERCALL_PORT } from './emulated-guest.ts';
export type { InterruptLine, PortFilter } from './emulator-board.ts';
export { EmulatorBoard } from './emulator-board.ts';
export { CYCLES_PER_INSTRUCTION } from './guest-clock.ts';
export type { GuestHostOptions } from './guest-host.ts';
export { GUEST_MAC, GuestHost } from './guest-host.ts';
export type { Seen, SeenCounts } from './observe.ts';
export { observe } from './observe.ts';
export { recordedEvent } from './recorded-event.ts';
export { ANSWER, rewriteV86, V86_VERSION } from './v86-rewriter.ts';
export { SSDT_PATH, VMBUS_MMIO, vmbusSsdt } from './vmbus-ssdt.ts';
export { ModuleError } from './wasm-module.ts';
