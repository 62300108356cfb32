// The page that boots a real guest, before one is there: it loads nothing of the emulator, and a file that is no guest gets one sentence. What
// boots is checked by `npm run test:guests`.
import { expect, it } from 'vitest';
import { accessibility, openBrowser } from './visit.mjs';

const visit = openBrowser();
const PAGE = '/boot-linux';
const guest = (page) => page.getByRole('region', { name: 'A real guest' });
const give = (page, ...files) =>
  guest(page)
    .locator('input[type=file]')
    .setInputFiles(files.map(([name, buffer]) => ({ name, mimeType: 'application/octet-stream', buffer })));

it('loads nothing of the emulator before somebody asks', async () => {
  await visit(PAGE, {}, async (page, { complaints }) => {
    const loaded = [];
    page.on('request', (request) => loaded.push(request.url()));
    await page.reload({ waitUntil: 'load' });
    await page.waitForSelector('html[data-has-hydrated="true"]');
    await guest(page).scrollIntoViewIfNeeded();
    expect(await guest(page).getAttribute('data-phase')).toBe('idle');
    expect(await page.getByRole('button', { name: 'Load the emulator and start' }).isDisabled()).toBe(true);
    expect(loaded.filter((url) => /emulator\/|guests\/|\.worker\./.test(url))).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

it.each(['light', 'dark'])('says in one sentence what is wrong with a file (%s)', async (colorScheme) => {
  await visit(PAGE, { colorScheme }, async (page, { complaints }) => {
    const status = guest(page).getByRole('status').first();
    await give(page, ['cat.png', Buffer.alloc(3000, 7)]);
    await expect.poll(() => status.textContent()).toMatch(/^cat\.png is nothing that a guest can start from/);
    const bios = Buffer.alloc(0x20000);
    bios[bios.length - 16] = 0xea;
    await give(page, ['bios.bin', bios]);
    await expect.poll(() => status.textContent()).toMatch(/^Still missing: a kernel/);
    const damaged = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]);
    await give(page, ['linux.guest', damaged]);
    await expect.poll(() => status.textContent()).toMatch(/^linux\.guest is damaged/);
    expect(await accessibility(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
