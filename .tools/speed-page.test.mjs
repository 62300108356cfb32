import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PAGE, RESULTS, speedPage } from './speed-page.mjs';

const report = JSON.parse(readFileSync(RESULTS, 'utf8'));
const measured = {
  name: 'ring, 64 bytes',
  unit: 'M/s',
  ours: 20,
  anchor: 50,
  anchorName: 'C++ ring',
  ratio: 0.4,
};

describe('the page on speed', () => {
  it('shows the committed results', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(speedPage(report));
  });

  it('leaves no measurement out', () => {
    for (const { name } of report.results) expect(speedPage(report)).toContain(`| ${name} |`);
  });

  it('says which goal was missed, and by how much', () => {
    const page = speedPage({ ...report, results: [{ ...measured, target: 0.5, met: false }] });
    expect(page).toContain(
      '0 of 1 goals were met in this run. Not met:\n\n- ring, 64 bytes: 80 % of what was asked',
    );
    expect(page).toContain('**not met**: 80 % of what was asked');
  });

  it('comes from a whole run', () => {
    expect(report.quick).toBe(false);
    expect(report.rounds).toBeGreaterThanOrEqual(3);
  });
});
