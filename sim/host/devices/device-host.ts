/**
 * What an emulated device may ask of the worker process that runs it. Narrow on purpose: a device sees its own registers, guest
 * memory, an interrupt line and files, and never the hypervisor or another virtual machine.
 */
import type { CopyHop } from '../../machine/counters.ts';
import type { GuestMemory } from '../../machine/memory.ts';
import type { DiskService } from '../backends/service.ts';

/** A virtual disk's image file as a device holds it open. */
export interface ImageFile {
  /**
   * Starts one file I/O: one system call of the worker. The `done` that the file was opened with runs when the host has answered;
   * the device moves the bytes then. One at a time.
   */
  start(operation: 'read' | 'write' | 'flush', lba: number, sectors: number): void;
}

/** An intercept that has not been completed: the virtual processor stands still until `complete`. */
export interface Deferral {
  complete(): void;
}

/** The worker process as its devices see it. */
export interface DeviceHost {
  readonly memory: GuestMemory;
  /** Drives an interrupt line, 0-15. */
  line(irq: number, level: boolean): void;
  /** Opens the image behind a virtual disk. */
  openImage(service: DiskService, done: () => void): ImageFile;
  /** Leaves the intercept that is being handled open. Only inside a port or MMIO handler. */
  defer(): Deferral;
  /** Says that the worker copied bytes between the device's buffer and guest memory. Port string instructions count for themselves. */
  copied(hop: CopyHop, bytes: number): void;
  /** Leaves a note in the trace about what a guest did. */
  note(kind: DeviceNote, a: number, b: number): void;
}

/** Notes of the devices in this folder; the worker gives each a trace kind. */
export type DeviceNote = 'ide.command' | 'ide.error' | 'ide.ignored' | 'ide.dma-error' | 'ide.int13';
