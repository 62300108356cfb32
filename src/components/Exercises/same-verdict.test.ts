// One answer, one verdict: on the page, in a notebook's kernel, by the command. Needs the compiled library; `npm test` compiles it first.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { execute as inKernel, troubles } from '../../../.tools/notebook-build.mjs';
import { check, findExercise } from '../../../sim/exercises/index.ts';
import * as library from '../../../sim/index.ts';
import { execute as onPage } from '../CodeCell/execute.ts';

const SEED = 7;
/** Right, wrong by a known belief, and wrong otherwise; a number, sentences, a function, settings, a class. */
const ANSWERS: readonly (readonly [id: string, text: string])[] = [
  ['two-roads/predict', findExercise('two-roads/predict').solution(SEED)],
  ['two-roads/predict', 'export const answer = 0.5;\n'],
  ['tlb-flush/explain', "export const answer = ['a', 'b'];\n"],
  ['vsp-vsc/complete', findExercise('vsp-vsc/complete').starter(SEED)],
  ['ipi/build', findExercise('ipi/build').starter(SEED)],
  ['vsp-vsc/lab-ring-buffer', findExercise('vsp-vsc/lab-ring-buffer').solution(SEED)],
];

/** As the page's worker does it. */
function pageSays(id: string, text: string): string {
  let says = '';
  const { names } = findExercise(id);
  const handIn = (defined: Record<string, unknown>): void => {
    says = check(id, defined, { seed: SEED }).says;
  };
  void onPage(`${text}\n;__hand_in({ ${names.join(', ')} });`, {
    library: library as never,
    emit: () => undefined,
    names: { __hand_in: handIn },
  });
  return says;
}

function kernelSays(): string[] {
  const cells = ANSWERS.map(([id, text], i) => [
    `import { check } from 'ringside';\n${text.replaceAll('export ', '')}\nconsole.log('says ' + check('${id}', { ${findExercise(id).names.join(', ')} }, { seed: ${SEED} }).says);`,
    `// ${i}`,
  ]);
  const results = inKernel(cells) as { outputs: { kind: string; text?: string }[] }[][];
  return results.map((result) => {
    expect(troubles(result as never)).toEqual([]);
    const text = JSON.stringify(result);
    return JSON.parse(`"${/says ((?:[^"\\]|\\.)*?)\\n/.exec(text)?.[1] ?? 'nothing'}"`);
  });
}

function commandSays(id: string, text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ringside-same-'));
  const file = path.join(folder, 'answer.ts');
  writeFileSync(file, `// ringside exercise ${id}, seed ${SEED}\n${text}`);
  const { stdout } = spawnSync(process.execPath, ['sim/bin/ringside.mjs', 'check', file, '--json'], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  return JSON.parse(stdout)[0].verdict.says;
}

it('an answer has one verdict: page, notebook, command', () => {
  const notebook = kernelSays();
  for (const [i, [id, text]] of ANSWERS.entries()) {
    const page = pageSays(id, text);
    expect(page.length).toBeGreaterThan(10);
    expect([id, commandSays(id, text)]).toEqual([id, page]);
    expect([id, notebook[i]]).toEqual([id, page]);
  }
}, 120_000);
