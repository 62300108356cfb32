// `npm run bench:page [-- ID …]`: how long a reader waits from moving a control to the picture. For each preset of each experiment the page is
// opened at that preset, every slider goes a step and back, and the median and the longest time are printed, with the part of the median in
// which the worker ran the experiment. Needs a built site and a Chromium.
import { chromium } from 'playwright-core';
import setup from './browser-setup.mjs';
import { chromiumPath } from './chromium.mjs';

const named = process.argv.slice(2);
/** What the issue asks for, in milliseconds. */
const GOAL = 50;
/** A move without a picture by then has none: the page itself gives up after ten seconds. */
const PATIENCE = 11_000;
/** Time for one preset; the moves that do not fit are left out, and the line says so. */
const BUDGET = 20_000;
/** More runs than the worker keeps. */
const KEPT = 8;

/** In the page: the time from an input to the frame after the figure has another digest, or says why it has none. */
function watch(KEPT) {
  window.moves = [];
  window.refused = 0;
  window.worked = [];
  let since = 0;
  let asked = 0;
  let shown = '';
  addEventListener('input', (event) => (since = event.timeStamp), true);
  const RealWorker = window.Worker;
  window.Worker = class extends RealWorker {
    constructor(...given) {
      super(...given);
      window.simulator = this;
    }
    postMessage(message, ...more) {
      if (message.kind === 'run') asked = performance.now();
      super.postMessage(message, ...more);
    }
    set onmessage(listener) {
      super.onmessage = (event) => {
        const { id, kind } = event.data;
        if (kind === 'runs') window.answered = performance.now() - asked;
        // Settings that do not go together have no picture.
        if (kind === 'failure' && id > 0 && since > 0) {
          since = 0;
          window.refused++;
        }
        listener(event);
      };
    }
  };
  // The worker keeps a few runs for a reader who goes back and forth; others take their place, so that every move is a run of its own.
  window.forget = () =>
    new Promise((resolve) => {
      const worker = window.simulator;
      if (!worker) return resolve();
      const last = -KEPT;
      worker.addEventListener('message', function heard({ data }) {
        if (data.id !== last) return;
        worker.removeEventListener('message', heard);
        setTimeout(resolve, 0);
      });
      for (let id = -1; id >= last; id--)
        worker.postMessage({ id, kind: 'run', lines: [`ring-transitions?seed=${-id}`] });
    });
  const changed = () => {
    const line = document.querySelector('figure [data-digest]')?.dataset.digest ?? '';
    if (since === 0 || line === shown) {
      shown = line;
      return;
    }
    const start = since;
    since = 0;
    shown = line;
    const worked = window.answered;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        window.worked.push(worked);
        window.moves.push(performance.now() - start);
      };
      port2.postMessage(0);
    });
  };
  const all = { subtree: true, childList: true, attributes: true };
  addEventListener('DOMContentLoaded', () => new MutationObserver(changed).observe(document, all));
}

const seen = (page) => page.evaluate(() => window.moves.length + window.refused);

/** Moves a slider by a key and waits for what comes of it. */
async function move(page, slider, key) {
  await page.evaluate(() => window.forget());
  const before = await seen(page);
  await slider.focus();
  await page.keyboard.press(key);
  await page
    .waitForFunction((n) => window.moves.length + window.refused > n, before, { timeout: PATIENCE })
    .catch(() => {});
}

/** Every slider a step and back, twice: the first round warms the worker up; a reader's second move should feel like holding the thing. */
async function measure(page, address) {
  await page.goto(address, { waitUntil: 'networkidle' });
  const figure = page.locator('figure:has([data-digest])').first();
  await figure
    .getByText('run here')
    .waitFor({ timeout: PATIENCE })
    .catch(() => {});
  const more = figure.getByRole('button', { name: 'More controls' });
  while (await more.count()) await more.click();
  const sliders = await figure
    .locator('input[type=range][aria-valuetext]:not([aria-label="Step of the run"])')
    .all();
  const end = Date.now() + BUDGET;
  const whole = { moves: sliders.length * 2, refused: 0, times: [], worked: [] };
  for (let round = 0; round < 2; round++) {
    await page.evaluate(() => {
      window.moves = [];
      window.worked = [];
      window.refused = 0;
    });
    for (const slider of sliders) {
      const back = (await slider.inputValue()) === (await slider.getAttribute('max'));
      for (const key of back ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft'])
        if (Date.now() < end) await move(page, slider, key);
    }
  }
  return {
    ...whole,
    ...(await page.evaluate(() => ({ times: window.moves, worked: window.worked, refused: window.refused }))),
  };
}

const median = (values) => [...values].sort((x, y) => x - y)[values.length >> 1];

function words({ moves, refused, times, worked }) {
  if (moves === 0) return 'no slider to move';
  const left = moves - times.length - refused;
  const rest = [refused > 0 ? `${refused} refused` : '', left > 0 ? `${left} not done` : ''].filter(Boolean);
  const tail = rest.length > 0 ? ` (${rest.join(', ')})` : '';
  if (times.length === 0) return `no picture${tail}`;
  const [all, work] = [median(times), median(worked)].map((ms) => ms.toFixed(0).padStart(4));
  return `median ${all} ms, in the worker ${work}, longest ${Math.max(...times)
    .toFixed(0)
    .padStart(4)} of ${times.length}${tail}`;
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
    await page.addInitScript(watch, KEPT);
    const query = formatLine(id, params, preset.params).slice(id.length);
    // A page that cannot be measured is a line of its own and no end of the others.
    const said = await measure(page, `${site}${path}${query}`).catch((error) => ({
      failed: error.message.split('\n')[0],
    }));
    await page.close();
    if (said.times?.length > 0 && median(said.times) > GOAL) late++;
    process.stdout.write(`${id.padEnd(20)} ${name.padEnd(16)} ${said.failed ?? words(said)}\n`);
  }
}
await browser.close();
close();
process.stdout.write(`${late} presets with a median over ${GOAL} ms\n`);
