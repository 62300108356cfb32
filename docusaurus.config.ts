import path from 'node:path';
import type * as Classic from '@docusaurus/preset-classic';
import type { Config, Plugin } from '@docusaurus/types';
import { codeTheme } from './src/css/code-theme.ts';
import { emulatorFiles } from './src/plugins/emulator/index.ts';
import { selfHostedFonts } from './src/plugins/fonts/index.ts';
import { liveFiles } from './src/plugins/live/index.ts';
import { PAGES as NOTEBOOKS, notebookPages, ROUTE } from './src/plugins/notebooks/pages.ts';
import offline from './src/plugins/offline/index.ts';
import search from './src/plugins/search/index.ts';
import { glossaryInPage } from './src/plugins/terms/glossary.ts';
import { termsInPages } from './src/plugins/terms/remark.ts';
import truth from './src/plugins/truth/index.ts';
import { Parts } from './src/plugins/truth/parts.ts';
import { truthInPages } from './src/plugins/truth/remark.ts';

/** Where the site will stand; neutral by default, so that a build works on any host at its root. */
const baseUrl = `/${process.env.BASE_URL ?? ''}/`.replace(/\/+/g, '/');
const siteUrl = process.env.SITE_URL;

const fonts = selfHostedFonts(__dirname, baseUrl);
liveFiles(__dirname, fonts.directory);
emulatorFiles(__dirname, fonts.directory);
notebookPages(__dirname, fonts.directory);

/** The site runs the sources of `sim/`; notebooks, the command and other people run the compiled package. */
function librarySource(): Plugin {
  const source = path.join(__dirname, 'sim', 'index.ts');
  return {
    name: 'ringside-source',
    configureWebpack: () => ({ resolve: { alias: { ringside$: source } } }),
  };
}

/** One for all books of the site. */
const parts = new Parts(__dirname);

const link = (label: string, to: string) => ({ label, to });

const BAR = [
  link('Concepts', '/concepts/two-roads'),
  link('Gallery', '/gallery'),
  link('Notebooks', '/notebooks'),
  link('Playground', '/playground'),
  link('Reference', '/reference'),
  link('How true is this?', '/how-true'),
];

const FOOT = {
  Read: [
    link('Where to begin', '/path'),
    link('Two roads', '/concepts/two-roads'),
    link('Ring transitions', '/concepts/ring-transitions'),
    link('VSP and VSC', '/concepts/vsp-vsc'),
    link('Glossary', '/glossary'),
  ],
  Run: [
    link('Gallery', '/gallery'),
    link('A real Linux', '/boot-linux'),
    link('Notebooks', '/notebooks'),
    link('Playground', '/playground'),
    link('Snippets', '/snippets'),
    link('Library reference', '/reference'),
  ],
  Teach: [
    link('Teach with it', '/courses'),
    link('Exercises and grades', '/courses/grading'),
    link('Three labs', '/courses/three-labs'),
  ],
  Trust: [
    link('How true is this?', '/how-true'),
    link('Contributing', '/contributing'),
    link('Decisions', '/contributing/decisions'),
  ],
};

const config: Config = {
  title: 'Ringside',
  tagline: 'How Hyper-V gives a virtual machine its devices, by experiment',
  url: siteUrl ?? 'https://ringside.example',
  baseUrl,
  staticDirectories: ['static', fonts.directory],
  // The icon is no business of the script: opened from a folder, the page's own address of it is the right one.
  headTags: [
    ...fonts.headTags,
    { tagName: 'link', attributes: { rel: 'icon', href: `${baseUrl}img/favicon.svg` } },
  ],
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
  plugins: [
    librarySource,
    truth,
    search,
    offline,
    [
      '@docusaurus/plugin-content-docs',
      {
        id: 'notebooks',
        path: NOTEBOOKS,
        routeBasePath: ROUTE,
        sidebarPath: './src/notebooks-sidebar.ts',
        breadcrumbs: false,
        numberPrefixParser: false,
        remarkPlugins: [[truthInPages, { parts }]],
      },
    ],
    // A book of its own: what each page loads includes the table of contents of its book, and this one is long.
    [
      '@docusaurus/plugin-content-docs',
      {
        id: 'reference',
        path: '.reference',
        routeBasePath: 'reference',
        sidebarPath: './src/reference-sidebar.ts',
        breadcrumbs: false,
      },
    ],
  ],
  presets: [
    [
      'classic',
      {
        docs: {
          routeBasePath: '/',
          sidebarPath: './src/sidebars.ts',
          breadcrumbs: false,
          beforeDefaultRemarkPlugins: [glossaryInPage],
          remarkPlugins: [termsInPages, [truthInPages, { parts }]],
        },
        blog: false,
        sitemap: siteUrl ? {} : false,
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
      items: BAR.map((item) => ({
        ...item,
        position: 'left' as const,
        // A whole folder of pages belongs to its word in the bar.
        activeBaseRegex: `^${baseUrl}${item.to.split('/')[1]}(/|$)`,
      })),
    },
    footer: {
      links: Object.entries(FOOT).map(([title, items]) => ({ title, items })),
      copyright: 'Code under MIT, text and figures under CC BY 4.0. No cookies, no tracking, no server.',
    },
    prism: { theme: codeTheme, darkTheme: codeTheme, additionalLanguages: ['bash', 'json', 'c'] },
  } satisfies Classic.ThemeConfig,
};

export default config;
