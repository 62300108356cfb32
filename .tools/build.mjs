// `npm run build`: the library and the site, from clean.
import './require-node.mjs';

const { install, buildSim, withPlainErrors } = await import('./setup.mjs');

await withPlainErrors(async () => {
  install();
  const { buildSite } = await import('./site.mjs');
  buildSim({ force: true });
  await buildSite({ force: true });
});
