// The book without a network: kept by the browser, and as a folder on a disk.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { chromiumPath } from './chromium.mjs';
import { OUT, writeFolder } from './zip.mjs';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
let browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
});
afterAll(() => browser?.close());

/** A page in a context of its own, and what it complains about. */
async function opened(options, look) {
  const context = await browser.newContext({
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  try {
    const page = await context.newPage();
    const complaints = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on(
      'console',
      (message) =>
        message.type() === 'error' && complaints.push(`${message.text()} ${message.location().url}`),
    );
    return await look(page, context, complaints);
  } finally {
    await context.close();
  }
}

const hydrated = (page) => page.waitForSelector('html[data-has-hydrated="true"]');

/** The first experiment: moved, it must run here. */
async function runs(page) {
  const figure = page
    .locator('figure:has([data-digest])')
    .filter({ has: page.locator('input') })
    .first();
  await figure.getByRole('slider', { name: 'Size' }).focus();
  await page.keyboard.press('ArrowLeft');
  await figure.getByRole('status').filter({ hasText: 'run here' }).first().waitFor();
}

async function finds(page) {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /Search the book/ }).fill('circular buffer');
  await page.getByRole('dialog').getByRole('option').first().waitFor();
  await page.keyboard.press('Escape');
}

it('as a folder on a disk: pages lead to each other, experiments and cells run, the search finds', async () => {
  await writeFolder(BUILD, OUT);
  await opened({}, async (page, _context, complaints) => {
    await page.goto(pathToFileURL(join(OUT, 'index.html')).href);
    await hydrated(page);
    await page.locator('.navbar__items').getByRole('link', { name: 'Concepts', exact: true }).first().click();
    await page.waitForURL(/\/concepts\/two-roads\.html$/);
    await hydrated(page);
    expect(await page.locator('h1').first().textContent()).toBe('Why is an emulated disk so slow?');
    await runs(page);
    expect(page.url()).toMatch(/two-roads\.html\?size=4KiB$/);
    await finds(page);
    const cell = page.locator('[data-later="CodeCell"]').first();
    await cell.scrollIntoViewIfNeeded();
    await cell.getByRole('button', { name: 'Run' }).click();
    await cell.getByRole('status').filter({ hasText: 'Ran here' }).waitFor();
    expect(complaints).toEqual([]);
    // By a link that React made, and back by the browser.
    await page.locator('.menu').getByRole('link', { name: /VMBus/ }).first().click();
    await page.waitForURL(/\/concepts\/vsp-vsc\.html$/);
    await page.goBack();
    await page.waitForURL(/\/concepts\/two-roads\.html/);
  });
});

it('every address in the folder leads to a file of it', async () => {
  const files = new Set((await writeFolder(BUILD, OUT)).map(([name]) => name));
  const lost = [];
  for (const file of [...files].filter((name) => name.endsWith('.html'))) {
    const text = readFileSync(join(OUT, file), 'utf8');
    for (const [, address] of text.matchAll(/\s(?:href|src)="([^"#][^"]*)"/g)) {
      if (/^(https?|data|mailto):/.test(address)) continue;
      const target = new URL(address, `file:///${file}`).pathname.slice(1);
      if (!files.has(decodeURIComponent(target))) lost.push(`${file}: ${address}`);
    }
  }
  expect(lost).toEqual([]);
});

/** Serves the site with its service worker, which can be given another version. */
async function served(look) {
  const state = { version: '' };
  const server = createServer(async (request, response) => {
    const answer = await fetch(inject('site') + request.url);
    const body = Buffer.from(await answer.arrayBuffer());
    const text = request.url.startsWith('/sw.js')
      ? body.toString().replace(/VERSION = '/, `VERSION = '${state.version}`)
      : body;
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') });
    response.end(text);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    });
  try {
    return await look(`http://127.0.0.1:${server.address().port}`, state, close);
  } finally {
    await close();
  }
}

it('kept by the browser: without the server every page of the book opens and runs', async () => {
  await served(async (site, _state, close) => {
    await opened({}, async (page, _context, complaints) => {
      await page.addInitScript(() => localStorage.setItem('ringside.offline', 'yes'));
      await page.goto(`${site}/path`);
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.reload();
      await expect.poll(() => page.evaluate(() => Boolean(navigator.serviceWorker.controller))).toBe(true);
      await close();
      await page.goto(`${site}/concepts/two-roads`);
      await hydrated(page);
      await runs(page);
      await finds(page);
      expect(complaints).toEqual([]);
      await page.goto(`${site}/nowhere`);
      expect(await page.locator('h1').first().textContent()).toMatch(/./);
    });
  });
});

it('a new version says that it is there, and nothing changes until the reader says so', async () => {
  await served(async (site, state) => {
    await opened({}, async (page) => {
      await page.addInitScript(() => localStorage.setItem('ringside.offline', 'yes'));
      const kept = () => page.evaluate(async () => (await caches.keys()).length);
      await page.goto(`${site}/path`);
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.reload();
      expect(await page.locator('#new-version').count()).toBe(0);
      state.version = 'next-';
      await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
      const notice = page.locator('#new-version');
      await notice.waitFor();
      expect(await page.evaluate(() => performance.getEntriesByType('navigation')[0].type)).toBe('reload');
      expect(await kept()).toBe(2);
      const reloaded = page.waitForEvent('load');
      await notice.getByRole('button', { name: 'Read the new one' }).click();
      await reloaded;
      await expect
        .poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state))
        .toBe('activated');
      expect(await page.locator('#new-version').count()).toBe(0);
    });
  });
});
