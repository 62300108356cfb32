// Every row of the page on wrong inputs has a test with its number, and every number in a test has its row.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ROWS = 62;
const page = readFileSync(join(ROOT, 'docs/contributing/malformed-inputs.md'), 'utf8');
const rows = [...page.matchAll(/^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(
  ([, number, sent, answer, tests]) => ({
    number: Number(number),
    sent,
    answer,
    files: [...tests.matchAll(/`([^`]+)`/g)].map(([, file]) => file),
  }),
);

/** Numbers in the titles of a file's tests: "row 12: ...". */
const numbersIn = (file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/['"`]row (\d+): /g)].map(([, number]) =>
    Number(number),
  );

describe('the page on wrong inputs', () => {
  it('has every row once, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
  });

  it.each(rows.map((row) => [row.number, row]))('row %i has a test with its number', (number, { files }) => {
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(numbersIn(file), file).toContain(number);
  });

  it('names every file that tests a row', () => {
    const named = new Set(rows.flatMap(({ number, files }) => files.map((file) => `${number} ${file}`)));
    const tests = ['sim/host/vsp', 'sim/host/devices', 'sim/test'].flatMap((folder) =>
      readdirSync(join(ROOT, folder))
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => `${folder}/${name}`),
    );
    const tested = tests.flatMap((file) => numbersIn(file).map((number) => `${number} ${file}`));
    expect(tested.filter((one) => !named.has(one))).toEqual([]);
    expect(tested.length).toBeGreaterThan(ROWS);
  });
});
