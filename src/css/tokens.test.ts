import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { figureStyle, LANE_ORDER, PALETTE } from '../../sim/lab/palette.ts';
import { contrast, distance, parseHex, type Rgb, seen, VISIONS } from './colour.ts';

const CSS = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

const PLACES = [
  'guest-user',
  'guest-kernel',
  'hypervisor',
  'root-kernel',
  'root-user',
  'hardware',
  'paravisor',
] as const;

/** The literal colours of one theme's block. */
function colours(selector: string): Map<string, Rgb> {
  const start = CSS.indexOf(`\n${selector} {`);
  const block = CSS.slice(start, CSS.indexOf('}', start));
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, parseHex(hex)]),
  );
}

const THEMES = [
  { name: 'light' as const, values: colours(':root'), apart: 16.5, marks: 3 },
  { name: 'dark' as const, values: colours('[data-theme="dark"]'), apart: 15.5, marks: 4.5 },
];

/** Every two places, under every kind of vision, nearest first. */
function pairs(values: Map<string, Rgb>) {
  return VISIONS.flatMap((vision) =>
    PLACES.flatMap((a, i) =>
      PLACES.slice(i + 1).map((b) => {
        const [p, q] = [a, b].map((place) => seen(values.get(`place-${place}`) as Rgb, vision));
        return { a, b, vision, apart: distance(p, q) };
      }),
    ),
  ).sort((p, q) => p.apart - q.apart);
}

describe('colour arithmetic', () => {
  it('agrees with published values', () => {
    expect(contrast([0, 0, 0], [1, 1, 1])).toBeCloseTo(21, 5);
    expect(contrast(parseHex('#777777'), [1, 1, 1])).toBeCloseTo(4.48, 2);
    // Pure red and pure green, CIEDE2000 86.6 by common calculators.
    expect(distance([1, 0, 0], [0, 1, 0])).toBeCloseTo(86.6, 0);
    expect(distance([0.2, 0.4, 0.6], [0.2, 0.4, 0.6])).toBe(0);
  });

  it('maps grey to grey for every vision', () => {
    for (const vision of VISIONS) {
      for (const channel of seen([0.5, 0.5, 0.5], vision)) expect(channel).toBeCloseTo(0.5, 2);
    }
  });
});

describe('figures that stand alone', () => {
  it('fall back to the colours of the page, place for place', () => {
    expect(PLACES).toEqual(expect.arrayContaining(Object.keys(PALETTE)));
    expect(Object.keys(PALETTE).sort()).toEqual([...LANE_ORDER].sort());
    for (const { name, values } of THEMES)
      for (const place of LANE_ORDER)
        expect(parseHex(PALETTE[place][name]), `${place}, ${name}`).toEqual(values.get(`place-${place}`));
  });

  it('fall back to its ink and rules', () => {
    const [light, dark] = figureStyle().split('@media(prefers-color-scheme:dark)');
    for (const [style, { values }] of [
      [light, THEMES[0]],
      [dark, THEMES[1]],
    ] as const) {
      const literals = [...style.matchAll(/var\(--(ink|ink-muted|rule),(#[0-9A-F]{6})\)/g)];
      expect(literals.map(([, token]) => token).sort()).toEqual(['ink', 'ink-muted', 'rule']);
      for (const [, token, hex] of literals) expect(parseHex(hex), token).toEqual(values.get(token));
    }
  });
});

describe('paper', () => {
  it('gets the light colours, also from a dark screen', () => {
    const print = readFileSync(new URL('./print.css', import.meta.url), 'utf8');
    const light = colours(':root');
    const repeated = new Map(
      [...print.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, t, hex]) => [t, hex]),
    );
    // Paper has an ink of its own: black. Nothing is focused on it.
    const own = ['ground', 'ink', 'ink-muted', 'focus'];
    for (const token of colours('[data-theme="dark"]').keys()) {
      if (own.includes(token)) continue;
      expect(repeated.has(token), `print.css lacks --${token}`).toBe(true);
      expect(parseHex(repeated.get(token) as string), token).toEqual(light.get(token));
    }
    for (const token of repeated.keys()) expect(light.has(token), token).toBe(true);
  });
});

for (const { name, values, apart, marks } of THEMES) {
  const get = (token: string) => values.get(token) as Rgb;

  describe(`${name} theme`, () => {
    it('names a mark and a text colour for every place', () => {
      for (const place of PLACES) {
        expect(values.has(`place-${place}`), place).toBe(true);
        expect(values.has(`place-${place}-text`), place).toBe(true);
      }
    });

    it.each(PLACES)('%s: marks stand out and words are readable', (place) => {
      expect(contrast(get(`place-${place}`), get('ground'))).toBeGreaterThanOrEqual(marks);
      for (const behind of ['ground', 'raised']) {
        expect(contrast(get(`place-${place}-text`), get(behind)), behind).toBeGreaterThanOrEqual(4.5);
      }
    });

    it.each(['ink', 'ink-muted', 'danger', 'code-string', 'code-number'])('%s is readable', (token) => {
      for (const behind of ['ground', 'raised']) {
        expect(contrast(get(token), get(behind)), behind).toBeGreaterThanOrEqual(5.5);
      }
    });

    it('shows focus and control edges at 3 : 1', () => {
      for (const token of ['focus', 'rule-strong']) {
        expect(contrast(get(token), get('ground')), token).toBeGreaterThanOrEqual(3);
      }
    });

    it(`keeps every two places at least ${apart} apart, whatever the eyes`, () => {
      const [nearest] = pairs(values);
      expect(nearest.apart, `${nearest.a} and ${nearest.b}, ${nearest.vision}`).toBeGreaterThanOrEqual(apart);
    });
  });
}
