/**
 * Guest memory whose bytes change while the host reads them, as they do when another processor of the guest writes meanwhile.
 *
 * The host sees memory through typed arrays. Here they are stood in for by objects that look the same and, once in a while, put something
 * else where the host has just read: whoever reads a field twice and believes both times is found out. What is copied in one piece
 * changes after the copy.
 */
import type { GuestMemory } from '../../machine/memory.ts';
import type { Chance } from './chance.ts';

type View = Uint8Array | Uint16Array | Uint32Array;

/** Changes bytes of some stretches of memory. */
export class ChangingMemory {
  /** Bytes that were changed under the host's eyes. */
  changes = 0;
  private readonly raw: Uint8Array;
  private readonly stretches: readonly (readonly [first: number, end: number])[];
  private chance: Chance | undefined;

  /** `stretches` are the guest-physical addresses that may change. */
  constructor(memory: GuestMemory, stretches: readonly (readonly [first: number, end: number])[]) {
    this.raw = memory.u8;
    this.stretches = stretches;
    const { u8, u16, u32, view } = memory;
    memory.u8 = this.wrapped(u8, 1);
    memory.u16 = this.wrapped(u16, 2);
    memory.u32 = this.wrapped(u32, 4);
    memory.view = this.wrappedView(view);
  }

  /** From now on bytes change as `chance` says; not at all when left out. */
  with(chance: Chance | undefined): void {
    this.chance = chance;
  }

  private wrapped<V extends View>(view: V, size: number): V {
    const first = view.byteOffset - this.raw.byteOffset;
    return new Proxy(view, {
      get: (target, key) => {
        if (typeof key === 'string') {
          const index = Number(key);
          if (index >= 0) {
            const value = target[index];
            this.look(first + index * size, size);
            return value;
          }
        }
        const value = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        if (key === 'subarray')
          return (from?: number, to?: number) => this.wrapped(target.subarray(from, to) as V, size);
        return value.bind(target);
      },
      set: (target, key, value) => {
        (target as unknown as Record<string | symbol, unknown>)[key] = value;
        return true;
      },
    });
  }

  private wrappedView(view: DataView): DataView {
    return new Proxy(view, {
      get: (target, key) => {
        const value = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        if (typeof key !== 'string' || !key.startsWith('get')) return value.bind(target);
        return (at: number, little?: boolean) => {
          const result = value.call(target, at, little);
          this.look(at, 4);
          return result;
        };
      },
    });
  }

  /** The host has read here. */
  private look(at: number, size: number): void {
    const { chance } = this;
    if (!chance?.oneIn(6)) return;
    if (!this.stretches.some(([first, end]) => at >= first && at + size <= end)) return;
    this.changes += size;
    const value = chance.number([0, 1, 8, 24, 0x0002_0006, 0x0001_0007, 0xffff]);
    for (let i = 0; i < size; i++) this.raw[at + i] = value >>> (8 * i);
  }
}
