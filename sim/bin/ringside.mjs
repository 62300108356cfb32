#!/usr/bin/env node
// The command itself lives in cli/index.ts; this file only finds its compiled form.
import { existsSync } from 'node:fs';

const compiled = new URL('../dist/cli/index.js', import.meta.url);

if (existsSync(compiled)) {
  await import(compiled.href);
} else {
  process.stderr.write(
    'ringside is not built yet: run `npm run build -w sim` in the repository and try again.\n',
  );
  process.exitCode = 1;
}
