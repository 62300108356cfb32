// The built site as a folder that is opened from a disk: relative addresses, and texts as scripts (src/plugins/offline/from-disk.js).
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { filesIn } from './service-worker.mjs';
import { ROOT } from './setup.mjs';

const SCRIPT = 'from-disk.js';
/** Needs a server: the service worker, the compiler of the editor. */
const LEFT_OUT = /^(sw\.js$|live\/)/;
const WORKER = /new Worker\(new URL\(\w+\.p\+\w+\.u\("(\d+)"\)/g;

/** The address of a page within the site: `concepts/two-roads.html` → `/concepts/two-roads`. */
const pageOf = (file) => `/${file.replace(/\.html$/, '').replace(/(^|\/)index$/, '')}`;

/** The way from a file up to the root of the folder. */
const upFrom = (file) => '../'.repeat(file.split('/').length - 1) || './';

/** An address from the root, as a file; what is no file of the book stays as it is. */
export function relativeTo(file, address, files) {
  const [, path, rest] = /^([^?#]*)(.*)$/s.exec(address);
  const name = path.replace(/^\//, '').replace(/\/$/, '');
  const found = [name, `${name}.html`, posix.join(name, 'index.html')].find((each) => files.has(each));
  return found ? upFrom(file) + found + rest : address;
}

const ATTRIBUTE = /(\s(?:href|src))=(?:"(\/(?!\/)[^"]*)"|(\/(?!\/)[^\s>]*))/g;
const URL_IN_CSS = /url\((["']?)(\/(?!\/)[^"')]*)\1\)/g;

const inCss = (file, text, files) =>
  text.replace(URL_IN_CSS, (_, quote, address) => `url(${quote}${relativeTo(file, address, files)}${quote})`);

/** A page with addresses that hold in a folder, and the script that tells it so. */
export function inHtml(file, text, files) {
  const up = upFrom(file);
  const script = `<script src="${up}${SCRIPT}" data-root="${up}" data-page="${pageOf(file)}"></script>`;
  return inCss(file, text, files)
    .replace(/<link rel="?preload"? as="?font"?[^>]*>/g, '')
    .replace(ATTRIBUTE, (_, name, quoted, bare) => `${name}="${relativeTo(file, quoted ?? bare, files)}"`)
    .replace(/<head>/, `<head>${script}`);
}

/** Names of the scripts that run as workers. */
export function workersIn(scripts) {
  const numbers = new Set(scripts.flatMap(([, text]) => [...text.matchAll(WORKER)].map(([, id]) => id)));
  return scripts
    .map(([file]) => file)
    .filter((file) => numbers.has(/([^/]+?)\./.exec(posix.basename(file))?.[1]));
}

const quoted = (text) => JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
const asScript = (name, text) => `__ringsideText(${quoted(name)}, ${quoted(text)});\n`;

/** Where a script has the names of the chunks that it loads: `"assets/js/"+e+"."+({12:"ab"})[e]+".js"`. */
const CHUNKS = /"(assets\/js\/)"\+\w+\+"\."\+\(?\{([^}]*)\}\)?\[\w+\]\+"\.js"/;

/** A worker's text with the chunks that it loads: it is started from a text, and has no place from which it could load them. */
export function wholeWorker(text, read) {
  const [, folder, list = ''] = CHUNKS.exec(text) ?? [];
  const chunks = [...list.matchAll(/(\w+):"(\w+)"/g)].map(([, id, hash]) => `${folder}${id}.${hash}.js`);
  if (chunks.length === 0) return text;
  const texts = chunks.map((name) => `${quoted(name)}:${quoted(read(name))}`).join();
  return `{const t={${texts}};self.importScripts=(...u)=>{for(const n of u)(0,eval)(t[n.slice(n.indexOf("assets/"))])}}\n${text}`;
}

/** All files of the book in a folder, as `[name, data]`. */
export function onDisk(folder) {
  const names = filesIn(folder).filter((file) => !LEFT_OUT.test(file));
  const files = new Set(names);
  const read = (file) => readFileSync(join(folder, file));
  const textOf = (file) => read(file).toString('utf8');
  const made = names.map((file) => {
    if (file.endsWith('.html')) return [file, Buffer.from(inHtml(file, textOf(file), files))];
    if (file.endsWith('.css')) return [file, Buffer.from(inCss(file, textOf(file), files))];
    return [file, read(file)];
  });
  const scripts = names.filter((file) => file.endsWith('.js')).map((file) => [file, textOf(file)]);
  const spoken = [
    ...workersIn(scripts).map((file) => [file, wholeWorker(textOf(file), textOf)]),
    ...names.filter((file) => file === 'search.json').map((file) => [file, textOf(file)]),
  ];
  return [
    ...made,
    ...spoken.map(([file, text]) => [`${file}.text.js`, Buffer.from(asScript(file, text))]),
    [SCRIPT, readFileSync(join(ROOT, 'src', 'plugins', 'offline', SCRIPT))],
  ];
}
