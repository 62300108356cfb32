// `npm run bench:page [-- ID …]`: how long a reader waits from moving a control to the picture. For each preset of each experiment the page is
// opened at that preset, every slider goes a step and back, and the median and the longest time are printed. Needs a built site and a Chromium.
import { chromium } from 'playwright-core';
import setup from './browser-setup.mjs';
import { chromiumPath } from './chromium.mjs';

const named = process.argv.slice(2);
/** What the issue asks for, in milliseconds. */
const GOAL = 50;

/** In the page: the time from an input to the frame after the figure has another digest. */
function watch() {
  window.moves = [];
  let since = 0;
  let shown = '';
  addEventListener('input', (event) => (since = event.timeStamp), true);
  const changed = () => {
    const line = document.querySelector('figure [data-digest]')?.dataset.digest ?? '';
    if (line === shown) return;
    shown = line;
    if (since === 0) return;
    const start = since;
    since = 0;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.moves.push(performance.now() - start);
      port2.postMessage(0);
    });
  };
  const all = { subtree: true, childList: true, attributes: true };
  addEventListener('DOMContentLoaded', () => new MutationObserver(changed).observe(document, all));
}

async function move(page, slider, key) {
  const before = await page.evaluate(() => window.moves.length);
  await slider.focus();
  await page.keyboard.press(key);
  await page.waitForFunction((n) => window.moves.length > n, before, { timeout: 1500 }).catch(() => {});
  return (await page.evaluate(() => window.moves)).slice(before);
}

async function measure(page, address) {
  await page.goto(address, { waitUntil: 'networkidle' });
  const figure = page.locator('figure:has([data-digest])').first();
  const more = figure.getByRole('button', { name: 'More controls' });
  while (await more.count()) await more.click();
  const times = [];
  const sliders = figure.locator('input[type=range]:not([disabled])');
  // The first round warms the worker up; a reader's second move is the one that should feel like holding the thing.
  for (let round = 0; round < 2; round++) {
    for (const slider of await sliders.all()) {
      const back = (await slider.inputValue()) === (await slider.getAttribute('max'));
      const keys = back ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft'];
      for (const key of keys) {
        const took = await move(page, slider, key);
        if (round > 0) times.push(...took);
      }
    }
  }
  return times.sort((x, y) => x - y);
}

let site = '';
const close = await setup({ provide: (_, address) => (site = address) });
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
const { experiments, formatLine } = await import('ringside');
let late = 0;
for (const { id, page: path, params, presets } of experiments) {
  if (named.length > 0 && !named.includes(id)) continue;
  for (const [name, preset] of Object.entries(presets)) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    await page.addInitScript(watch);
    const query = formatLine(id, params, preset.params).slice(id.length);
    const times = await measure(page, `${site}${path}${query}`);
    await page.close();
    const median = times[times.length >> 1];
    if (median > GOAL) late++;
    const words =
      times.length === 0
        ? 'no slider to move'
        : `median ${median.toFixed(0)} ms, longest ${times.at(-1).toFixed(0)} ms of ${times.length}`;
    process.stdout.write(`${id.padEnd(20)} ${name.padEnd(16)} ${words}\n`);
  }
}
await browser.close();
close();
process.stdout.write(`${late} presets with a median over ${GOAL} ms\n`);
