// The words of the book in a real browser: what they mean is seen by pointer, keyboard and touch, and read by a screen reader.
import { expect, it } from 'vitest';
import { openBrowser } from './visit.mjs';

const visit = openBrowser();
const PAGE = '/concepts/two-roads';

const word = (page, id) => page.locator(`[data-term="${id}"]`);
const definition = (page, id) => word(page, id).getByRole('tooltip');

it('a term shows what it means when pointed at or focused, and Escape hides that', async () => {
  await visit(PAGE, {}, async (page, { complaints }) => {
    await word(page, 'hypercall').getByRole('link').focus();
    await definition(page, 'hypercall').waitFor();
    await page.keyboard.press('Escape');
    await definition(page, 'hypercall').waitFor({ state: 'hidden' });
    await word(page, 'vm-exit').hover();
    await definition(page, 'vm-exit').waitFor();
    // It stays while the pointer is on it, and goes when the keyboard says so.
    await definition(page, 'vm-exit').hover();
    await definition(page, 'vm-exit').waitFor();
    await page.keyboard.press('Escape');
    await definition(page, 'vm-exit').waitFor({ state: 'hidden' });
    const described = await word(page, 'vm-exit').getByRole('link').getAttribute('aria-describedby');
    expect(await page.locator(`[id="${described}"]`).textContent()).toMatch(/^VM exit The moment in which/);
    await word(page, 'vm-exit').getByRole('link').press('Enter');
    await page.waitForURL(/\/glossary#vm-exit$/);
    expect(complaints).toEqual([]);
  });
});

it('no definition leaves the window, at any width', async () => {
  for (const width of [390, 820, 1440])
    await visit(PAGE, { viewport: { width, height: 900 } }, async (page) => {
      await page.waitForLoadState('networkidle');
      for (const id of await page
        .locator('[data-term]')
        .evaluateAll((all) => all.map((each) => each.dataset.term))) {
        await word(page, id).getByRole('link').focus();
        const beyond = async () => {
          const { x, width: wide } = await definition(page, id).boundingBox();
          return Math.max(0, -x, x + wide - width);
        };
        await expect.poll(beyond, { message: `${id} at ${width}` }).toBe(0);
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
    });
});

it('a first touch shows the definition, a second leads to the glossary', async () => {
  await visit(PAGE, { hasTouch: true, viewport: { width: 390, height: 800 } }, async (page) => {
    const link = word(page, 'hypercall').getByRole('link');
    await link.tap();
    await definition(page, 'hypercall').waitFor();
    expect(new URL(page.url()).pathname).toBe(PAGE);
    await link.tap();
    await page.waitForURL(/\/glossary#hypercall$/);
  });
});

it('the definition is there without script', async () => {
  await visit(PAGE, { javaScriptEnabled: false }, async (page) => {
    await word(page, 'hypercall').hover();
    await definition(page, 'hypercall').waitFor();
  });
});
