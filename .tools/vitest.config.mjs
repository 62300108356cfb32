import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Needs Node alone. What needs a Chromium and a built site is in vitest.browser.config.mjs, run by `.ci/run`.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    testTimeout: 60_000,
    include: [
      'sim/**/*.test.ts',
      'src/**/*.test.{ts,tsx}',
      'notebooks/**/*.test.ts',
      '.tools/**/*.test.{ts,mjs}',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.browser.test.*'],
  },
});
