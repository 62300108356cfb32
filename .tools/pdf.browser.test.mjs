// The book on paper: one page as a PDF, whose leaves are looked at where a program that draws them is installed (pdftoppm, pdftotext).
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'cheerio';
import { expect, it } from 'vitest';
import { bookHtml } from './book-html.mjs';
import { pagesOfBook, writePdf } from './pdf.mjs';

const BUILD = fileURLToPath(new URL('../build', import.meta.url));
const installed = (program) => spawnSync(program, ['-v']).error === undefined;

/** Share of dark points of a leaf, from the portable grey map that pdftoppm writes. */
function inkOf(pgm) {
  const [, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(pgm.subarray(0, 40).toString('latin1'));
  const points = pgm.subarray(pgm.length - Number(width) * Number(height));
  return points.reduce((sum, grey) => sum + (grey < 128 ? 1 : 0), 0) / points.length;
}

it('a page on paper has its figures, its folds open, and no empty leaf', async () => {
  const [file] = await writePdf(BUILD, ['/concepts/vsp-vsc']);
  const bytes = readFileSync(file);
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
  if (installed('pdftotext')) {
    const { stdout } = spawnSync('pdftotext', ['-layout', file, '-'], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    expect(stdout).toContain('When does VMBus interrupt the host?');
    // A result that stands in a fold, and the address of a source.
    expect(stdout).toContain('Teach this page');
    expect(stdout).toContain('Ask before you run.');
    expect(stdout).not.toMatch(/Share, copy, take away|Copy link/);
  }
  if (installed('pdftoppm')) {
    const { stdout } = spawnSync('pdftoppm', ['-r', '20', '-gray', file], { maxBuffer: 1 << 28 });
    const leaves = stdout
      .toString('latin1')
      .split(/(?=P5\n\d)/)
      .filter(Boolean)
      .map((leaf) => Buffer.from(leaf, 'latin1'));
    expect(leaves.length).toBeGreaterThan(5);
    expect(leaves.map(inkOf).filter((ink) => ink < 0.001)).toEqual([]);
  }
});

it('in the whole book every link leads somewhere in it, or out of it', async () => {
  const pages = await pagesOfBook(BUILD);
  expect(pages.length).toBeGreaterThan(15);
  const $ = load(bookHtml(BUILD, pages, { title: 'T', line: 'L', version: 'V' }));
  const ids = $('[id]')
    .toArray()
    .map((element) => $(element).attr('id'));
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  const known = new Set(ids);
  const lost = $('a[href^="#"]')
    .toArray()
    .map((element) => $(element).attr('href').slice(1))
    .filter((id) => !known.has(id));
  expect(lost).toEqual([]);
});
