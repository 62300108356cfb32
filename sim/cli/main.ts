/** Parses the command line and turns every outcome into an exit code. */
import { Command, CommanderError } from 'commander';
import { SimBug, UserError } from '../core/errors.ts';
import { VERSION } from '../version.ts';
import { addCheck } from './check.ts';
import { addClaims } from './claims.ts';
import { addDescribe } from './describe.ts';
import { addDiagram } from './diagram.ts';
import { addDisk } from './disk.ts';
import { addExercise } from './exercise.ts';
import type { ExitCode } from './exit-codes.ts';
import { EXIT, EXIT_HELP } from './exit-codes.ts';
import { addGrade } from './grade.ts';
import { addList } from './list.ts';
import type { Terminal } from './output.ts';
import { FileTrouble, printIssues, WIDTH } from './output.ts';
import { addRun } from './run.ts';
import { addStarter } from './starter.ts';
import { addSweep } from './sweep.ts';
import { addTrace } from './trace.ts';

/** Runs the command with these words; returns the exit code. Prints nothing outside `terminal`. */
export async function main(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = buildProgram(terminal, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error, terminal);
  }
}

function buildProgram(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const program = new Command('ringside')
    .description('How Hyper-V gives a virtual machine its devices, by experiment.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      getOutHelpWidth: () => WIDTH,
      getErrHelpWidth: () => WIDTH,
    })
    .showHelpAfterError('(ringside --help lists the commands)')
    .addHelpText('after', `${LINES_HELP}\n${EXIT_HELP}`);
  for (const add of [
    addList,
    addDescribe,
    addRun,
    addSweep,
    addTrace,
    addDiagram,
    addClaims,
    addDisk,
    addExercise,
    addCheck,
    addGrade,
    addStarter,
  ])
    add(program, terminal, done);
  return program;
}

const LINES_HELP = `
A line names an experiment and what differs from its defaults: two-roads?mode=dma&size=4KiB&seed=7
It is the same line as in the address of a page and in a notebook, and gives the same digest there.
\`ringside describe two-roads\` says what can stand in it.`;

function explain(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UserError) {
    printIssues(terminal, error.issues);
    return EXIT.usage;
  }
  if (error instanceof FileTrouble) {
    terminal.err.write(`${error.message}\n`);
    return EXIT.file;
  }
  const what =
    error instanceof SimBug
      ? `This is a mistake of Ringside: ${error.message}`
      : String(error instanceof Error ? error.stack : error);
  terminal.err.write(`${what}\n`);
  return EXIT.bug;
}
