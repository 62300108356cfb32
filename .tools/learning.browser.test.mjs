// The parts of a concept page that a reader works with: examples, drawn questions, the recap. By keyboard, by ear, and without script.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { accessibility, openBrowser } from './visit.mjs';

const FOLDER = fileURLToPath(new URL('../docs/concepts', import.meta.url));
const PAGES = readdirSync(FOLDER).map((file) => `/concepts/${file.replace(/\.mdx$/, '')}`);

const visit = openBrowser();

const part = (page, name) => page.locator(`[data-later="${name}"]`).first();

/** Brings a part near the view and waits until it is awake: its script answers. */
async function awake(page, name) {
  const element = part(page, name);
  await page.mouse.move(5, 5);
  await element.scrollIntoViewIfNeeded();
  await page.waitForLoadState('networkidle');
  return element;
}

describe.each(PAGES)('%s', (address) => {
  it('shows both examples, the recap and the way on without script', async () => {
    await visit(address, { javaScriptEnabled: false }, async (page) => {
      const worked = part(page, 'WorkedExample');
      expect(await worked.locator('ol > li').count()).toBeGreaterThanOrEqual(2);
      expect(await worked.locator('svg path[d]').count()).toBeGreaterThan(6);
      const faded = part(page, 'Faded');
      await faded.getByText('All of it, with the answers').click();
      const whole = faded.locator('details');
      expect(await whole.getByText('to be completed').count()).toBe(0);
      expect(await whole.locator('ol > li').count()).toBeGreaterThanOrEqual(2);
      expect(await part(page, 'Recap').locator('li').count()).toBeGreaterThanOrEqual(3);
      expect(await part(page, 'Next').getByText('Teach this page').count()).toBe(1);
      expect(await page.locator('#check-number noscript').count()).toBe(1);
    });
  });

  it('lets the faded example be completed by keyboard, and says of each answer whether it is right', async () => {
    await visit(address, {}, async (page, { complaints }) => {
      const faded = await awake(page, 'Faded');
      const groups = faded.locator('fieldset');
      for (let g = 0; g < (await groups.count()); g++) {
        const group = groups.nth(g);
        const status = group.locator('xpath=following-sibling::p[@role="status"]');
        await group.locator('input').first().focus();
        await page.keyboard.press('Space');
        const said = [];
        for (let i = 0; i < (await group.locator('input').count()); i++) {
          await expect.poll(() => status.textContent()).toMatch(/^(✓ Right|✕ Not this)\. .{8}/);
          said.push(await status.textContent());
          if (said.at(-1).startsWith('✓')) break;
          await page.keyboard.press('ArrowDown');
          await expect.poll(() => status.textContent()).not.toBe(said.at(-1));
        }
        expect(said.at(-1)).toMatch(/^✓ Right/);
      }
      await faded.getByRole('textbox').first().focus();
      await page.keyboard.type('98765');
      await page.keyboard.press('Enter');
      const verdict = faded.locator('form p[role="status"]').first();
      await expect.poll(() => verdict.textContent()).toMatch(/^✕ Not this\. .{20}/);
      expect(await faded.getByText('What comes after it follows.').count()).toBe(0);
      expect(complaints).toEqual([]);
    });
  });

  it('asks for another number each time and explains what is wrong', async () => {
    await visit(address, {}, async (page, { complaints }) => {
      await awake(page, 'Checks');
      const check = page.locator('#check-number');
      const question = await check.locator('p').first().textContent();
      await check.getByRole('textbox').focus();
      await page.keyboard.type('98765');
      await page.keyboard.press('Enter');
      await expect.poll(() => check.getByRole('status').textContent()).toMatch(/^✕ No\. .{20}/);
      await check.getByRole('button', { name: 'Another one' }).click();
      await expect.poll(() => check.locator('p').first().textContent()).not.toBe(question);
      expect(await check.getByRole('status').textContent()).toBe('');
      expect(complaints).toEqual([]);
    });
  });
});

describe('the close of a page', () => {
  it('follows the reader’s last run, says what no longer holds, and shows the page’s own on request', async () => {
    await visit('/concepts/two-roads', {}, async (page, { complaints }) => {
      await awake(page, 'Recap');
      const lab = page.locator('figure:has(ol[aria-label="Puzzles"])');
      await lab.scrollIntoViewIfNeeded();
      await lab.getByRole('button', { name: 'Through VMBus' }).click();
      await lab.getByRole('status').filter({ hasText: 'run here' }).first().waitFor();
      const recap = await awake(page, 'Recap');
      await recap.getByText('Your last run').waitFor();
      expect(await recap.locator('code').first().textContent()).toBe('two-roads?mode=synthetic');
      expect(await recap.locator('[data-holds="false"]').first().textContent()).toMatch(
        /^Not so in this run\. /,
      );
      expect(await page.getByRole('button', { name: /^yours: 0$/ }).count()).toBeGreaterThan(0);
      const found = await accessibility(page);
      await recap.getByRole('button', { name: 'As built' }).click();
      expect(await recap.locator('code').first().textContent()).toBe('two-roads');
      expect([...found, ...complaints]).toEqual([]);
    });
  });
});
