// The code cells and the playground in a real browser: what a reader writes there, also when it is hostile, and what it may never do.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { accessibility, openBrowser } from './visit.mjs';

const visit = openBrowser();
const PAGE = '/concepts/two-roads';
const DESK = '/playground';
const PAGES = readdirSync(fileURLToPath(new URL('../src/data/cells', import.meta.url)))
  .filter((file) => /^[a-z-]+\.ts$/.test(file))
  .map((file) => file.slice(0, -3));

const cellOf = (page) => page.locator('[data-later="CodeCell"] section').first();
const statusOf = (cell) => cell.getByRole('status');

/** Opens the editor of a cell by keyboard and writes this instead of what is there. */
async function write(page, cell, source) {
  const editor = cell.locator('.cm-content');
  if (!(await editor.isVisible())) {
    await cell.scrollIntoViewIfNeeded();
    await page.mouse.wheel(0, 20);
    await page.waitForLoadState('networkidle');
    await cell.getByRole('button', { name: 'Edit' }).press('Enter');
    await editor.waitFor();
  }
  await editor.focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(source);
}

/** Runs what is written and waits until it has ended, one way or the other. */
async function runs(page, cell) {
  await page.keyboard.press('ControlOrMeta+Enter');
  const over = /^(Ran (here, |in )\d+ ms|Did not come to its end)/;
  await statusOf(cell).filter({ hasText: over }).waitFor({ timeout: 20_000 });
}

