// `node .tools/guests/checks-page.mjs [FILE.guest]`: boots a guest on the built page in a Chromium, as a reader would, and says when it saw what.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import serve from '../browser-setup.mjs';
import { chromiumPath } from '../chromium.mjs';
import { ROOT } from '../setup.mjs';
import { exportGuests } from './export.mjs';

const MINUTES = 3;
const LAST = { linux: 'the shell is ready', ipxe: 'the script is done' };

/** Boots the guest of a file, types to it when it is Linux, stops at a hypercall; throws when any of it does not come. */
export async function bootOnPage(file, { shot } = {}) {
  let site = '';
  const stop = await serve({ provide: (_name, address) => (site = address) });
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  const seen = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
    page.setDefaultTimeout(MINUTES * 60_000);
    await page.goto(`${site}/boot-linux`);
    await page.waitForSelector('html[data-has-hydrated="true"]');
    const guest = page.getByRole('region', { name: 'A real guest' });
    await guest.locator('input[type=file]').setInputFiles(file);
    const from = performance.now();
    const say = (what) => seen.push(`${((performance.now() - from) / 1000).toFixed(1)} s  ${what}`);
    await guest.getByRole('button', { name: 'Load the emulator and start' }).click();
    await page.waitForSelector('[data-phase=running]');
    say('runs');
    const kind = path.basename(file).startsWith('linux') ? 'linux' : 'ipxe';
    for (const name of ['VMBus version agreed', 'first packet to a device', LAST[kind]]) {
      await guest.getByRole('rowheader', { name }).waitFor();
      say(name);
    }
    if (kind === 'linux') {
      await guest.getByLabel('Type to the guest').fill('echo seen $((6 * 7)); dmesg | grep -i hyper-v');
      await page.keyboard.press('Enter');
      await guest.getByText(/seen 42[\s\S]*Hypervisor detected: Microsoft Hyper-V/).waitFor();
      say('answers what is typed');
    }
    await guest.getByRole('button', { name: 'Pause' }).click();
    await page.waitForSelector('[data-phase=paused]');
    const calls = async () =>
      Number(
        (
          await guest
            .getByRole('row', { name: /^hypercalls / })
            .getByRole('cell')
            .textContent()
        ).replace(/\D/g, ''),
      );
    const before = await calls();
    await guest.getByRole('button', { name: 'To the next hypercall' }).click();
    await guest.getByText('The guest stands at a hypercall.').waitFor();
    const after = await calls();
    if (after !== before + 1) throw new Error(`one step made ${after - before} hypercalls`);
    say(`stands at hypercall ${after}`);
    if (shot) await guest.screenshot({ path: shot });
    return seen;
  } catch (error) {
    throw new Error(`${error.message}\nseen: ${seen.join('; ')}`);
  } finally {
    await browser.close();
    stop();
  }
}

/** Boots iPXE on the built page, with the file that `npm run guest -- export` writes. Nothing where no site was built. */
export async function checkPage({ ringside, files, report, only }) {
  const name = 'the page boots iPXE in a Chromium';
  if (!existsSync(path.join(ROOT, 'build/boot-linux.html')) || (only && !new RegExp(only).test(name))) return;
  await exportGuests({ ringside, files });
  const file = path.join(ROOT, '.cache/guests/page/ipxe.guest');
  await report(name, async () => (await bootOnPage(file)).join('; '), { milliseconds: 0 });
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const file = process.argv[2] ?? path.join(ROOT, '.cache/guests/page/ipxe.guest');
  readFileSync(file);
  for (const line of await bootOnPage(file, { shot: process.argv[3] })) process.stdout.write(`${line}\n`);
}
