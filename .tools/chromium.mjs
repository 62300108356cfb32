import { existsSync } from 'node:fs';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of a Chromium of this machine; the CHROMIUM variable comes first. */
export function chromiumPath() {
  const found = PLACES.find((path) => path && existsSync(path));
  if (!found)
    throw new Error('No Chromium found: install one (apt-get install chromium) or set CHROMIUM to its path.');
  return found;
}
