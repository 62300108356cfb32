import { describe, expect, it } from 'vitest';
import { PARTS, PLACES } from '../../components/MachineMap/parts.ts';
import sidebars from '../../sidebars.ts';
import { PageError } from './book.ts';
import { stepOf, stepsOf } from './path.ts';

const steps = stepsOf(process.cwd());
const order: readonly string[] = JSON.stringify(sidebars.book).match(/concepts\/[a-z-]+/g) ?? [];

describe('the way through the book', () => {
  it('has every page of the sidebar, and no page needs one that comes later', () => {
    expect(steps.map(({ id }) => `concepts/${id}`).sort()).toEqual([...order].sort());
    for (const { id, needs } of steps)
      for (const need of needs)
        expect([id, need, order.indexOf(`concepts/${need}`) < order.indexOf(`concepts/${id}`)]).toEqual([
          id,
          need,
          true,
        ]);
  });

  it('refuses a page without a head', () => {
    expect(() => stepOf('# A page', 'docs/concepts/x.mdx')).toThrow(PageError);
  });
});

describe('the map of the machine', () => {
  it('leads to every page, and to pages that exist', () => {
    const led = new Set(PARTS.map(({ to }) => to.slice(1)));
    expect([...led].filter((to) => !order.includes(to))).toEqual([]);
    expect(order.filter((page) => !led.has(page))).toEqual([]);
  });

  it('draws each part inside its place, and no two over each other', () => {
    for (const part of PARTS) {
      const place = PLACES.find(({ place: name }) => name === part.place);
      expect(place).toBeDefined();
      if (!place) continue;
      expect(part.x >= place.x && part.x + part.width <= place.x + place.width).toBe(true);
      expect(part.y >= place.y && part.y + 44 <= place.y + place.height).toBe(true);
      for (const other of PARTS)
        if (other !== part && other.y === part.y)
          expect(other.x + other.width <= part.x || part.x + part.width <= other.x).toBe(true);
    }
  });
});
