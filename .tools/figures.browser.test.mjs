// What a figure can do beyond running: one cursor in all its views, the difference of two runs, keys, full screen, sharing, embedding.
import { describe, expect, it } from 'vitest';
import { runLine } from '../sim/experiments/index.ts';
import { accessibility, openBrowser } from './visit.mjs';

const visit = openBrowser();

const figures = (page) => page.locator('figure:has([data-status])');
const ran = (figure) => figure.getByRole('status').filter({ hasText: 'run here' }).first().waitFor();
const view = (figure, name) => figure.getByRole('radio', { name }).check({ force: true });
const sentence = (figure) => figure.locator('p[aria-live]');

describe('the cursor', () => {
  it('is the same in lanes, sequence and ring, and the ring shows its moment', async () => {
    await visit('/concepts/vsp-vsc?burst=4', {}, async (page, { complaints }) => {
      const figure = figures(page).first();
      await ran(figure);
      await figure.getByRole('button', { name: 'Step forward' }).click();
      await expect.poll(() => sentence(figure).textContent()).toMatch(/^1\//);
      await view(figure, 'Who calls whom');
      const present = figure.locator('[aria-current=step]');
      await present.waitFor();
      for (let i = 0; i < 6; i++) await page.keyboard.press('.');
      await expect.poll(() => sentence(figure).textContent()).toMatch(/^7\//);
      expect(await present.getAttribute('aria-label')).toMatch(/^Step 7: /);
      // A step that is clicked is the step of the slider, too.
      await figure.getByRole('button', { name: /^Step 9: / }).click();
      expect(await figure.getByRole('slider', { name: 'Step of the run' }).inputValue()).toBe('8');

      await view(figure, 'The ring');
      const ring = figure.getByRole('img', { name: /^Ring of/ });
      const words = await ring.getAttribute('aria-label');
      const { trace, logs } = runLine('vsp-vsc?burst=4');
      const [, read, write] = /read index (\d+), write index (\d+)/.exec(words);
      expect(words).toMatch(/^Ring of \S+ after /);
      // The state of some moment of the run, and not that of its end.
      const at = logs[0].at.findIndex(
        (_, i) => logs[0].values[0][i] === Number(read) && logs[0].values[1][i] === Number(write),
      );
      expect(at).toBeGreaterThanOrEqual(0);
      expect(at).toBeLessThan(logs[0].at.length - 1);
      expect(logs[0].at[at]).toBeLessThan(trace.end.at(-1));
      expect(complaints).toEqual([]);
    });
  });

  it('stands where the address says', async () => {
    await visit('/concepts/two-roads?mode=pio&step=40', {}, async (page) => {
      await expect.poll(() => sentence(figures(page).first()).textContent()).toMatch(/^40\//);
    });
  });
});

describe('two runs', () => {
  it('say before any script what they differ in, and anew when a setting changes', async () => {
    const address = '/concepts/vsp-vsc';
    const said = (page) => page.getByRole('group', { name: 'What the two runs differ in' }).first();
    let built = '';
    await visit(address, { javaScriptEnabled: false }, async (page) => {
      built = await said(page).textContent();
      expect(built).toMatch(/A takes .*B .*What makes the difference/);
    });
    await visit(`${address}?with=vsp-vsc%3Fnotify%3Dmonitor`, {}, async (page, { complaints }) => {
      const figure = figures(page).first();
      await ran(figure);
      await expect.poll(() => said(figure).textContent()).toMatch(/A takes/);
      const before = await said(figure).textContent();
      await figure.getByRole('slider', { name: 'Packets in a burst' }).focus();
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => said(figure).textContent()).not.toBe(before);
      await said(figure).getByText('Where the difference comes from').click();
      expect(await said(figure).getByRole('row').count()).toBeGreaterThan(5);
      expect([...(await accessibility(page)), ...complaints]).toEqual([]);
    });
  });
});

describe('keys', () => {
  it('do what their controls do, are listed under ?, and leave typing alone', async () => {
    await visit('/concepts/two-roads', {}, async (page, { complaints }) => {
      const figure = figures(page).first();
      await figure.getByRole('slider', { name: 'Size' }).focus();
      await page.keyboard.press('ArrowLeft');
      await ran(figure);
      await page.keyboard.press('?');
      const map = page.getByRole('dialog', { name: 'Keys of this figure' });
      await map.waitFor();
      expect(await map.textContent()).toContain('Undo');
      expect(await accessibility(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await expect.poll(() => map.count()).toBe(0);
      await figure.getByRole('slider', { name: 'Size' }).focus();
      await page.keyboard.press('u');
      await expect.poll(() => figure.getByRole('textbox', { name: 'Size' }).inputValue()).toBe('10KiB');
      await page.keyboard.press('.');
      await expect.poll(() => sentence(figure).textContent()).toMatch(/^1\//);
      const typed = figure.getByRole('textbox', { name: 'Size' });
      await typed.focus();
      await page.keyboard.press('?');
      expect(await map.count()).toBe(0);
      expect(complaints).toEqual([]);
    });
  });

  it('fill the screen with the figure, and give it back', async () => {
    await visit('/concepts/two-roads', {}, async (page) => {
      const figure = figures(page).first();
      await figure.getByRole('slider', { name: 'Size' }).focus();
      await page.keyboard.press('ArrowLeft');
      await ran(figure);
      const full = () => page.evaluate(() => document.fullscreenElement?.tagName ?? '');
      await page.keyboard.press('f');
      await expect.poll(full).toBe('FIGURE');
      await page.keyboard.press('f');
      await expect.poll(full).toBe('');
    });
  });
});

describe('the share panel', () => {
  it('gives every form, and what it copies leads back to the run', async () => {
    const options = { permissions: ['clipboard-read', 'clipboard-write'], acceptDownloads: true };
    await visit('/concepts/two-roads?mode=dma', options, async (page, { complaints }) => {
      const figure = figures(page).first();
      await ran(figure);
      await figure.getByText('Share, copy, take away').click();
      const clipped = async (name) => {
        await page.evaluate(() => navigator.clipboard.writeText(''));
        await figure.getByRole('button', { name, exact: true }).click();
        await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).not.toBe('');
        return page.evaluate(() => navigator.clipboard.readText());
      };
      const { digest } = runLine('two-roads?mode=dma');
      expect(await clipped('Copy link')).toMatch(/\/concepts\/two-roads\?mode=dma$/);
      expect(await clipped('Copy citation')).toContain(digest);
      expect(await clipped('Copy to embed')).toMatch(
        /<iframe src="[^"]*\/embed\?line=two-roads%3Fmode%3Ddma/,
      );
      expect(await clipped('Copy as Mermaid')).toMatch(/^sequenceDiagram/);
      expect(await clipped('Copy as TypeScript')).toContain(digest);
      expect(await clipped('Copy for social media')).toContain('mode=dma');
      const saved = async (name) => {
        const download = page.waitForEvent('download');
        await figure.getByRole('button', { name, exact: true }).click();
        const chunks = [];
        for await (const chunk of await (await download).createReadStream()) chunks.push(chunk);
        return Buffer.concat(chunks);
      };
      expect((await saved('Figure (PNG)')).subarray(1, 4).toString()).toBe('PNG');
      expect(JSON.parse(await saved('Run (JSON)')).digest).toBe(digest);
      expect((await saved('Events (CSV)')).toString()).toMatch(/^at,end,kind/);
      expect(complaints).toEqual([]);
    });
  });
});

describe('the costs of a run', () => {
  it('are varied when asked, and the chart says what each moves', async () => {
    await visit('/concepts/ring-transitions?instruction=cpuid', {}, async (page, { complaints }) => {
      const figure = figures(page).first();
      await ran(figure);
      await figure.getByText('Which cost matters most').click();
      await figure.getByRole('button', { name: 'Vary every cost' }).click();
      const table = figure.getByRole('table', { name: /with each cost at the ends of its range/ });
      await table.waitFor();
      expect(await table.getByRole('row').count()).toBeGreaterThan(3);
      expect(await table.textContent()).toMatch(/All costs at once.*−.*%.*\+.*%/);
      expect([...(await accessibility(page)), ...complaints]).toEqual([]);
    });
  });
});

describe('an embedded figure', () => {
  const line = 'two-roads?mode=dma';
  const address = `/embed?line=${encodeURIComponent(line)}`;

  it.each(['light', 'dark'])('shows the run and nothing of the site (%s)', async (colorScheme) => {
    await visit(address, { colorScheme }, async (page, { complaints, foreign }) => {
      const figure = figures(page).first();
      await figure.waitFor();
      const { digest } = runLine(line);
      expect(await figure.locator('[data-digest]').first().textContent()).toBe(digest);
      expect(await page.locator('nav, footer').count()).toBe(0);
      // The address of the embedding is the author's: it stays.
      await figure.getByRole('slider', { name: 'Size' }).focus();
      await page.keyboard.press('ArrowRight');
      await ran(figure);
      expect(page.url()).toContain(address);
      expect([...(await accessibility(page)), ...complaints, ...foreign]).toEqual([]);
    });
  });

  it('tells the page around how high it is', async () => {
    await visit('/404', {}, async (page) => {
      const heights = await page.evaluate(async (source) => {
        const frame = document.createElement('iframe');
        frame.src = source;
        frame.style.width = '900px';
        const heard = [];
        addEventListener('message', ({ data }) => data?.ringside === 'height' && heard.push(data.height));
        document.body.append(frame);
        for (let i = 0; i < 100 && !(heard.at(-1) > 400); i++) await new Promise((r) => setTimeout(r, 100));
        return heard;
      }, address);
      expect(heights.at(-1)).toBeGreaterThan(400);
    });
  });

  it('says when the run is no longer the one that was embedded, and what is wrong with an address', async () => {
    await visit(`${address}&v=0.0.1&digest=0000000000000000`, {}, async (page) => {
      await page.getByText('This was embedded with ringside 0.0.1').waitFor();
    });
    await visit('/embed?line=two-roads%3Fmode%3Dfloppy', {}, async (page) => {
      await page.getByRole('alert').filter({ hasText: '"floppy"' }).waitFor();
    });
    await visit('/embed', {}, async (page) => {
      await page.getByRole('alert').filter({ hasText: 'names no run' }).waitFor();
    });
  });
});
