// `npm run build -w sim`: a clean compile of the library.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSim, ROOT, withPlainErrors } from './setup.mjs';

await withPlainErrors(() => {
  rmSync(join(ROOT, 'sim', 'dist'), { recursive: true, force: true });
  buildSim({ force: true });
});
