import { describe, expect, it } from 'vitest';
import { carriesCode, packed, unpacked } from './compress.ts';

describe('code in an address', () => {
  it('comes back as it went', async () => {
    const source = "show('µ → ✓');\n".repeat(50);
    const fragment = await packed('Mine', source);
    expect(fragment).toMatch(/^code=1\.[\w-]+$/);
    expect(fragment.length).toBeLessThan(120);
    expect(await unpacked(`#${fragment}`)).toEqual({ title: 'Mine', source });
  });

  it.each([
    ['cut', async () => (await packed('a', 'some code of some length')).slice(0, -6)],
    ['changed', async () => (await packed('a', 'some code')).replace(/.{4}$/, '!!!!')],
    ['empty', async () => 'code=1.'],
    ['of no code', async () => `code=1.${btoa('hello')}`],
    ['of something else', async () => (await packed('a', 'b')).replace('code=1.', 'code=1.AAAA')],
  ])('says of a link that is %s that it cannot be read', async (_, link) => {
    await expect(unpacked(await link())).rejects.toThrow(/cannot be read/);
  });

  it('says of a later version that it is not known', async () => {
    await expect(unpacked('#code=2.abc')).rejects.toThrow(/version/);
    expect(carriesCode('#code=2.abc')).toBe(true);
    expect(carriesCode('#a-heading')).toBe(false);
  });

  it('does not unpack what would fill the memory', async () => {
    const bomb = await packed('a', 'x'.repeat(5_000_000));
    await expect(unpacked(bomb)).rejects.toThrow(/longer than 200 thousand/);
  });
});
