import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Tests that open the built site in a Chromium; `.tools/browser.mjs` serves `build/` and gives them the address.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    testTimeout: 120_000,
    // A second is not long on a machine that runs other things too.
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 120_000,
    fileParallelism: false,
    include: [
      'sim/**/*.browser.test.ts',
      'src/**/*.browser.test.{ts,tsx}',
      '.tools/**/*.browser.test.{ts,mjs}',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['.tools/browser-setup.mjs'],
  },
});
