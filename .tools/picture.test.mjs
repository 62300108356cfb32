// The picture of the README and the home page is a promise: it must have as many teeth as a run has intercepts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runLine } from '../sim/index.ts';
import { ROOT } from './setup.mjs';

const picture = readFileSync(join(ROOT, 'static', 'img', 'two-roads.svg'), 'utf8');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

it('draws one tooth for each intercept of the emulated read, and says the number', () => {
  const { deviceIntercepts } = runLine('two-roads?op=read&size=4KiB&mode=pio').metrics;
  const teeth = /class="work root-user" d="([^"]*)"/.exec(picture)[1].match(/M/g).length;
  expect(teeth).toBe(deviceIntercepts);
  expect(picture).toContain(`>${deviceIntercepts}<`);
  expect(readme).toContain(`${deviceIntercepts} intercepts by the emulated IDE disk`);
});

it('draws no tooth for the synthetic read, and one signal', () => {
  const { deviceIntercepts, signals } = runLine('two-roads?op=read&size=4KiB&mode=synthetic').metrics;
  expect([deviceIntercepts, signals]).toEqual([0, 1]);
});
