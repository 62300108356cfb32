/**
 * The `history` package as the site uses it. Opened from a disk the pages have no addresses of their own, only files; then the script
 * `from-disk.js` says which page a file is, and going to another page opens its file.
 */
import * as original from 'history/esm/history.js';

export * from 'history/esm/history.js';

export function createBrowserHistory(options) {
  const inner = original.createBrowserHistory(options);
  const disk = typeof window === 'undefined' ? undefined : window.__ringsideDisk;
  return disk ? onDisk(inner, disk) : inner;
}

function onDisk(inner, { page, fileOf }) {
  const here = inner.location.pathname;
  const named = (location) => ({ ...location, pathname: page });
  const createHref = ({ pathname = page, search = '', hash = '' }) => fileOf(pathname) + search + hash;
  const go = (how) => (to, state) => {
    const location = original.createLocation(to, state, undefined, named(inner.location));
    if (location.pathname === page) inner[how]({ ...location, pathname: here });
    else window.location.assign(createHref(location));
  };
  return {
    get length() {
      return inner.length;
    },
    get action() {
      return inner.action;
    },
    get location() {
      return named(inner.location);
    },
    createHref,
    push: go('push'),
    replace: go('replace'),
    go: inner.go,
    goBack: inner.goBack,
    goForward: inner.goForward,
    block: (prompt) => inner.block(prompt),
    listen: (listener) => inner.listen((location, action) => listener(named(location), action)),
  };
}
