// `npm run build -w sim`: compiles the library whether or not anything changed, and leaves nothing of an older one.
import { buildSim, withPlainErrors } from './setup.mjs';

await withPlainErrors(() => buildSim({ force: true }));
