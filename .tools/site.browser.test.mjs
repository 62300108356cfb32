// The built site in a real browser: what must hold on every page, whoever wrote it.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { accessibility, openBrowser } from './visit.mjs';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));

/** Addresses of all built pages, the not-found page last. */
function addresses() {
  const found = readdirSync(BUILD, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.html') && file !== '404.html')
    .map((file) => `/${file.replace(/(^|\/)index\.html$/, '$1').replace(/\.html$/, '')}`);
  return [...new Set(found)].sort().concat('/no-such-page');
}

const PAGES = addresses();
const THEMES = ['light', 'dark'];
const WIDTHS = [390, 820, 1440];
const visit = openBrowser();

/** Widths at which the page is wider than its window, with the excess in pixels. */
async function sidewaysScroll(page) {
  const excess = {};
  // The widest comes last: the page is examined there first.
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const pixels = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (pixels > 0) excess[width] = pixels;
  }
  return excess;
}

// Programs write the reference, the pages of the notebooks, slides and worksheets: a few pages stand for all of each.
const MADE = /^\/(reference|notebooks|slides|worksheets)\//;
const STAND_FOR_ALL = /\/(core|wire\/vmbus-messages|00-start|two-roads|boot-ide-filter)$/;
const LOOKED_AT = PAGES.filter((address) => !MADE.test(address) || STAND_FOR_ALL.test(address));

describe.each(LOOKED_AT)('%s', (address) => {
  it.each(THEMES)(
    'passes axe, fits three widths, is silent and asks no other host (%s)',
    async (colorScheme) => {
      await visit(address, { colorScheme }, async (page, { complaints, foreign }) => {
        const sideways = await sidewaysScroll(page);
        // The concept pages have a suite of their own, with every fold opened.
        const violations = address.startsWith('/concepts/') ? [] : await accessibility(page);
        if (colorScheme === 'light') {
          await page.setViewportSize({ width: WIDTHS[0], height: 900 });
          violations.push(...(await accessibility(page)));
        }
        expect({ violations, sideways, complaints, foreign }).toEqual({
          violations: [],
          sideways: {},
          complaints: [],
          foreign: [],
        });
      });
    },
  );
});

it('the first page stays where it is while it loads', async () => {
  await visit('/', {}, async (page) => {
    await page.waitForTimeout(500);
    expect(await page.evaluate(() => window.shifted)).toBeLessThan(0.02);
  });
});

describe('without JavaScript', () => {
  it.each(LOOKED_AT)('%s can be read', async (address) => {
    await visit(address, { javaScriptEnabled: false }, async (page) => {
      expect(await page.locator('main h1').first().isVisible()).toBe(true);
      expect((await page.locator('main').textContent()).trim().split(/\s+/).length).toBeGreaterThan(8);
    });
  });
});

describe('the search', () => {
  it('is worked by keyboard: opens, finds by a synonym, goes there, closes', async () => {
    await visit('/contributing', {}, async (page, { complaints, foreign }) => {
      await page.keyboard.press('/');
      const field = page.getByRole('combobox', { name: /Search the book/ });
      await field.waitFor();
      await page.keyboard.type('circular buffer');
      const first = page.getByRole('option').first();
      await first.waitFor();
      const texts = await page.getByRole('option').allTextContents();
      expect(texts.join(' ')).toMatch(/ring/i);
      expect(await accessibility(page)).toEqual([]);
      await page.keyboard.press('ArrowDown');
      expect(await page.getByRole('option').nth(1).getAttribute('aria-selected')).toBe('true');
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => !url.pathname.endsWith('/contributing'));
      expect(await page.getByRole('dialog').count()).toBe(0);
      expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
    });
  });

  it('opens a run at the moment in which something happens, and Escape leaves everything as it was', async () => {
    await visit('/', {}, async (page, { complaints }) => {
      await page.getByRole('button', { name: 'Search' }).first().click();
      const field = page.getByRole('combobox', { name: /Search the book/ });
      await field.fill('SIGNAL_EVENT');
      await page
        .getByRole('option', { name: /moment of a run/ })
        .first()
        .click();
      await page.waitForURL(/concepts\/.*step=\d+/);
      await page.waitForSelector('html[data-has-hydrated="true"]');
      await page.keyboard.press('Control+k');
      await field.waitFor();
      const here = page.url();
      await page.keyboard.type('lock');
      await page.keyboard.press('Escape');
      expect(await page.getByRole('dialog').count()).toBe(0);
      expect({ here: page.url(), complaints }).toEqual({ here, complaints: [] });
    });
  });
});

describe('the keyboard', () => {
  it('reaches every link of the bar, and sees where it is', async () => {
    await visit('/contributing', {}, async (page) => {
      const seen = [];
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab');
        const spot = await page.evaluate(() => {
          const element = document.activeElement;
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
          const marked = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
          return {
            name: element.textContent.trim() || element.getAttribute('aria-label'),
            tag: element.tagName,
            marked,
          };
        });
        if (spot.tag === 'BODY') break;
        seen.push(spot);
      }
      expect(seen[0].name).toMatch(/skip to main content/i);
      const links = await page.locator('.navbar__items a:visible').allTextContents();
      for (const link of links) expect(seen.map((s) => s.name)).toContain(link.trim());
      expect(seen.filter((s) => !s.marked)).toEqual([]);
    });
  });

  it('changes the theme', async () => {
    await visit('/', { colorScheme: 'light' }, async (page) => {
      const before = await page.evaluate(() => document.documentElement.dataset.theme);
      const toggle = page.locator('.navbar button[class*="toggle"]:visible').last();
      for (
        let i = 0;
        i < 3 && (await page.evaluate(() => document.documentElement.dataset.theme)) === before;
        i++
      ) {
        await toggle.focus();
        await page.keyboard.press('Enter');
      }
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).not.toBe(before);
    });
  });
});
