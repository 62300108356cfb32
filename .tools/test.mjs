// `npm test`: from a fresh clone to one honest line of results.
import './require-node.mjs';

const { test } = await import('./suite.mjs');
await test(process.argv.slice(2));
