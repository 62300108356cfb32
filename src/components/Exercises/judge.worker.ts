/** Where the answer to an exercise runs and is judged: a worker of its own with the library and nothing else, ended afterwards. */

import { check } from '../../../sim/exercises/index.ts';
import * as library from '../../../sim/index.ts';
import { capEvents, execute } from '../CodeCell/execute.ts';
import type { Output } from '../CodeCell/protocol.ts';
import { countedMemory, shutOff } from '../CodeCell/sandbox.ts';
import type { Answer, Judged } from './judge.ts';

const scope = self as unknown as {
  postMessage(judged: Judged): void;
  addEventListener(kind: 'message', take: (event: MessageEvent<Answer>) => void): void;
};

const say = scope.postMessage.bind(scope) as (judged: Judged) => void;
const now = performance.now.bind(performance);

/** Under this name the code hands in what it defined; no name that a person writes. */
const HAND_IN = '__ringside_hand_in';

scope.addEventListener('message', ({ data }) => {
  const { id, seed, names, source, ms } = data;
  capEvents(library as never);
  shutOff(self);
  const printed: string[] = [];
  let verdict: Judged['verdict'] | undefined;
  const emit = (output: Output): void => {
    if (output.kind === 'log' && printed.length < 20) printed.push(output.text.slice(0, 300));
    if (output.kind === 'problem')
      verdict = {
        right: false,
        kind: 'unusable',
        says: `${output.line ? `Line ${output.line}: ` : ''}${output.message} ${output.hint}`,
      };
  };
  const handIn = (defined: Record<string, unknown>): void => {
    verdict = check(id, defined, { seed });
  };
  const seen = names
    .map((name) => `${name}: typeof ${name} === 'undefined' ? undefined : ${name}`)
    .join(', ');
  const scoped = { ...countedMemory(), self: undefined, [HAND_IN]: handIn };
  const end = (): void =>
    say({
      verdict: verdict ?? {
        right: false,
        kind: 'unusable',
        says: 'The code waits for something that never comes.',
      },
      printed,
    });
  execute(`${source}\n;${HAND_IN}({ ${seen} });`, {
    library: library as never,
    emit,
    clock: now,
    ms,
    names: scoped,
  }).then(end, end);
});