describe('a code cell', () => {
  it('shows code and result without script, and the result of a run is the same', async () => {
    const built = await visit(PAGE, { javaScriptEnabled: false }, async (page) => {
      const cell = cellOf(page);
      expect(await cell.locator('pre code').first().textContent()).toContain("from 'ringside'");
      expect(await cell.locator('svg path, svg rect').count()).toBeGreaterThan(10);
      return cell.locator('table').first().textContent();
    });
    await visit(PAGE, {}, async (page, { complaints, foreign }) => {
      const cell = cellOf(page);
      await cell.getByRole('button', { name: 'Run', exact: true }).click();
      await statusOf(cell).filter({ hasText: 'Ran here' }).waitFor({ timeout: 20_000 });
      expect(await cell.locator('table').first().textContent()).toBe(built);
      expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
    });
  });

  it.each(PAGES)('on %s runs in its time and gives what the build gave', async (id) => {
    await visit(`/concepts/${id}`, {}, async (page, { complaints }) => {
      const cell = cellOf(page);
      await cell.scrollIntoViewIfNeeded();
      await page.mouse.wheel(0, 20);
      await page.waitForLoadState('networkidle');
      const results = () =>
        cell.locator('pre, table, svg').evaluateAll((all) => all.map((each) => each.textContent));
      const built = await results();
      await cell.getByRole('button', { name: 'Run', exact: true }).click();
      await statusOf(cell).filter({ hasText: 'Ran here' }).waitFor({ timeout: 20_000 });
      expect(await results()).toEqual(built);
      expect(complaints).toEqual([]);
    });
  });

  it('loads nothing of the editor or the types before someone reaches in, and moves nothing then', async () => {
    await visit(PAGE, {}, async (page) => {
      const asked = [];
      page.on('request', (request) => asked.push(request.url()));
      const cell = cellOf(page);
      await cell.scrollIntoViewIfNeeded();
      await page.mouse.wheel(0, 200);
      await page.waitForLoadState('networkidle');
      expect(await page.locator('.cm-editor').count()).toBe(0);
      expect(asked.filter((url) => url.includes('/live/'))).toEqual([]);
      const before = await cell.locator('pre').first().boundingBox();
      await cell
        .locator('pre')
        .first()
        .click({ position: { x: 100, y: 30 } });
      await cell.locator('.cm-content').waitFor();
      const after = await cell.locator('.cm-content').boundingBox();
      expect(Math.abs(after.height - before.height)).toBeLessThan(1);
      expect(after.width).toBe(before.width);
      await expect.poll(() => asked.filter((url) => url.includes('/live/')).length).toBe(2);
      expect(await page.evaluate(() => window.shifted)).toBeLessThan(0.01);
    });
  });

  it('is worked by keyboard alone: in, write, complete, run, out with Esc and Tab', async () => {
    await visit(PAGE, {}, async (page, { complaints }) => {
      const cell = cellOf(page);
      await write(
        page,
        cell,
        "import { run } from 'ringside';\nconsole.log(run('two-roads').metrics.deviceInter",
      );
      await page.keyboard.press('Control+Space');
      await page.locator('.cm-completionLabel', { hasText: 'deviceIntercepts' }).waitFor({ timeout: 30_000 });
      await page.waitForTimeout(200);
      await page.keyboard.press('Enter');
      await page.keyboard.insertText(');');
      await runs(page, cell);
      expect(
        await cell
          .locator('pre')
          .filter({ hasText: /^134\s*$/ })
          .count(),
      ).toBe(1);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Run');
      expect(complaints).toEqual([]);
    });
  });

  it('underlines a mistake in the types', async () => {
    await visit(PAGE, {}, async (page) => {
      const cell = cellOf(page);
      await write(page, cell, "import { run } from 'ringside';\nrun('two-rods');");
      await cell.locator('.cm-lintRange-error').waitFor({ timeout: 30_000 });
      expect(await cell.locator('.cm-lintRange-error').textContent()).toBe("'two-rods'");
    });
  });

  it('shows its run in the figure of the page', async () => {
    await visit(PAGE, {}, async (page, { complaints }) => {
      const cell = cellOf(page);
      await write(
        page,
        cell,
        "import { run } from 'ringside';\nshow(run('two-roads', { mode: 'int13', size: 4096 }));",
      );
      await runs(page, cell);
      await cell.getByRole('link', { name: 'Show in the figure above' }).click();
      await page.locator('[data-digest="two-roads?mode=int13&size=4KiB"]').first().waitFor();
      expect(page.url()).toMatch(/mode=int13&size=4KiB&fig=\d/);
      expect(complaints).toEqual([]);
    });
  });

  it('keeps what was written, resets, undoes the reset', async () => {
    await visit(PAGE, {}, async (page) => {
      let cell = cellOf(page);
      await write(page, cell, '// mine');
      await page.waitForTimeout(700);
      await page.reload();
      cell = cellOf(page);
      await cell.scrollIntoViewIfNeeded();
      await page.mouse.wheel(0, 100);
      await expect.poll(() => cell.locator('pre').first().textContent()).toBe('// mine');
      await cell.getByRole('button', { name: 'Reset', exact: true }).click();
      await expect.poll(() => cell.locator('pre').first().textContent()).toContain("from 'ringside'");
      await page.reload();
      await cell.scrollIntoViewIfNeeded();
      await page.mouse.wheel(0, 100);
      await cell.getByRole('button', { name: 'Undo reset' }).click();
      await expect.poll(() => cell.locator('pre').first().textContent()).toBe('// mine');
    });
  });

  it('leaves as a file of TypeScript and as a notebook', async () => {
    await visit(PAGE, { acceptDownloads: true }, async (page) => {
      const cell = cellOf(page);
      const take = async (name) => {
        const download = page.waitForEvent('download');
        await cell.getByRole('button', { name, exact: true }).click();
        const file = await download;
        return [file.suggestedFilename(), readFileSync(await file.path(), 'utf8')];
      };
      const [name, text] = await take('.ts');
      expect(name).toBe('two-roads.ts');
      expect(text).toContain('function show(');
      const [, notebook] = await take('.ipynb');
      expect(JSON.parse(notebook)).toMatchObject({
        nbformat: 4,
        metadata: { kernelspec: { name: 'tslab' } },
      });
    });
  });

  it.each(['light', 'dark'])(
    'passes axe with the editor open and an error shown (%s)',
    async (colorScheme) => {
      await visit(PAGE, { colorScheme }, async (page) => {
        const cell = cellOf(page);
        await write(page, cell, 'const a = 1;\nb;');
        await runs(page, cell);
        expect(await accessibility(page)).toEqual([]);
      });
    },
  );
});

