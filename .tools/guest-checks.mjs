// npm run test:guests [-- --only WORDS] [-- --echo]: real guests on our host. Needs apt for their files, and e2fsprogs to make and to check a
// file system. Each line says what was seen; the last one counts.
import { parseArgs } from 'node:util';
import { checkIpxe } from './guests/checks-ipxe.mjs';
import { checkLinux, LINUX_GROUPS } from './guests/checks-linux.mjs';
import { guestFiles } from './guests/files.mjs';
import { buildSim, withPlainErrors } from './setup.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, echo: { type: 'boolean', default: false } },
});

await withPlainErrors(async () => {
  buildSim({});
  const ringside = await import('../sim/dist/emulator/index.js');
  const library = await import('ringside');
  const say = (line) => process.stdout.write(`${line}\n`);
  const files = guestFiles({ log: say });
  const started = performance.now();
  const count = { passed: 0, failed: 0 };
  const report = async (name, check, guest) => {
    try {
      const seen = await check();
      count.passed++;
      say(`ok    ${name}: ${seen}  [guest ${(guest.milliseconds / 1000).toFixed(1)} s]`);
    } catch (error) {
      count.failed++;
      say(`FAIL  ${name}: ${error.message}`);
    }
  };
  const pieces = { ringside, library, files, report, only: values.only };
  const echo = values.echo ? (char) => process.stdout.write(char) : undefined;
  await checkIpxe(pieces);
  for (const group of LINUX_GROUPS) await checkLinux({ ...pieces, group, echo });
  say(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  say(`${count.passed} passed, ${count.failed} failed`);
  process.exit(count.failed === 0 ? 0 : 1);
});
