import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Exercise } from '../exercises/exercise.ts';
import { headerLine } from '../exercises/header.ts';
import { exercises } from '../exercises/index.ts';
import { VERSION } from '../version.ts';
import type { AddCommand } from './output.ts';
import { FileTrouble, reason } from './output.ts';

const HELP = `
DIR is made, and must be empty if it is there. In it: package.json, a README, one file for each lab, and \`npm run check\`.

Example:
  ringside starter my-labs`;

/** `ringside starter DIR`: a course repository with one file for each lab. */
export const addStarter: AddCommand = (program, terminal) => {
  program
    .command('starter')
    .description('make a folder with the labs of a course to fill in')
    .argument('<dir>', 'the folder to make')
    .addHelpText('after', HELP)
    .action((dir: string) => {
      const labs = exercises.filter(({ id }) => id.includes('/lab-'));
      const files = filesOf(labs, path.basename(path.resolve(dir)));
      try {
        if (existsSync(dir) && readdirSync(dir).length > 0)
          throw new FileTrouble(`${dir} is not empty; name a folder that is not there yet`);
        mkdirSync(dir, { recursive: true });
        for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text);
      } catch (error) {
        if (error instanceof FileTrouble) throw error;
        throw new FileTrouble(`${dir} cannot be made: ${reason(error)}`);
      }
      terminal.out.write(`wrote ${Object.keys(files).join(', ')} to ${dir}\n`);
      terminal.out.write(`next: cd ${dir}, npm install, npm run check\n`);
    });
};

const fileOf = ({ id }: Exercise): string => `${id.split('/')[1]}.ts`;

function filesOf(labs: readonly Exercise[], name: string): Record<string, string> {
  const manifest = {
    name: name.toLowerCase().replace(/[^a-z0-9-]+/g, '-') || 'labs',
    version: '1.0.0',
    private: true,
    license: 'MIT',
    type: 'module',
    scripts: { check: 'ringside grade .' },
    dependencies: { ringside: VERSION },
    devDependencies: { typescript: '~5.9.3' },
  };
  return {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'README.md': readme(labs),
    ...Object.fromEntries(
      labs.map((lab) => [fileOf(lab), `${headerLine(lab.id, 1)}\n${comment(lab.task(1))}${lab.starter(1)}`]),
    ),
  };
}

const comment = (text: string): string =>
  `// ${text.replace(/(.{1,96})(?:\s+|$)/g, '$1\n// ').replace(/\n\/\/ $/, '')}\n\n`;

function readme(labs: readonly Exercise[]): string {
  const rows = labs.map(
    (lab) =>
      `| [${fileOf(lab)}](${fileOf(lab)}) | ${lab.title.replace('Lab: ', '')} | \`npx ringside exercise ${lab.id} --hint 1\` |`,
  );
  return `# Labs

Each file is one lab. It compiles, and is judged wrong until you have written what its comment asks for.

| file | what to do | a hint |
| --- | --- | --- |
${rows.join('\n')}

\`\`\`sh
npm install
npx ringside check ${fileOf(labs[0])}   # one lab
npm run check                     # all of them
\`\`\`

The judge runs your code in a process without files and network, and compares what it does with the library's own parts. Other seeds
give other numbers: change the first line of a file.

Code: MIT. Made by \`ringside starter\`, version ${VERSION}.
`;
}
