/**
 * Guest-physical memory: one flat stretch of bytes from GPA 0. Guest and host read and write the same bytes; this is half of the
 * interface between them (the other half is `seam.ts`).
 *
 * The bytes may be this object's own or a window into foreign memory, such as that of an emulator compiled to WebAssembly. All views
 * are indexed by GPA. An emulator that grows its memory calls `rebase`; whoever keeps a view of its own must fetch it again.
 *
 * Overlay pages (TLFS, "GPA overlay pages") hide the page beneath them until they are removed. They are done by swapping contents:
 * the guest's ordinary loads then see them without any translation.
 */
import { invariant } from '../core/errors.ts';

/** Bytes per page of guest-physical memory. */
export const PAGE_SIZE = 4096;

/** A page of the hypervisor that covers a page of the guest. Kept by the caller to remove it again. */
export interface Overlay {
  readonly gpa: number;
  readonly readOnly: boolean;
  /** What lay beneath when the overlay was placed. */
  beneath: Uint8Array;
}

/** Foreign bytes that serve as guest memory. `byteOffset` must be a multiple of 8. */
export interface MemoryWindow {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  /** Bytes of guest memory, a multiple of the page size. */
  readonly size: number;
}

/** The guest-physical memory of a partition as bytes, with pages that the hypervisor lays over it. */
export class GuestMemory {
  /** Bytes of guest-physical memory. GPAs at and above it are not RAM. */
  readonly size: number;
  u8!: Uint8Array;
  u16!: Uint16Array;
  u32!: Uint32Array;
  view!: DataView;
  /**
   * Told when the host has put bytes of its own choice into guest memory: an emulator must then forget what it has translated of these pages.
   * Not told of rings, messages and flags, which are nobody's code.
   */
  onWritten: (gpa: number, length: number) => void = () => undefined;
  private readonly overlays = new Map<number, Overlay[]>();
  /** GPAs of read-only overlays, one for each: few, as a guest has one hypercall page. */
  private readonly readOnlyPages: number[] = [];

  constructor(memory: number | MemoryWindow) {
    const window: MemoryWindow =
      typeof memory === 'number' ? { buffer: new ArrayBuffer(memory), byteOffset: 0, size: memory } : memory;
    invariant(
      window.size > 0 && window.size % PAGE_SIZE === 0,
      'guest memory must be a multiple of 4096 bytes',
    );
    this.size = window.size;
    this.rebase(window.buffer, window.byteOffset);
  }

  /** Points all views at another buffer that holds the same bytes, as after the growth of a WebAssembly memory. */
  rebase(buffer: ArrayBufferLike, byteOffset: number): void {
    invariant(byteOffset % 8 === 0, 'guest memory must start at a multiple of 8 bytes');
    this.u8 = new Uint8Array(buffer, byteOffset, this.size);
    this.u16 = new Uint16Array(buffer, byteOffset, this.size / 2);
    this.u32 = new Uint32Array(buffer, byteOffset, this.size / 4);
    this.view = new DataView(buffer, byteOffset, this.size);
  }

  /** True when all `length` bytes from `gpa` are RAM. */
  valid(gpa: number, length: number): boolean {
    return gpa >= 0 && length >= 0 && gpa + length <= this.size;
  }

  /** A copy of guest bytes. Bytes that are not RAM read as all ones, as on a bus that nobody drives. */
  read(gpa: number, length: number): Uint8Array {
    if (this.valid(gpa, length)) return this.u8.slice(gpa, gpa + length);
    return new Uint8Array(length).fill(0xff);
  }

  /** Copies bytes into guest memory. False, and nothing is written, when a byte is not RAM or lies under a read-only overlay. */
  write(gpa: number, bytes: Uint8Array): boolean {
    if (!this.writable(gpa, bytes.length)) return false;
    this.u8.set(bytes, gpa);
    this.onWritten(gpa, bytes.length);
    return true;
  }

  read32(gpa: number): number {
    return this.valid(gpa, 4) ? this.view.getUint32(gpa, true) : 0xffffffff;
  }

  write32(gpa: number, value: number): boolean {
    if (!this.writable(gpa, 4)) return false;
    this.view.setUint32(gpa, value, true);
    return true;
  }

  read64(gpa: number): bigint {
    return this.valid(gpa, 8) ? this.view.getBigUint64(gpa, true) : 0xffff_ffff_ffff_ffffn;
  }

  write64(gpa: number, value: bigint): boolean {
    if (!this.writable(gpa, 8)) return false;
    this.view.setBigUint64(gpa, value, true);
    return true;
  }

  /** True when all bytes are RAM and none lies under a read-only overlay, such as the hypercall page. */
  writable(gpa: number, length: number): boolean {
    if (!this.valid(gpa, length)) return false;
    const end = gpa + length;
    for (const page of this.readOnlyPages) if (page < end && page + PAGE_SIZE > gpa) return false;
    return true;
  }

  /**
   * Covers the page at `gpa` with `contents`. Undefined when the page is not RAM: then there is nothing that the guest could read.
   * Several overlays may lie on one page; the last one placed is seen.
   */
  mapOverlay(
    gpa: number,
    contents: Uint8Array,
    options: { readonly readOnly?: boolean } = {},
  ): Overlay | undefined {
    invariant(gpa % PAGE_SIZE === 0 && contents.length === PAGE_SIZE, 'an overlay is one whole page');
    if (!this.valid(gpa, PAGE_SIZE)) return undefined;
    const overlay: Overlay = { gpa, readOnly: options.readOnly ?? false, beneath: this.read(gpa, PAGE_SIZE) };
    const stack = this.overlays.get(gpa);
    if (stack) stack.push(overlay);
    else this.overlays.set(gpa, [overlay]);
    if (overlay.readOnly) this.readOnlyPages.push(gpa);
    this.u8.set(contents, gpa);
    this.onWritten(gpa, PAGE_SIZE);
    return overlay;
  }

  /** True when a page of the hypervisor covers the page at `gpa`. */
  overlaid(gpa: number): boolean {
    return this.overlays.has(gpa);
  }

  /** The contents of an overlay where they are now: in sight of the guest, or put aside by an overlay on top of it. */
  overlayBytes(overlay: Overlay): Uint8Array {
    const stack = this.overlays.get(overlay.gpa) ?? [];
    const above = stack[stack.indexOf(overlay) + 1];
    return above ? above.beneath : this.u8.subarray(overlay.gpa, overlay.gpa + PAGE_SIZE);
  }

  /** The bytes of all RAM, without the pages that lie over it. */
  ram(): Uint8Array {
    const bytes = this.u8.slice(0, this.size);
    for (const [gpa, [lowest]] of this.overlays) bytes.set(lowest.beneath, gpa);
    return bytes;
  }

  /** Removes an overlay, whichever lies on top, and returns the contents it had: the page that lay beneath it reappears. */
  unmapOverlay(overlay: Overlay): Uint8Array {
    const stack = this.overlays.get(overlay.gpa) ?? [];
    const index = stack.indexOf(overlay);
    invariant(index >= 0, 'the overlay is not mapped');
    const above = stack[index + 1];
    const contents = above ? above.beneath : this.read(overlay.gpa, PAGE_SIZE);
    if (above) above.beneath = overlay.beneath;
    else this.u8.set(overlay.beneath, overlay.gpa);
    this.onWritten(overlay.gpa, PAGE_SIZE);
    stack.splice(index, 1);
    if (stack.length === 0) this.overlays.delete(overlay.gpa);
    if (overlay.readOnly) this.readOnlyPages.splice(this.readOnlyPages.indexOf(overlay.gpa), 1);
    return contents;
  }
}
