import { beforeEach, describe, expect, it, vi } from 'vitest';
import { keep, kept, putBack } from './keep.ts';

class Memory {
  readonly entries = new Map<string, string>();
  full = false;
  getItem = (key: string): string | null => this.entries.get(key) ?? null;
  setItem = (key: string, value: string): void => {
    if (this.full) throw new DOMException('full', 'QuotaExceededError');
    this.entries.set(key, value);
  };
}

let memory: Memory;
beforeEach(() => {
  memory = new Memory();
  vi.stubGlobal('localStorage', memory);
});

describe('what a reader wrote', () => {
  it('is kept, and given back', () => {
    expect(kept('a')).toBe(undefined);
    expect(keep('a', 'mine', 'theirs', undefined)).toBe(true);
    expect(kept('a')).toEqual({ source: 'mine', original: 'theirs', before: [] });
  });

  it('is not overwritten by another tab', () => {
    keep('a', 'first tab', 'original', undefined);
    keep('a', 'second tab', 'original', undefined);
    expect(kept('a')).toMatchObject({ source: 'second tab', before: ['first tab'] });
    keep('a', 'second tab, more', 'original', 'second tab');
    expect(kept('a')?.before).toEqual(['first tab']);
  });

  it('survives a reset', () => {
    keep('a', 'mine', 'original', undefined);
    putBack('a', 'mine', 'original');
    expect(kept('a')).toEqual({ source: 'original', original: 'original', before: ['mine'] });
  });

  it('is told to be kept nowhere when the browser refuses', () => {
    memory.full = true;
    expect(keep('a', 'mine', 'original', undefined)).toBe(false);
  });

  it.each(['{', '7', '{"source":3}', '[]'])('is nothing when the store holds %s', (text) => {
    memory.entries.set('ringside.cell.1.a', text);
    expect(kept('a')).toBe(undefined);
  });
});
