// npm run test:guests [-- --only WORDS] [-- --echo]: real guests on our host. Needs apt for their files, and e2fsprogs to make and to check a
// file system. Each line says what was seen; the last one counts.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkIpxe } from './guests/checks-ipxe.mjs';
import { checkLinux, LINUX_GROUPS } from './guests/checks-linux.mjs';
import { checkPage } from './guests/checks-page.mjs';
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
  await checkPage(pieces);
  say(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  const line = `${count.passed} passed, ${count.failed} failed`;
  // Where a caller that sums up more than this named a file, the line is not the last word.
  const file = process.env.RINGSIDE_COUNTS;
  if (file) writeFileSync(file, JSON.stringify({ ...count, skipped: 0 }));
  say(file ? `real guests: ${line}` : line);
  process.exit(count.failed === 0 ? 0 : 1);
});
