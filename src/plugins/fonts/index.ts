import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { HtmlTagObject } from '@docusaurus/types';

interface Face {
  readonly family: string;
  readonly pkg: string;
  readonly style: 'normal' | 'italic';
  /** On every page above the fold: fetched before the style sheet asks for it. */
  readonly preload: boolean;
}

const FACES: readonly Face[] = [
  {
    family: 'Atkinson Hyperlegible Next Variable',
    pkg: 'atkinson-hyperlegible-next',
    style: 'normal',
    preload: true,
  },
  {
    family: 'Atkinson Hyperlegible Next Variable',
    pkg: 'atkinson-hyperlegible-next',
    style: 'italic',
    preload: false,
  },
  {
    family: 'Atkinson Hyperlegible Mono Variable',
    pkg: 'atkinson-hyperlegible-mono',
    style: 'normal',
    preload: true,
  },
];

const fileOf = ({ pkg, style }: Face) => `${pkg}-latin-wght-${style}.woff2`;

/**
 * Puts the typefaces of the npm packages, Latin only, into a folder of static files, and gives the tags that load them. The addresses
 * carry no hash, so that they can be preloaded; `optional` means that text never jumps: a face that comes too late waits for the
 * next page. The italic is for a word here and there: it may come later and swap.
 */
export function selfHostedFonts(siteDir: string, baseUrl: string) {
  const directory = path.join('.docusaurus', 'public');
  const target = path.join(siteDir, directory, 'fonts');
  mkdirSync(target, { recursive: true });
  for (const face of FACES) {
    const source = path.join(
      siteDir,
      'node_modules',
      '@fontsource-variable',
      face.pkg,
      'files',
      fileOf(face),
    );
    copyFileSync(source, path.join(target, fileOf(face)));
  }
  const url = (face: Face) => `${baseUrl}fonts/${fileOf(face)}`;
  const rules = FACES.map(
    (face) =>
      `@font-face{font-family:"${face.family}";font-style:${face.style};font-weight:200 800;` +
      `font-display:${face.preload ? 'optional' : 'swap'};` +
      `src:url("${url(face)}") format("woff2")}`,
  );
  const headTags: HtmlTagObject[] = [
    ...FACES.filter((face) => face.preload).map((face) => ({
      tagName: 'link',
      attributes: {
        rel: 'preload',
        as: 'font',
        type: 'font/woff2',
        href: url(face),
        crossorigin: 'anonymous',
      },
    })),
    { tagName: 'style', attributes: {}, innerHTML: rules.join('') },
  ];
  return { directory, headTags };
}
