// The built site in a real browser: what a reader meets before any page's own tests.
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chromiumPath } from './chromium.mjs';

const site = inject('site');
let browser;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
});
afterAll(() => browser?.close());

describe('every page', () => {
  it('asks nothing of any other host', async () => {
    const page = await browser.newPage();
    const foreign = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(site) && !/^(data|blob):/.test(request.url()))
        foreign.push(request.url());
    });
    await page.goto(`${site}/`, { waitUntil: 'networkidle' });
    expect(foreign).toEqual([]);
    await page.close();
  });
});
