// Imported before anything else: it must parse and run under every Node that knows ES modules.
const WANTED = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);

if (major < WANTED[0] || (major === WANTED[0] && minor < WANTED[1])) {
  console.error(
    `Ringside needs Node ${WANTED.join('.')} or newer, and this is Node ${process.versions.node}: install a newer one from https://nodejs.org and try again.`,
  );
  process.exit(1);
}
