/**
 * What an emulated device may ask of the worker process that runs it. Narrow on purpose: a device sees its own registers, guest
 * memory, an interrupt line and files, and never the hypervisor or another virtual machine.
 */
import type { CopyHop } from '../../machine/counters.ts';
import type { GuestMemory } from '../../machine/memory.ts';
import type { DiskService } from '../backends/service.ts';

/** One file I/O on a virtual disk. A device keeps the object and uses it again, so that a block costs no allocation. */
export interface FileIo {
  operation: 'read' | 'write' | 'flush';
  lba: number;
  sectors: number;
  /** Called when the host's file system has answered. The device moves the bytes then. */
  readonly done: () => void;
}

/** An intercept that has not been completed: the virtual processor stands still until `complete`. */
export interface Deferral {
  complete(): void;
}

export interface DeviceHost {
  readonly memory: GuestMemory;
  /** Drives an interrupt line, 0-15. */
  line(irq: number, level: boolean): void;
  /** Starts a file I/O on a virtual disk: one system call of the worker. */
  fileIo(service: DiskService, io: FileIo): void;
  /** Leaves the intercept that is being handled open. Only inside a port or MMIO handler. */
  defer(): Deferral;
  /** Says that bytes were copied between the device's buffer and guest memory. */
  copied(hop: CopyHop, bytes: number): void;
  /** Leaves a note in the trace about what a guest did. */
  note(kind: DeviceNote, a: number, b: number): void;
}

/** Notes of the devices in this folder; the worker gives each a trace kind. */
export type DeviceNote = 'ide.command' | 'ide.error' | 'ide.ignored' | 'ide.dma-error' | 'ide.int13';
