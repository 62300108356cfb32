// The concept pages in a real browser: what a reader does with an experiment, by every means, and what must never happen meanwhile.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { accessibility, openBrowser } from './visit.mjs';

const CLI = fileURLToPath(new URL('../sim/bin/ringside.mjs', import.meta.url));
const PAGES = ['/concepts/two-roads', '/concepts/ring-transitions', '/concepts/vsp-vsc'];

/** JavaScript of an empty page of stock Docusaurus classic, and what a page of ours may add before it is touched; bytes after gzip. */
const EMPTY_PAGE = 178_000;
const ALLOWANCE = 60_000;

const visit = openBrowser();

/** The figure of the first experiment of a page. */
const firstExperiment = (page) =>
  page
    .locator('figure:has([data-digest])')
    .filter({ has: page.locator('fieldset, select, input') })
    .first();

/** Waits until the experiment says that it ran in this page. */
const ran = (figure) => figure.getByRole('status').filter({ hasText: 'run here' }).first().waitFor();

const cli = (line) =>
  JSON.parse(
    spawnSync(process.execPath, [CLI, 'run', line, '--json'], { encoding: 'utf8', maxBuffer: 1 << 28 })
      .stdout,
  );

describe.each(PAGES)('%s', (address) => {
  it.each(['light', 'dark'])(
    'passes axe with everything opened and every view shown (%s)',
    async (colorScheme) => {
      await visit(address, { colorScheme }, async (page, { complaints }) => {
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('main details')) details.open = true;
        });
        const found = await accessibility(page);
        const views = page.locator('fieldset:has(legend:text-is("View")) label');
        for (let i = 0; i < (await views.count()); i++) await views.nth(i).click();
        expect([...found, ...(await accessibility(page)), ...complaints]).toEqual([]);
      });
    },
  );

  it('stays within its budget of script, does not move while it loads, and asks no other host', async () => {
    await visit(address, {}, async (page, { complaints, foreign }) => {
      await page.waitForLoadState('networkidle');
      const scripts = await page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .filter(({ name, initiatorType }) => name.endsWith('.js') && initiatorType === 'script')
          .map(({ name }) => name),
      );
      let bytes = 0;
      for (const url of scripts) bytes += gzipSync(await (await page.request.get(url)).body()).length;
      expect(scripts.length).toBeGreaterThan(1);
      expect(bytes).toBeLessThan(EMPTY_PAGE + ALLOWANCE);
      expect(page.workers()).toEqual([]);
      // Down the whole page: every part wakes, and none of them moves another.
      for (let y = 0; y < 40; y++) {
        await page.mouse.wheel(0, 800);
        await page.waitForTimeout(30);
      }
      await page.waitForLoadState('networkidle');
      expect(await page.locator('[data-later]:empty').count()).toBe(0);
      expect(await page.evaluate(() => window.shifted)).toBeLessThan(0.01);
      expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
    });
  });

  it('shows true numbers and figures without script', async () => {
    await visit(address, { javaScriptEnabled: false }, async (page) => {
      const figure = firstExperiment(page);
      const digest = figure.locator('[data-digest]').first();
      const line = await digest.getAttribute('data-digest');
      const run = cli(line);
      expect(await digest.textContent()).toBe(run.digest);
      const numbers = page.locator('main data');
      expect(await numbers.count()).toBeGreaterThan(3);
      for (const number of await numbers.all())
        expect(await number.textContent()).toMatch(/^[\d.\s\u202f−]+$/);
      expect(await page.locator('main svg path[d]').count()).toBeGreaterThan(20);
      expect(await page.locator('noscript details').count()).toBeGreaterThan(0);
    });
  });
});

