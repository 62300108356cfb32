import { defineConfig } from 'vitest/config';

// `unit` needs Node alone; `browser` needs a Chromium and a built site, and is run by `.ci/run`.
export default defineConfig({
  test: {
    testTimeout: 60_000,
    include: ['sim/**/*.test.ts', 'src/**/*.test.{ts,tsx}', 'notebooks/**/*.test.ts', '.tools/**/*.test.{ts,mjs}'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.browser.test.ts'],
  },
});
