/** Loads the parts of a page before it is made alive. Opened from a disk, the page is the one that its file says, not the file's path. */
import original from '@docusaurus/core/lib/client/preload.js';

export default function preload(pathname) {
  const disk = window.__ringsideDisk;
  return original(disk && pathname === window.location.pathname ? disk.page : pathname);
}