describe('an experiment', () => {
  it('does what was asked of its picture before its script was there', async () => {
    await visit('/concepts/two-roads', {}, async (page, { complaints }) => {
      const figure = firstExperiment(page);
      // In one turn of the page's clock, so that nothing can be loaded in between.
      await figure.getByRole('slider', { name: 'Size' }).evaluate((slider) => {
        slider.focus();
        slider.value = '0';
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      });
      await ran(figure);
      expect(page.url()).toMatch(/\?size=512B$/);
      const focused = await page.evaluate(() => document.activeElement?.getAttribute('type'));
      expect({ focused, complaints }).toEqual({ focused: 'range', complaints: [] });
    });
  });

  it('goes on with the lanes that a reader stepped through before the bet, where the page shows bars after it', async () => {
    await visit('/concepts/who-is-enlightened', {}, async (page, { complaints }) => {
      const figure = firstExperiment(page);
      const scrub = figure.getByRole('slider', { name: 'Step of the run' });
      await scrub.scrollIntoViewIfNeeded();
      await figure.getByRole('button', { name: 'Step forward' }).click();
      await expect.poll(() => scrub.getAttribute('aria-valuetext')).toMatch(/, in the /);
      await scrub.focus();
      await page.keyboard.press('ArrowRight');
      expect(await scrub.inputValue()).toBe('1');
      expect(complaints).toEqual([]);
    });
  });

  it('is worked by keyboard alone: slider, run, step, scrub, share', async () => {
    await visit('/concepts/two-roads', {}, async (page, { complaints, foreign }) => {
      const figure = firstExperiment(page);
      await figure.getByRole('slider', { name: 'Size' }).focus();
      await page.keyboard.press('ArrowLeft');
      await ran(figure);
      expect(page.url()).toMatch(/\?size=4KiB$/);

      await tabTo(page, 'Step forward');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      const sentence = figure.locator('p[aria-live]');
      await expect.poll(() => sentence.textContent()).toMatch(/^2\/\d/);
      await tabTo(page, 'Step of the run');
      await page.keyboard.press('End');
      await expect.poll(() => sentence.textContent()).toMatch(/^(\S+)\/\1 /);
      await tabTo(page, 'Show less of the time, larger');
      await page.keyboard.press('Enter');

      await tabTo(page, 'Share, copy, take away');
      await page.keyboard.press('Enter');
      const download = page.waitForEvent('download');
      await tabTo(page, 'Notebook');
      await page.keyboard.press('Enter');
      expect((await download).suggestedFilename()).toMatch(/^two-roads-[0-9a-f]{8}\.ipynb$/);
      expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
    });
  });

  it.each([
    ['/concepts/two-roads', 'two-roads?mode=dma&op=read&seed=7'],
    ['/concepts/ring-transitions', 'ring-transitions?era=2012&instruction=hypercall'],
    ['/concepts/vsp-vsc', 'vsp-vsc?burst=4&rule=signal-per-packet'],
  ])('on %s opens at the line %s and gives the digest of the command line', async (address, line) => {
    await visit(`${address}?${line.split('?')[1]}`, {}, async (page) => {
      const figure = firstExperiment(page);
      await ran(figure);
      expect(await figure.locator(`[data-digest="${line}"]`).textContent()).toBe(cli(line).digest);
    });
  });

  it('keeps what was typed, says what is wrong with it, and undoes', async () => {
    await visit('/concepts/two-roads', {}, async (page) => {
      const figure = firstExperiment(page);
      const size = figure.getByRole('textbox', { name: 'Size' });
      await size.fill('11 bananas');
      await figure.getByRole('alert').filter({ hasText: '11 bananas' }).waitFor();
      expect(await size.inputValue()).toBe('11 bananas');
      await size.fill('64KiB');
      await ran(figure);
      expect(page.url()).toMatch(/size=64KiB/);
      await figure.getByRole('button', { name: 'Undo' }).click();
      await expect.poll(() => size.inputValue()).toBe('10KiB');
    });
  });

  it('says what in an address it did not understand', async () => {
    await visit('/concepts/two-roads?mode=floppy&speed=9', {}, async (page) => {
      const figure = firstExperiment(page);
      await expect
        .poll(() => figure.getByRole('alert').allTextContents())
        .toEqual(
          expect.arrayContaining([
            expect.stringContaining('"floppy"'),
            expect.stringContaining('"speed" is not a parameter'),
          ]),
        );
    });
  });

  it('marks a wrong rule on the page and in what is taken away', async () => {
    await visit('/concepts/vsp-vsc?rule=signal-per-packet', { acceptDownloads: true }, async (page) => {
      const figure = firstExperiment(page);
      await ran(figure);
      expect(await figure.getByText('Wrong rule, on purpose.').count()).toBe(1);
      await figure.getByText('Share, copy, take away').click();
      const download = page.waitForEvent('download');
      await figure.getByRole('button', { name: 'Figure (SVG)' }).click();
      const chunks = [];
      for await (const chunk of await (await download).createReadStream()) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toContain('WRONG RULE');
    });
  });

  it('hides the outcome of a bet until it is placed, and remembers it here only', async () => {
    await visit('/concepts/two-roads', {}, async (page) => {
      const figure = firstExperiment(page);
      expect(await figure.locator('table').first().isVisible()).toBe(false);
      expect(await page.locator('main [role=img]').first().getAttribute('aria-label')).not.toContain('134');
      await page.getByRole('textbox', { name: 'Your bet' }).fill('20');
      await page.keyboard.press('Enter');
      await figure.locator('table').first().waitFor({ state: 'visible' });
      expect(await page.locator('main').textContent()).toContain('You said 20 accesses');
      await page.reload();
      await page.getByText('You say').waitFor();
      expect(await page.context().cookies()).toEqual([]);
    });
  });
});

/** Presses Tab until something with this name has the focus. */
async function tabTo(page, name) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
    );
    if (here.trim() === name) return;
  }
  throw new Error(`Tab does not reach "${name}"`);
}
