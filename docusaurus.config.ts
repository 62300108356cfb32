import { existsSync } from 'node:fs';
import path from 'node:path';
import type * as Classic from '@docusaurus/preset-classic';
import type { Config, Plugin } from '@docusaurus/types';
import { codeTheme } from './src/css/code-theme.ts';
import { selfHostedFonts } from './src/plugins/fonts/index.ts';
import truth from './src/plugins/truth/index.ts';
import { truthInPages } from './src/plugins/truth/remark.ts';

const here = (file: string) => path.join(__dirname, file);

/** Pages that exist in this checkout; only these are linked from the bars. */
const has = (...files: string[]) => files.some((file) => existsSync(here(file)));

const pages = {
  concepts: has('docs/concepts/two-roads.mdx'),
  gallery: has('src/pages/gallery.tsx', 'src/pages/gallery/index.tsx', 'src/pages/gallery.mdx'),
  howTrue: has(
    'src/pages/how-true.tsx',
    'src/pages/how-true/index.tsx',
    'src/pages/how-true.mdx',
    'docs/how-true.mdx',
  ),
  notebooks: has(
    'src/pages/notebooks.tsx',
    'src/pages/notebooks/index.tsx',
    'docs/notebooks/index.mdx',
    'docs/notebooks.mdx',
  ),
  glossary: has('docs/glossary.mdx', 'docs/glossary.md', 'src/pages/glossary.tsx'),
  reference: has('docs/reference/index.md'),
};

const concept = (id: string) => (has(`docs/concepts/${id}.mdx`) ? [`/concepts/${id}`] : []);

/** The same as addresses, for the home page. */
const routes = [
  ...['two-roads', 'ring-transitions', 'vsp-vsc'].flatMap(concept),
  ...(pages.gallery ? ['/gallery'] : []),
  ...(pages.howTrue ? ['/how-true'] : []),
  ...(pages.notebooks ? ['/notebooks'] : []),
];

const link = (label: string, to: string, there = true) => (there ? [{ label, to }] : []);

/** The site runs the sources of `sim/`; notebooks, the command and other people run the compiled package. */
function librarySource(): Plugin {
  return {
    name: 'ringside-source',
    configureWebpack: () => ({ resolve: { alias: { ringside$: here('sim/index.ts') } } }),
  };
}

const baseUrl = `/${process.env.BASE_URL ?? ''}/`.replace(/\/+/g, '/');
const fonts = selfHostedFonts(__dirname, baseUrl);

const config: Config = {
  title: 'Ringside',
  tagline: 'How Hyper-V gives a virtual machine its devices, by experiment',
  favicon: 'img/favicon.svg',
  url: process.env.SITE_URL ?? 'https://ringside.example',
  baseUrl,
  staticDirectories: ['static', fonts.directory],
  headTags: fonts.headTags,
  trailingSlash: false,
  onBrokenLinks: 'throw',
  onBrokenAnchors: 'throw',
  onDuplicateRoutes: 'throw',
  future: { v4: true, faster: true, experimental_vcs: false },
  markdown: {
    format: 'detect',
    mdx1Compat: { headingIds: true },
    hooks: { onBrokenMarkdownLinks: 'throw', onBrokenMarkdownImages: 'throw' },
  },
  customFields: { routes },
  plugins: [librarySource, truth],
  presets: [
    [
      'classic',
      {
        docs: {
          routeBasePath: '/',
          sidebarPath: './src/sidebars.ts',
          breadcrumbs: false,
          remarkPlugins: [truthInPages],
        },
        blog: false,
        sitemap: process.env.SITE_URL ? {} : false,
        theme: {
          customCss: ['tokens', 'custom', 'chrome', 'prose', 'print'].map((name) => `./src/css/${name}.css`),
        },
      } satisfies Classic.Options,
    ],
  ],
  themeConfig: {
    colorMode: { respectPrefersColorScheme: true },
    navbar: {
      title: 'Ringside',
      logo: { alt: '', src: 'img/logo.svg', srcDark: 'img/logo-dark.svg', width: 32, height: 32 },
      items: [
        ...link('Concepts', '/concepts/two-roads', pages.concepts),
        ...link('Gallery', '/gallery', pages.gallery),
        ...link('Notebooks', '/notebooks', pages.notebooks),
        ...link('Reference', '/reference', pages.reference),
        ...link('How true is this?', '/how-true', pages.howTrue),
      ].map((item) => ({
        ...item,
        position: 'left' as const,
        // A whole folder of pages belongs to its word in the bar.
        activeBaseRegex: `^${baseUrl}${item.to.split('/')[1]}(/|$)`,
      })),
    },
    footer: {
      links: [
        {
          title: 'Read',
          items: [
            ...link('Two roads', '/concepts/two-roads', pages.concepts),
            ...link(
              'Ring transitions',
              '/concepts/ring-transitions',
              has('docs/concepts/ring-transitions.mdx'),
            ),
            ...link('VSP and VSC', '/concepts/vsp-vsc', has('docs/concepts/vsp-vsc.mdx')),
            ...link('Glossary', '/glossary', pages.glossary),
          ],
        },
        {
          title: 'Run',
          items: [
            ...link('Gallery', '/gallery', pages.gallery),
            ...link('Notebooks', '/notebooks', pages.notebooks),
            ...link('Library reference', '/reference', pages.reference),
          ],
        },
        {
          title: 'Trust',
          items: [
            ...link('How true is this?', '/how-true', pages.howTrue),
            ...link('Contributing', '/contributing'),
            ...link('Decisions', '/contributing/decisions'),
          ],
        },
      ].filter((group) => group.items.length > 0),
      copyright: 'Code under MIT, text and figures under CC BY 4.0. No cookies, no tracking, no server.',
    },
    prism: { theme: codeTheme, darkTheme: codeTheme, additionalLanguages: ['bash', 'json', 'c'] },
  } satisfies Classic.ThemeConfig,
};

export default config;
