// Opens pages of the built site in a Chromium, each in a context of its own, and notes what must not happen.
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';
import { chromiumPath } from './chromium.mjs';

const site = inject('site');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** A function that opens an address and lets `look` examine it; the browser lives as long as the test file. */
export function openBrowser() {
  let browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  return async function visit(address, options, look) {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      // Each visit is a first one; what keeps the book has a suite of its own.
      serviceWorkers: 'block',
      ...options,
    });
    try {
      const page = await context.newPage();
      const complaints = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        // The browser itself reports the status of the page that is not there.
        if (message.type() === 'error' && !message.text().includes('404')) complaints.push(message.text());
      });
      const foreign = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(site) && !/^(data|blob):/.test(request.url()))
          foreign.push(request.url());
      });
      await page.addInitScript(countShifts);
      await page.goto(site + address, { waitUntil: 'load' });
      if (options.javaScriptEnabled !== false) await page.waitForSelector('html[data-has-hydrated="true"]');
      return await look(page, { complaints, foreign });
    } finally {
      await context.close();
    }
  };
}

/** Adds up layout shifts that no input caused. Runs in the page. */
function countShifts() {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
}

/** What axe finds, one line a rule. */
export async function accessibility(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(' | ')}`,
  );
}
