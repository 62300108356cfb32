// The guests' files. They are the user's: packages of Debian, fetched by name with apt and unpacked with dpkg-deb into the cache folder. Nothing
// of them is part of this project. The computer's own package lists are not touched: apt gets lists and a state of its own, for i386.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Plain, ROOT } from '../setup.mjs';

const CACHE = path.join(ROOT, '.cache/guests');
const STATE = path.join(CACHE, 'apt');
const DEBS = path.join(CACHE, 'packages');
const FILES = path.join(CACHE, 'files');
const LIST = path.join(CACHE, 'packages.json');
const ARCHITECTURE = 'i386';
/** `linux-image-686` has no file of its own: it names the kernel of the day. */
const KERNEL = 'linux-image-686';
const OTHERS = ['busybox-static', 'ipxe', 'seabios'];

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function tool(name, args, options = {}) {
  try {
    return execFileSync(name, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }).toString();
  } catch (error) {
    if (error.code === 'ENOENT')
      throw new Plain(
        `${name} is not here: the guests' files come from Debian, with apt and dpkg-deb. On another system, unpack the packages ${[KERNEL, ...OTHERS].join(', ')} (${ARCHITECTURE}) into ${path.relative('', FILES)}.`,
      );
    const said = String(error.stderr || error.message)
      .trim()
      .split('\n')
      .at(-1);
    throw new Plain(`${name} ${args[0]} failed: ${said}`);
  }
}

/** apt with lists and a state of its own. */
function apt(name, args, options) {
  const config = path.join(STATE, 'apt.conf');
  if (!existsSync(config)) {
    for (const folder of ['state/lists/partial', 'cache/archives/partial'])
      mkdirSync(path.join(STATE, folder), { recursive: true });
    writeFileSync(path.join(STATE, 'state/status'), '');
    const lines = [
      `APT::Architecture "${ARCHITECTURE}";`,
      `APT::Architectures "${ARCHITECTURE}";`,
      `Dir::State "${path.join(STATE, 'state')}";`,
      `Dir::State::status "${path.join(STATE, 'state/status')}";`,
      `Dir::Cache "${path.join(STATE, 'cache')}";`,
      'APT::Sandbox::User "root";',
    ];
    writeFileSync(config, `${lines.join('\n')}\n`);
  }
  return tool(name, args, { ...options, env: { ...process.env, APT_CONFIG: config, LC_ALL: 'C' } });
}

/** Name of the kernel's package, as the one without a version depends on it. */
function kernelPackage() {
  const found = /Depends: (linux-image-[\w.+-]+)/.exec(apt('apt-cache', ['depends', KERNEL]));
  if (!found)
    throw new Plain(`apt knows no ${KERNEL} for ${ARCHITECTURE}: does /etc/apt name a Debian archive?`);
  return found[1];
}

/** Fetches and unpacks; writes down what it got. */
function download(log) {
  log('fetching the guests’ files with apt: about 55 MB');
  rmSync(DEBS, { recursive: true, force: true });
  mkdirSync(DEBS, { recursive: true });
  try {
    apt('apt-get', ['update', '-qq']);
  } catch (error) {
    // One list of several may be out of date for a moment; what counts is whether the packages are found.
    log(`apt-get update: ${error.message}`);
  }
  const names = [kernelPackage(), ...OTHERS];
  apt('apt-get', ['download', '-qq', ...names], { cwd: DEBS });
  const packages = readdirSync(DEBS)
    .sort()
    .map((file) => ({ file, sha256: sha256(readFileSync(path.join(DEBS, file))) }));
  const fresh = `${FILES}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const { file } of packages) tool('dpkg-deb', ['-x', path.join(DEBS, file), fresh]);
  rmSync(FILES, { recursive: true, force: true });
  renameSync(fresh, FILES);
  writeFileSync(LIST, `${JSON.stringify(packages, null, 2)}\n`);
}

function one(what, folder, pattern) {
  const full = path.join(FILES, folder);
  const name = existsSync(full) ? readdirSync(full).find((file) => pattern.test(file)) : undefined;
  if (!name)
    throw new Plain(
      `${what} is not in ${path.relative('', full)}: remove ${path.relative('', CACHE)} and try again`,
    );
  return path.join(full, name);
}

/** Says of a file that is not what it should be which one it is, and what to do. */
function check(what, file, fits) {
  const bytes = readFileSync(file);
  if (fits(bytes)) return bytes;
  throw new Plain(
    `${path.relative('', file)} is damaged or no ${what}: remove ${path.relative('', CACHE)} and try again`,
  );
}

const isBzImage = (bytes) => bytes.length > 0x210 && bytes.toString('latin1', 0x202, 0x206) === 'HdrS';
const isElf32 = (bytes) => bytes.toString('latin1', 0, 4) === '\x7fELF' && bytes[4] === 1;
const isFirmware = (bytes) => bytes.length >= 0x10000 && bytes.at(-16) === 0xea;
const isRom = (bytes) => bytes[0] === 0x55 && bytes[1] === 0xaa;

/** The files, fetched when they are not there. `log` gets what is done, with versions and check sums. */
export function guestFiles({ log = () => undefined, fetch = false } = {}) {
  if (fetch || !existsSync(LIST)) download(log);
  for (const { file, sha256: sum } of JSON.parse(readFileSync(LIST, 'utf8')))
    log(`${sum}  ${decodeURIComponent(file)}`);
  const kernelFile = one('the kernel', 'boot', /^vmlinuz-/);
  return {
    release: path.basename(kernelFile).slice('vmlinuz-'.length),
    kernel: check('kernel', kernelFile, isBzImage),
    modulesFolder: one('a folder of modules', 'lib/modules', /^\d/),
    busybox: check('busybox for i386', one('busybox', 'bin', /^busybox$/), isElf32),
    ipxe: check('iPXE kernel', one('iPXE', 'boot', /^ipxe\.lkrn$/), isBzImage),
    firmware: check('SeaBIOS', one('SeaBIOS', 'usr/share/seabios', /^bios\.bin$/), isFirmware),
    video: check('video BIOS', one('the video BIOS', 'usr/share/seabios', /^vgabios-stdvga\.bin$/), isRom),
  };
}
