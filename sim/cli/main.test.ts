import { describe, expect, it } from 'vitest';
import { VERSION } from '../version.ts';
import { EXIT } from './exit-codes.ts';
import { ringside } from './testing.ts';

const COMMANDS = ['list', 'describe', 'run', 'sweep', 'trace', 'diagram', 'claims', 'disk'];
const WIDE = /^.{101,}$/m;

describe('help', () => {
  it('of the command names every command and every exit code', async () => {
    const { code, out } = await ringside('--help');
    expect(code).toBe(EXIT.ok);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
    for (const exit of Object.values(EXIT)) expect(out).toMatch(new RegExp(`^  ${exit} +\\S`, 'm'));
    expect(out).not.toMatch(WIDE);
  });

  it.each(COMMANDS)('of %s explains every argument and option, in at most 100 columns', async (command) => {
    const { code, out } = await ringside(command, '--help');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(new RegExp(`^Usage: ringside ${command}`));
    const options = [...out.matchAll(/^ {2}(-[^ ].*?)(?: {2,}(.*))?$/gm)];
    expect(options.length).toBeGreaterThan(0);
    for (const [, option, words] of options) expect(words, option).toBeTruthy();
    expect(out).not.toMatch(WIDE);
  });

  it('is the answer to no words at all', async () => {
    expect(await ringside()).toMatchObject({ code: EXIT.usage, err: (await ringside('--help')).out });
  });

  it('of the version prints the version', async () => {
    expect(await ringside('--version')).toEqual({ code: EXIT.ok, out: `${VERSION}\n`, err: '' });
  });
});

describe('words that mean nothing', () => {
  it.each([
    [['rum', 'two-roads'], 'Did you mean run?'],
    [['run'], "missing required argument 'line'"],
    [['list', 'all'], "too many arguments for 'list'"],
    [['list', '--jsom'], 'Did you mean --json?'],
    [['run', 'two-roads', '--output'], "option '--output <file>' argument missing"],
    [['run', 'two-lanes'], 'there are: two-roads, ring-transitions, vsp-vsc'],
    [['run', '--mode', 'dma', 'two-roads'], 'write the line first: ringside run two-roads --mode'],
    [['describe', 'nothing'], '"nothing" is no experiment'],
    [['claims', 'nothing'], '"nothing" is no experiment'],
  ])('%j: exit code 2, nothing on standard output, and what to do', async (words, hint) => {
    const { code, out, err } = await ringside(...words);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toContain(hint);
    expect(err).not.toMatch(/^ {4}at /m);
  });
});