/** What a reader may write: what is said of it, and at which line. */
const HOSTILE = [
  ['an endless loop', 'let n = 0;\nfor (;;) n++;', /^Line 2 .*stopped after 2 seconds, inside a loop/],
  [
    'an endless loop that catches everything',
    'for (;;) { try { for (;;); } catch {} }',
    /stopped after 2 seconds/,
  ],
  ['one endless step', "/^(a+)+$/.test('a'.repeat(40) + 'b');", /in the middle of one long step/],
  ['a promise that nobody keeps', 'await new Promise(() => {});', /waits for a promise that nothing fulfils/],
  ['a promise that nobody hears', "Promise.reject(new Error('lost'));", /Error: lost/],
  ['too much output', "for (;;) console.log('x');", /printed too much/],
  ['one huge line', "console.log('x'.repeat(1e7)); throw new Error('after');", /Error: after/],
  [
    'a memory bomb of arrays',
    'const a = [];\nfor (;;) a.push(new Array(1e6).fill(1.5));',
    /^Line 2 .*arrays take more than/,
  ],
  [
    'a memory bomb of bytes',
    'const a = [];\nfor (;;) a.push(new Uint8Array(1e8).fill(1));',
    /arrays take more than/,
  ],
  ['a text that doubles', "let s = 'x';\nfor (;;) s += s;", /^Line 2 .*longer than memory can hold/],
  ['half-written code', 'const a = {', /not TypeScript yet/],
  ['a thrown null', 'throw null;', /threw null/],
  [
    'a simulation without end',
    "import { Engine } from 'ringside';\nconst e = new Engine();\nconst again = e.handler('again', () => e.post(e.now + 1, again));\ne.post(1, again);\ne.run();",
    /stopped after (20 million events|2 seconds)/,
  ],
  [
    'built-ins made useless',
    'Array.prototype.push = null; Object.prototype.toString = null; Promise = null; JSON = null; postMessage = null;\nconsole.log([1].map(String));',
    /no "postMessage"|could not go on|surroundings|^Line|^$/,
  ],
  [
    'prototypes with traps',
    "Object.defineProperty(Object.prototype, 'kind', { get() { throw new Error('trap'); } });\nconsole.log({});",
    /^/,
  ],
  ['fetch', "await fetch('/index.html');", /no network.*"fetch"/],
  ['a request of the old kind', 'new XMLHttpRequest();', /no network.*"XMLHttpRequest"/],
  ['a socket', "new WebSocket('wss://example.org');", /no network/],
  ['an event source', "new EventSource('/');", /no network/],
  ['a foreign script', "importScripts('https://example.org/a.js');", /no network/],
  ['a foreign module', "await import('https://example.org/a.js');", /no module "https/],
  ['a module by way of Function', 'await new Function(\'return import("/x.js")\')();', /no "Function"/],
  [
    'a module by way of a constructor',
    'await (() => {}).constructor(\'return import("/x.js")\')();',
    /no "Function"/,
  ],
  ['a module by way of eval', '(0, eval)(\'import("/x.js")\');', /no "eval"/],
  ['a module by way of a timer', 'setTimeout(\'import("/x.js")\', 0);', /code from text/],
  ['another worker', "new Worker('/x.js');", /no "Worker"/],
  ['a database', "indexedDB.open('x');", /stores nothing/],
  ['the cache of the site', "await caches.open('x');", /stores nothing/],
  ['messages to other tabs', "new BroadcastChannel('x');", /no "BroadcastChannel"/],
  ['a face from elsewhere', "new FontFace('x', 'url(https://example.org/x)').load();", /no network/],
  ['the browser itself', 'navigator.storage.getDirectory();', /no "navigator"/],
];

describe('hostile code', () => {
  it.each(HOSTILE)('%s: one clear message, and the page lives', async (_, source, sentence) => {
    await visit(PAGE, {}, async (page, { complaints, foreign }) => {
      const asked = [];
      const cell = cellOf(page);
      await write(page, cell, source);
      page.on('request', (request) => asked.push(request.url()));
      await runs(page, cell);
      const alerts = await cell.getByRole('alert').allTextContents();
      expect(alerts.length).toBeLessThanOrEqual(1);
      expect(alerts.join('')).toMatch(sentence);
      // The next run starts from nothing.
      await write(
        page,
        cell,
        "import { run } from 'ringside';\nconsole.log([run('two-roads').metrics.sectors].map(String));",
      );
      await runs(page, cell);
      expect(await cell.getByRole('alert').count()).toBe(0);
      expect(await cell.getByText("[ '20' ]").or(cell.getByText("['20']")).count()).toBeGreaterThan(0);
      const own = asked.filter((url) => !/\/(assets|live)\//.test(url) && !url.startsWith('blob:'));
      expect({ complaints, foreign, own }).toEqual({ complaints: [], foreign: [], own: [] });
    });
  });

  it('draws a picture without what acts in it', async () => {
    await visit(PAGE, {}, async (page, { complaints, foreign }) => {
      const cell = cellOf(page);
      const svg =
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="window.hit=1"><script>window.hit=1</script><style>body{display:none}</style><image href="https://example.org/x.png"/><foreignObject><img src="x" onerror="window.hit=1"/></foreignObject><a href="javascript:window.hit=1"><text>a</text></a><rect width="9" height="9" fill="url(https://example.org/y)" onclick="window.hit=1"/></svg>';
      await write(page, cell, `show(${JSON.stringify(svg)});`);
      await runs(page, cell);
      const html = await cell
        .locator('svg')
        .last()
        .evaluate((drawn) => drawn.outerHTML);
      expect(html).toContain('<rect');
      expect(html).not.toMatch(/script|style|image|foreign|onload|onclick|href|url\(/);
      expect(await page.evaluate(() => window.hit)).toBe(undefined);
      expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
    });
  });
});

describe('the playground', () => {
  const desk = (page) => page.locator('main');

  it('runs, keeps files, and takes an example beside them', async () => {
    await visit(DESK, {}, async (page, { complaints, foreign }) => {
      const main = desk(page);
      await main.getByRole('button', { name: 'Run', exact: true }).click();
      await main
        .getByRole('status')
        .filter({ hasText: /^Ran in/ })
        .waitFor({ timeout: 20_000 });
      expect(await main.locator('section svg').count()).toBeGreaterThan(1);
      await write(page, main, 'console.log(6 * 7);');
      await runs(page, main);
      expect(await main.locator('section').textContent()).toContain('42');
      await main.getByText('Examples', { exact: true }).click();
      await main.getByRole('button', { name: 'What does a request of your size cost by each road?' }).click();
      await expect
        .poll(() => main.getByRole('combobox', { name: 'File', exact: true }).locator('option').count())
        .toBe(2);
      await page.waitForTimeout(700);
      await page.reload();
      await expect.poll(() => main.locator('pre').first().textContent()).toContain('your size');
      await main.getByRole('combobox', { name: 'File', exact: true }).selectOption({ label: 'first.ts' });
      await expect.poll(() => main.locator('pre').first().textContent()).toBe('console.log(6 * 7);');
      expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
    });
  });

  it('carries code in a link, and opens it beside what is there', async () => {
    await visit(DESK, {}, async (page) => {
      const main = desk(page);
      await write(page, main, "console.log('sent µ');");
      await main.getByRole('button', { name: 'Copy link' }).click();
      await expect.poll(() => page.url()).toMatch(/#code=1\.[\w-]+$/);
      const { hash } = new URL(page.url());
      await visit(DESK + hash, {}, async (other) => {
        await expect
          .poll(() => desk(other).locator('pre').first().textContent())
          .toBe("console.log('sent µ');");
        expect(await desk(other).getByRole('status').textContent()).toContain('Read it before you run it');
        expect(
          await desk(other).getByRole('combobox', { name: 'File', exact: true }).locator('option').count(),
        ).toBe(2);
      });
    });
  });

  it.each(['#code=1.AAAA', '#code=1.%00%ff', '#code=9.x', '#code='])(
    'says of the link %s that it cannot be read, and loses nothing',
    async (hash) => {
      await visit(DESK + hash, {}, async (page, { complaints }) => {
        const main = desk(page);
        await main.getByRole('status').filter({ hasText: 'Your own files are as they were.' }).waitFor();
        expect(
          await main.getByRole('combobox', { name: 'File', exact: true }).locator('option').allTextContents(),
        ).toEqual(['first.ts']);
        expect(complaints).toEqual([]);
      });
    },
  );

  it('takes a file from outside, refuses one that is none, and brings back what was removed', async () => {
    await visit(DESK, {}, async (page) => {
      const main = desk(page);
      const input = main.locator('input[type=file]');
      const give = (name, text) =>
        input.setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
      await give('mine.ts', 'console.log(1);');
      await expect.poll(() => main.locator('pre').first().textContent()).toBe('console.log(1);');
      await give('bad.ipynb', '{');
      await main
        .getByRole('status')
        .filter({ hasText: /bad.ipynb could not be read/ })
        .waitFor();
      await main.getByRole('button', { name: 'Remove' }).click();
      await main.getByRole('button', { name: 'Bring back mine.ts' }).click();
      await expect.poll(() => main.locator('pre').first().textContent()).toBe('console.log(1);');
    });
  });

  it.each(['light', 'dark'])('passes axe with the examples open (%s)', async (colorScheme) => {
    await visit(DESK, { colorScheme }, async (page) => {
      const main = desk(page);
      await main.getByText('Examples', { exact: true }).click();
      await main.getByRole('button', { name: /request of your size/ }).waitFor();
      await main.getByRole('button', { name: 'Run', exact: true }).click();
      await main
        .getByRole('status')
        .filter({ hasText: /^Ran in/ })
        .waitFor({ timeout: 20_000 });
      // Nothing under the bar of the site.
      await page.evaluate(() => window.scrollTo(0, 0));
      expect(await accessibility(page)).toEqual([]);
    });
  });
});
