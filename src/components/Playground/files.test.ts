import { describe, expect, it } from 'vitest';
import {
  addFile,
  bringBack,
  changeFile,
  merge,
  NEW_DESK,
  readFile,
  removeFile,
  renameFile,
} from './files.ts';

const names = ({ files }: typeof NEW_DESK) => files.map(({ name }) => name);

describe('the files of the playground', () => {
  it('gives every file a name of its own', () => {
    const desk = addFile(addFile(NEW_DESK, 'a.ts', '1'), 'a.ts', '2');
    expect(names(desk)).toEqual(['first.ts', 'a.ts', 'a-2.ts']);
    expect(names(renameFile(desk, desk.open, 'a.ts'))).toEqual(['first.ts', 'a.ts', 'a-2.ts']);
    expect(names(renameFile(desk, desk.open, ' ../b '))).toEqual(['first.ts', 'a.ts', '..-b']);
  });

  it('brings back what was removed, and is never without a file', () => {
    const none = removeFile(NEW_DESK, 'first');
    expect(names(none)).toEqual(['empty.ts']);
    expect(names(bringBack(none))).toEqual(['empty.ts', 'first.ts']);
  });

  it('keeps what another tab made, changed, or changed too', () => {
    const other = changeFile(addFile(NEW_DESK, 'theirs.ts', 'x'), 'first', 'theirs');
    expect(merge(NEW_DESK, NEW_DESK, other).files.map(({ source }) => source)).toEqual(['theirs', 'x']);
    const both = merge(changeFile(NEW_DESK, 'first', 'mine'), NEW_DESK, other);
    expect(both.files.map(({ name, source }) => [name, source])).toEqual([
      ['first.ts', 'mine'],
      ['first-2.ts', 'theirs'],
      ['theirs.ts', 'x'],
    ]);
  });

  it('does not bring back what was removed here', () => {
    const two = addFile(NEW_DESK, 'a.ts', '1');
    expect(names(merge(removeFile(two, two.open), two, two))).toEqual(['first.ts']);
  });

  it('reads the code of a notebook, and refuses what is none', () => {
    const notebook = {
      cells: [
        { cell_type: 'markdown', source: 'no' },
        { cell_type: 'code', source: ['a\n', 'b'] },
        { cell_type: 'code', source: 'c' },
      ],
    };
    expect(readFile('x.ipynb', JSON.stringify(notebook))).toBe('a\nb\n\nc');
    expect(() => readFile('x.ipynb', '{')).toThrow();
    expect(() => readFile('x.ipynb', '{}')).toThrow(/no/);
  });
});
