// `npm start`: from a fresh clone to the site in the browser.
import './require-node.mjs';

const { start } = await import('./site.mjs');
await start(process.argv.slice(2));
