// The pages of the notebooks in a real browser: read as they were executed, run here, taken away.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openBrowser } from './visit.mjs';

const visit = openBrowser();
const PAGE = '/notebooks/01-two-roads';

/** The cells of code of the page. */
const cells = (page) => page.locator('[data-later="NotebookCell"]');

async function awake(page, cell) {
  await page.mouse.move(5, 5);
  await cell.scrollIntoViewIfNeeded();
  await page.waitForLoadState('networkidle');
}

it('a notebook is read without script: text, code, what it printed and drew, and the file', async () => {
  await visit(PAGE, { javaScriptEnabled: false }, async (page) => {
    expect(await cells(page).count()).toBeGreaterThan(5);
    const text = await page.locator('main').textContent();
    expect(text).toMatch(/digest [0-9a-f]{16}/);
    expect(await page.locator('[data-later] svg[role=img]').count()).toBeGreaterThan(1);
    const href = await page.getByRole('link', { name: /Open in Jupyter/ }).getAttribute('href');
    const { status, cells: found } = await page.request
      .get(new URL(href, page.url()).href)
      .then(async (answer) => ({ status: answer.status(), ...(await answer.json()) }));
    expect({ status, some: found.length > 10 }).toEqual({ status: 200, some: true });
  });
});

it('the address gives the parameters; a cell runs behind those above it; both go into the file', async () => {
  await visit(`${PAGE}?mode=dma&size=4KiB`, { acceptDownloads: true }, async (page, { complaints }) => {
    const parameters = cells(page).filter({ hasText: "const line = 'two-roads" }).first();
    await awake(page, parameters);
    await expect
      .poll(() => parameters.textContent())
      .toContain("const line = 'two-roads?mode=dma&size=4KiB';");
    const printing = cells(page).filter({ hasText: 'digest' }).last();
    await awake(page, printing);
    await printing.getByRole('button', { name: 'Run' }).click();
    await printing.getByRole('status').filter({ hasText: 'Ran here' }).waitFor();
    expect(await printing.textContent()).toContain('npx ringside run "two-roads?mode=dma&size=4KiB"');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: /Open in Jupyter/ }).click();
    const taken = await download;
    expect(taken.suggestedFilename()).toBe('01-two-roads.ipynb');
    const notebook = JSON.parse(readFileSync(await taken.path(), 'utf8'));
    const cell = notebook.cells.find(({ metadata }) => metadata.tags?.includes('parameters'));
    expect(cell.source.join('')).toBe("const line = 'two-roads?mode=dma&size=4KiB';");
    expect(complaints).toEqual([]);
  });
});
