// `npm run diagrams`: writes the Mermaid text of every diagram from its run, and draws those that changed. Needs a Chromium.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { slugOf } from '../src/diagrams/slug.mjs';
import { chromiumPath } from './chromium.mjs';
import { FOLDER, hashOf, isDrawn, RECORDED, textOf, wantedLines } from './diagrams-wanted.mjs';
import { buildSim, install, ROOT, say, withPlainErrors } from './setup.mjs';

const require = createRequire(import.meta.url);

/** Colours that Mermaid gets instead of ours; none of its own may be left over. */
const THEME = {
  startOnLoad: false,
  theme: 'base',
  securityLevel: 'strict',
  fontFamily: 'Atkinson',
  sequence: {
    mirrorActors: false,
    actorMargin: 36,
    width: 128,
    height: 40,
    messageMargin: 34,
    boxMargin: 8,
    wrap: true,
    useMaxWidth: true,
    diagramMarginX: 4,
    diagramMarginY: 4,
  },
};

/** The whole look of a diagram: ink, hairlines, and the colours of the places, by the properties of the site. */
const STYLE = `
.rd text{font-family:var(--sans,system-ui,sans-serif);fill:var(--ink)}
.rd rect.actor{fill:var(--ground);stroke:var(--rule-strong);stroke-width:1.5}
.rd .actor-line{stroke:var(--rule-strong);stroke-width:1}
.rd text.actor,.rd .actor>tspan{font-size:14px;font-weight:600;text-anchor:middle;stroke:none;fill:var(--ink)}
.rd text.actor{dominant-baseline:central}
.rd .messageText,.rd .loopText,.rd .noteText,.rd .labelText{text-anchor:middle}
.rd .messageLine0,.rd .messageLine1{stroke:var(--ink-muted);stroke-width:1.25;fill:none}
.rd .messageText,.rd .loopText,.rd .loopText>tspan,.rd .noteText,.rd .labelText{font-size:13px;stroke:none}
.rd .messageText{paint-order:stroke;stroke:var(--ground);stroke-width:4px;stroke-linejoin:round}
.rd marker path{fill:var(--ink-muted);stroke:none}
.rd .loopLine{stroke:var(--rule-strong);stroke-width:1;stroke-dasharray:3 3;fill:none}
.rd .labelBox{fill:var(--raised);stroke:var(--rule-strong)}
.rd .note{fill:var(--raised);stroke:var(--rule-strong)}
${Object.entries({
  GU: 'guest-user',
  GK: 'guest-kernel',
  HV: 'hypervisor',
  RK: 'root-kernel',
  RU: 'root-user',
  HW: 'hardware',
})
  .map(
    ([alias, place]) =>
      `.rd rect.actor[name="${alias}"]{fill:var(--place-${place}-wash);stroke:var(--place-${place})}.rd .actor-line[name="${alias}"]{stroke:var(--place-${place})}`,
  )
  .join('\n')}
`;

/** Mermaid ends every lifeline here; in a taller drawing it must go on to the bottom. */
const LIFELINE = 2000;

function lifelines(svg) {
  const height = Number(/viewBox="\S+ \S+ \S+ ([\d.]+)"/.exec(svg)?.[1] ?? 0);
  return height > LIFELINE ? svg.replaceAll(` y2="${LIFELINE}"`, ` y2="${Math.ceil(height)}"`) : svg;
}

/** Replaces Mermaid's own style and colours by ours, and shortens the numbers. */
function ours(svg, hash) {
  return lifelines(svg)
    .replace(/<style>[\s\S]*?<\/style>/, `<style>${STYLE.replace(/\n/g, '')}</style>`)
    .replace(/<svg /, `<svg class="rd" data-source="${hash}" `)
    .replace(/(<svg[^>]*?) style="[^"]*"/, '$1')
    .replace(/ (fill|stroke)="#[0-9a-fA-F]{3,8}"/g, '')
    .replace(/ style="[^"]*"/g, '')
    .replace(/ id="(?:actor|root-|i\d)[^"]*"/g, '')
    .replace(/ data-(?:et|type|id)="[^"]*"/g, '')
    .replace(/role="graphics-document document" aria-roledescription="sequence"/, 'role="img"')
    .replace(/ (?:font-size|font-weight|font-family)="[^"]*"/g, '')
    .replace(/<defs><symbol[\s\S]*?<\/defs>/g, '')
    .replace(/-?\d+\.\d{2,}/g, (number) => String(Math.round(Number(number) * 10) / 10));
}

const font = () =>
  readFileSync(
    require.resolve(
      '@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2',
    ),
  ).toString('base64');

async function draw(wanted) {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.setContent(
      `<style>@font-face{font-family:Atkinson;src:url(data:font/woff2;base64,${font()})}body{font-family:Atkinson}</style><p>font</p>`,
    );
    await page.addScriptTag({ path: join(ROOT, 'node_modules', 'mermaid', 'dist', 'mermaid.min.js') });
    await page.evaluate(async (theme) => {
      await document.fonts.load('16px Atkinson');
      window.mermaid.initialize(theme);
    }, THEME);
    for (const { slug, source } of wanted) {
      const id = slug.replace(/[^a-zA-Z0-9]+/g, '-');
      const { svg } = await page.evaluate(([name, text]) => window.mermaid.render(name, text), [id, source]);
      writeFileSync(join(FOLDER, `${slug}.svg`), `${ours(svg, hashOf(source))}\n`);
      say(`drew ${slug}`);
    }
  } finally {
    await browser.close();
  }
}

await withPlainErrors(async () => {
  install();
  buildSim();
  const { experiments, runLine } = await import('../sim/dist/experiments/index.js');
  const { diagramOf } = await import('../sim/dist/lab/diagram.js');
  const { formatLine } = await import('../sim/dist/lab/line.js');
  mkdirSync(FOLDER, { recursive: true });
  const wanted = [...new Set(wantedLines(experiments, formatLine).map((line) => runLine(line).line))].map(
    (line) => ({
      slug: slugOf(line),
      source: textOf(runLine(line), diagramOf),
    }),
  );
  for (const slug of RECORDED)
    wanted.push({ slug, source: readFileSync(join(FOLDER, `${slug}.mmd`), 'utf8') });
  const kept = new Set(wanted.map(({ slug }) => slug));
  for (const file of readdirSync(FOLDER)) {
    const slug = file.replace(/\.(svg|mmd)$/, '');
    if (slug !== file && !kept.has(slug)) rmSync(join(FOLDER, file));
  }
  for (const { slug, source } of wanted) writeFileSync(join(FOLDER, `${slug}.mmd`), source);
  const stale = process.argv.includes('--all')
    ? wanted
    : wanted.filter(({ slug, source }) => !isDrawn(slug, source));
  if (stale.length > 0) await draw(stale);
  say(`${wanted.length} diagrams, ${stale.length} drawn`);
});
