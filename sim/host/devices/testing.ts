/** What the tests of this folder share: a worker process reduced to what a device sees, whose disk answers when the test says so. */
import type { CopyHop } from '../../machine/counters.ts';
import type { PortHandler } from '../../machine/io.ts';
import { GuestMemory } from '../../machine/memory.ts';
import type { Width } from '../../machine/seam.ts';
import { ATA_CONTROL, ATA_REG } from '../../wire/ata.ts';
import { type Disk, MemoryDisk, SECTOR_BYTES } from '../backends/disk.ts';
import type { DiskService } from '../backends/service.ts';
import { pattern } from '../backends/testing.ts';
import type { Deferral, DeviceHost, DeviceNote, ImageFile } from './device-host.ts';
import { Ide, type IdeOptions, type PortSpace } from './ide.ts';
import type { IdeQuirks } from './ide-commands.ts';

/** The file service is only passed on by the device; the bench answers instead. */
const SERVICE = {} as DiskService;

/** A bench disk: known bytes at its start, as many sectors as `bytes` holds. */
export function benchDisk(
  sectors: number,
  options: { readonly readOnly?: boolean } = {},
): Disk & { readonly bytes: Uint8Array } {
  const bytes = pattern(1, Math.min(sectors, 512));
  const disk = new MemoryDisk(sectors);
  disk.write(0, bytes.length / SECTOR_BYTES, bytes);
  const readOnly = options.readOnly ?? false;
  return Object.assign(Object.create(disk, { readOnly: { value: readOnly } }), {
    bytes,
    sectors,
    read: disk.read.bind(disk),
    write: disk.write.bind(disk),
    flush: () => disk.flush(),
  });
}

/** One drive on the primary cable. */
export function oneDrive(disk: Disk, quirks?: IdeQuirks): IdeOptions {
  return { primary: [{ disk, service: SERVICE, ...(quirks && { quirks }) }] };
}

/** A controller on a bench: ports by number, guest memory, and a disk that answers when told. */
export class DeviceBench implements DeviceHost, PortSpace {
  readonly memory = new GuestMemory(0x10_0000);
  readonly ide: Ide;
  /** Rising edges per interrupt line. */
  readonly interrupts = new Map<number, number>();
  readonly lines = new Map<number, boolean>();
  readonly copies: Record<string, number> = {};
  readonly notes: [DeviceNote, number, number][] = [];
  /** File I/Os so far, and those that have not been answered. */
  readonly files: { operation: string; lba: number; sectors: number }[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #ports = new Map<number, PortHandler>();
  deferred = 0;

  constructor(options: IdeOptions) {
    this.ide = new Ide(options, this, this);
  }

  claim(first: number, count: number, handler: PortHandler): boolean {
    for (let port = first; port < first + count; port++) if (this.#ports.has(port)) return false;
    for (let port = first; port < first + count; port++) this.#ports.set(port, handler);
    return true;
  }

  release(first: number, count: number): void {
    for (let port = first; port < first + count; port++) this.#ports.delete(port);
  }

  line(irq: number, level: boolean): void {
    if (level) this.interrupts.set(irq, (this.interrupts.get(irq) ?? 0) + 1);
    this.lines.set(irq, level);
  }

  openImage(_service: DiskService, done: () => void): ImageFile {
    return {
      start: (operation, lba, sectors) => {
        this.files.push({ operation, lba, sectors });
        this.#waiting.push(done);
      },
    };
  }

  defer(): Deferral {
    this.deferred++;
    return { complete: () => void this.deferred-- };
  }

  copied(hop: CopyHop, bytes: number): void {
    this.copies[hop] = (this.copies[hop] ?? 0) + bytes;
  }

  note(kind: DeviceNote, a: number, b: number): void {
    this.notes.push([kind, a, b]);
  }

  /** The host's disk answers the oldest file I/O. */
  answer(): void {
    this.#waiting.shift()?.();
  }

  in(port: number, width: Width = 1): number {
    return this.#ports.get(port)?.in(port, width) ?? 2 ** (8 * width) - 1;
  }

  out(port: number, value: number, width: Width = 1): void {
    this.#ports.get(port)?.out(port, width, value);
  }

  ins(port: number, width: Width, gpa: number, count: number): number {
    return this.#ports.get(port)?.inString?.(port, width, gpa, count) ?? 0;
  }

  outs(port: number, width: Width, gpa: number, count: number): number {
    return this.#ports.get(port)?.outString?.(port, width, gpa, count) ?? 0;
  }

  /** Loads a 28-bit task file and gives a command to the primary cable. */
  command(opcode: number, lba: number, count: number, device = 0xe0): void {
    this.out(0x1f0 + ATA_REG.DEVICE, device | ((lba >>> 24) & 0x0f));
    this.out(0x1f0 + ATA_REG.NSECT, count & 0xff);
    this.out(0x1f0 + ATA_REG.LBAL, lba & 0xff);
    this.out(0x1f0 + ATA_REG.LBAM, (lba >> 8) & 0xff);
    this.out(0x1f0 + ATA_REG.LBAH, (lba >> 16) & 0xff);
    this.out(0x1f0 + ATA_REG.CMD, opcode);
  }

  /** The same with 48 bits: the high halves first. */
  command48(opcode: number, lba: number, count: number): void {
    const high = Math.floor(lba / 0x100_0000);
    this.out(0x1f0 + ATA_REG.DEVICE, 0xe0);
    this.out(0x1f0 + ATA_REG.NSECT, (count >> 8) & 0xff);
    this.out(0x1f0 + ATA_REG.LBAL, high & 0xff);
    this.out(0x1f0 + ATA_REG.LBAM, (high >> 8) & 0xff);
    this.out(0x1f0 + ATA_REG.LBAH, (high >> 16) & 0xff);
    this.out(0x1f0 + ATA_REG.NSECT, count & 0xff);
    this.out(0x1f0 + ATA_REG.LBAL, lba & 0xff);
    this.out(0x1f0 + ATA_REG.LBAM, (lba >>> 8) & 0xff);
    this.out(0x1f0 + ATA_REG.LBAH, (lba >>> 16) & 0xff);
    this.out(0x1f0 + ATA_REG.CMD, opcode);
  }

  /** Status register: withdraws the interrupt. */
  status(): number {
    return this.in(0x1f0 + ATA_REG.STATUS);
  }

  alternateStatus(): number {
    return this.in(0x3f6);
  }

  error(): number {
    return this.in(0x1f0 + ATA_REG.ERR);
  }

  softReset(): void {
    this.out(0x3f6, ATA_CONTROL.SRST);
    this.out(0x3f6, 0);
  }

  /** Puts the bus-master registers at FFA0h, as the BIOS does, and sets up a transfer. */
  startDma(table: number, toMemory: boolean): void {
    this.ide.pci.writeConfig(0x20, 0xffa0, 0xffff_ffff);
    this.ide.pci.writeConfig(0x04, 5, 0xffff);
    this.out(0xffa4, table, 4);
    this.out(0xffa0, toMemory ? 8 : 0);
    this.out(0xffa0, toMemory ? 9 : 1);
  }

  /** Writes a descriptor table: [address, bytes] pairs, the last one marked unless `open`. */
  table(at: number, entries: readonly (readonly [address: number, bytes: number])[], open = false): void {
    entries.forEach(([address, bytes], i) => {
      const last = !open && i === entries.length - 1;
      this.memory.write32(at + 8 * i, address);
      this.memory.write32(at + 8 * i + 4, ((bytes & 0xffff) | (last ? 0x8000_0000 : 0)) >>> 0);
    });
  }
}
