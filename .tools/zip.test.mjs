// The book in a folder: addresses and texts. Whether a browser reads it is looked at in offline.browser.test.mjs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inHtml, relativeTo, workersIn } from './on-disk.mjs';
import { writeServiceWorker } from './service-worker.mjs';
import { zip } from './zip-file.mjs';

const FILES = new Set([
  'index.html',
  'path.html',
  'concepts/two-roads.html',
  'img/logo.svg',
  'assets/js/main.js',
]);

it('an address becomes the way to its file, with what stands behind it', () => {
  const from = (address) => relativeTo('concepts/two-roads.html', address, FILES);
  expect(from('/')).toBe('../index.html');
  expect(from('/path')).toBe('../path.html');
  expect(from('/path/?x=1#y')).toBe('../path.html?x=1#y');
  expect(from('/img/logo.svg')).toBe('../img/logo.svg');
  expect(from('/nowhere')).toBe('/nowhere');
  expect(relativeTo('index.html', '/concepts/two-roads#a', FILES)).toBe('./concepts/two-roads.html#a');
});

it('a page asks for nothing from a root, and knows which page it is', () => {
  const html =
    '<head><link rel=preload as=font href=/fonts/a.woff2><script src=/assets/js/main.js defer></script></head><a href="/path">x</a><style>a{b:url(/img/logo.svg)}</style><a href=//else.where/x>y</a>';
  const made = inHtml('concepts/two-roads.html', html, FILES);
  expect(made).toContain(
    '<head><script src="../from-disk.js" data-root="../" data-page="/concepts/two-roads">',
  );
  expect(made).toContain('src="../assets/js/main.js"');
  expect(made).toContain('url(../img/logo.svg)');
  expect(made).toContain('href=//else.where/x');
  expect(made.replace(/data-page="[^"]*"/, '')).not.toMatch(/preload|["=(]\/[a-z]/);
});

it('workers are found by how they are started', () => {
  const scripts = [
    ['assets/js/1.ab.js', 'x=new Worker(new URL(r.p+r.u("77"),r.b))'],
    ['assets/js/77.cd.js', 'self.onmessage=1'],
    ['assets/js/78.ef.js', ''],
  ];
  expect(workersIn(scripts)).toEqual(['assets/js/77.cd.js']);
});

it('the archive is one that others can read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringside-zip-'));
  const long = Buffer.from('ring '.repeat(10_000));
  writeFileSync(
    join(folder, 'a.zip'),
    zip([
      ['x/Größe.txt', Buffer.from('1 KiB')],
      ['x/long.txt', long],
      ['x/none.txt', Buffer.alloc(0)],
    ]),
  );
  const listed = spawnSync(
    'python3',
    [
      '-c',
      'import json,sys,zipfile as z; a=z.ZipFile(sys.argv[1]); print(json.dumps([a.testzip(), [[i.filename, i.file_size] for i in a.infolist()]]))',
      join(folder, 'a.zip'),
    ],
    { encoding: 'utf8' },
  );
  rmSync(folder, { recursive: true });
  // Python is not needed for anything else; without it the browser test still opens the folder.
  if (listed.error) return;
  expect(JSON.parse(listed.stdout)).toEqual([
    null,
    [
      ['x/Größe.txt', 5],
      ['x/long.txt', long.length],
      ['x/none.txt', 0],
    ],
  ]);
});

it('the service worker keeps every file but those that are kept on use, under a version that follows the content', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringside-sw-'));
  const versionOf = () =>
    /const VERSION = '([0-9a-f]{12})'/.exec(readFileSync(join(folder, 'sw.js'), 'utf8'))?.[1];
  for (const name of ['index.html', 'reference.html', 'a.js']) writeFileSync(join(folder, name), name);
  expect(writeServiceWorker(folder)).toEqual(['a.js', 'index.html']);
  const first = versionOf();
  writeServiceWorker(folder);
  expect(versionOf()).toBe(first);
  writeFileSync(join(folder, 'a.js'), 'changed');
  writeServiceWorker(folder);
  expect(versionOf()).not.toBe(first);
  rmSync(folder, { recursive: true });
});
