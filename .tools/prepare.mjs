// Runs after `npm install`, so that `npx ringside` and the notebooks work at once. It never fails an install.
import './require-node.mjs';

try {
  const { buildSim } = await import('./setup.mjs');
  buildSim();
} catch (error) {
  console.warn(`The library was not built now (${error.message}); \`npm run build -w sim\` builds it later.`);
}
